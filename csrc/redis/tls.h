/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* TLS on a connection to Redis: hiredis 0.14 has none. The server's certificate is
 * always verified, chain and name; TLS is 1.2 at least (RFC 9325, "Recommendations for
 * Secure Use of TLS"). Nothing raises SIGPIPE. Private to redis/redis.c. */

#ifndef KX_REDIS_TLS_H
#define KX_REDIS_TLS_H

#include "base/error.h"

#include <sys/types.h>

typedef struct kx_redis_tls kx_redis_tls;

/* Whom to believe, and who we are; files in PEM, NULL where there is none. */
typedef struct kx_redis_tls_files {
  const char *ca;   /* instead of the system's authorities */
  const char *cert; /* with the chain that leads to it, to be shown to the server */
  const char *key;  /* of that certificate, without a passphrase */
} kx_redis_tls_files;

enum { KX_REDIS_TLS_WHY = 200 };

/* Begins TLS on a connected socket, which stays the caller's and is made
 * non-blocking, with a server that has to be `host`: a name, which it is told (RFC
 * 6066, SNI), or an address. Waits at most `timeout_ms`. On failure `why` says what is
 * wrong: KX_CONFIG with the files, KX_REDIS with the server. */
kx_status kx_redis_tls_open(kx_redis_tls **out, int fd, const char *host,
                            const kx_redis_tls_files *files, int timeout_ms,
                            char why[KX_REDIS_TLS_WHY]);

/* Reads what is there, as recv with MSG_DONTWAIT does: 0 at the end, -1 and errno; of
 * EPROTO `why` tells more. */
ssize_t kx_redis_tls_read(kx_redis_tls *tls, char *to, size_t len, char why[KX_REDIS_TLS_WHY]);

/* Writes a part of it, waiting at most `timeout_ms`: how much, or -1 and errno,
 * likewise. */
ssize_t kx_redis_tls_write(kx_redis_tls *tls, const char *from, size_t len, int timeout_ms,
                           char why[KX_REDIS_TLS_WHY]);

/* Releases it, without taking leave of the server. NULL is allowed. */
void kx_redis_tls_close(kx_redis_tls *tls);

#endif
