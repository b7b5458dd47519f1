/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Where a Redis is, read from a URL as redis-cli and the client libraries
 * write it (the IANA-registered "redis" and
 * "rediss" schemes):
 *
 *   redis://[[user]:password@]host[:port][/db]
 *   rediss://[[user]:password@]host[:port][/db]     with TLS
 *   unix://[[user]:password@]/path/to/socket[?db=N]
 *
 * User, password and host may hold %XX escapes; an IPv6 host stands in
 * brackets. Pure. */

#ifndef KX_REDIS_URL_H
#define KX_REDIS_URL_H

#include "error.h"

enum { KX_REDIS_URL_TEXT = 512 };

/* A URL taken apart; fixed buffers, so it owns nothing. Wipe after use when
 * there was a password. */
typedef struct kx_redis_url {
  char host[256]; /* "" when a socket path is given */
  bool tls;
  int port;                         /* 6379 unless given */
  char path[108];                   /* of a Unix socket, as sun_path allows; "" otherwise */
  int db;                           /* 0 unless given */
  char user[KX_REDIS_URL_TEXT];     /* "" for none */
  char password[KX_REDIS_URL_TEXT]; /* "" for none */
} kx_redis_url;

/* Takes `text` apart. On failure KX_CONFIG: says what is wrong with it and how
 * one is written, without repeating a user or password. A scheme that is
 * known elsewhere but not supported (redis+sentinel) is named in the
 * message as not supported. */
kx_status kx_redis_url_parse(kx_slice text, kx_redis_url *out, kx_error *err);

#endif
