/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The place of a Redis, read from a URL in the form that redis-cli and the client libraries use
 * (the IANA-registered schemes "redis" and "rediss"; for sentinels the form of Redis-Sentinel-Url
 * for Python):
 *
 *   redis://[[user]:password@]host[:port][/db]
 *   unix://[[user]:password@]/path/to/socket[?db=N]
 *   redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/name[/db]
 *
 * The first and the last begin with "rediss" for TLS; then the sentinels use TLS, too. User and
 * password are those of the Redis servers, never of the sentinels. User, password, hosts and name
 * may contain %XX escapes. An IPv6 host stands in brackets. Pure. */

#ifndef KX_REDIS_URL_H
#define KX_REDIS_URL_H

#include "base/error.h"

enum { KX_REDIS_URL_TEXT = 512, KX_REDIS_SENTINELS_MOST = 16 };

/* The address of a server. */
typedef struct kx_redis_place {
  char host[256];
  int port;
} kx_redis_place;

/* The parts of a URL, in fixed buffers, so it owns nothing. Wipe it after use: it may hold a
 * password. */
typedef struct kx_redis_url {
  kx_redis_place at; /* without a host for a socket path or sentinels; the default port is 6379 */
  bool tls;
  char path[108];                   /* of a Unix socket, with the size of sun_path; "" for none */
  int db;                           /* 0 by default */
  char user[KX_REDIS_URL_TEXT];     /* "" for none */
  char password[KX_REDIS_URL_TEXT]; /* "" for none */
  char master[256];                 /* its name at the sentinels; "" without sentinels */
  size_t n_sentinels;
  kx_redis_place sentinels[KX_REDIS_SENTINELS_MOST]; /* the default port is 26379 */
} kx_redis_url;

/* Splits `text`. On failure KX_CONFIG: says what is wrong and how a URL is written, without
 * repeating a user or password. */
kx_status kx_redis_url_parse(kx_slice text, kx_redis_url *out, kx_error *err);

#endif
