/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Where a Redis is, read from a URL as redis-cli and the client libraries
 * write it (the IANA-registered "redis" and
 * "rediss" schemes; sentinels as Redis-Sentinel-Url for Python has defined it):
 *
 *   redis://[[user]:password@]host[:port][/db]
 *   unix://[[user]:password@]/path/to/socket[?db=N]
 *   redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/name[/db]
 *
 * The first and the last with TLS begin with "rediss"; then the sentinels speak it, too.
 * User and password are the Redis servers', never the sentinels'. They, hosts and the
 * name may hold %XX escapes; an IPv6 host stands in brackets. Pure. */

#ifndef KX_REDIS_URL_H
#define KX_REDIS_URL_H

#include "base/error.h"

enum { KX_REDIS_URL_TEXT = 512, KX_REDIS_SENTINELS_MOST = 16 };

/* A server's address. */
typedef struct kx_redis_place {
  char host[256];
  int port;
} kx_redis_place;

/* A URL taken apart; fixed buffers, so it owns nothing. Wipe after use when
 * there was a password. */
typedef struct kx_redis_url {
  kx_redis_place at; /* no host when a socket path or sentinels are given; port 6379 if none */
  bool tls;
  char path[108];                   /* of a Unix socket, as sun_path allows; "" otherwise */
  int db;                           /* 0 unless given */
  char user[KX_REDIS_URL_TEXT];     /* "" for none */
  char password[KX_REDIS_URL_TEXT]; /* "" for none */
  char master[256];                 /* by what name sentinels know it; "" without sentinels */
  size_t n_sentinels;
  kx_redis_place sentinels[KX_REDIS_SENTINELS_MOST]; /* port 26379 if none is given */
} kx_redis_url;

/* Takes `text` apart. On failure KX_CONFIG: says what is wrong with it and how
 * one is written, without repeating a user or password. */
kx_status kx_redis_url_parse(kx_slice text, kx_redis_url *out, kx_error *err);

#endif
