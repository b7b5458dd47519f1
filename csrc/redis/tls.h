/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* TLS on a connection to Redis; hiredis 0.14 has none. Always verifies the server's certificate,
 * its chain and its name. TLS is at least 1.2 (RFC 9325, "Recommendations for Secure Use of TLS").
 * Nothing raises SIGPIPE. Private to this folder. */

#ifndef KX_REDIS_TLS_H
#define KX_REDIS_TLS_H

#include "base/error.h"

#include <sys/types.h>

typedef struct kx_redis_tls kx_redis_tls;

/* The authorities to trust, and our own certificate: files in PEM, or NULL. */
typedef struct kx_redis_tls_files {
  const char *ca;   /* instead of the system's authorities */
  const char *cert; /* shown to the server, with the chain of its authorities */
  const char *key;  /* the key of that certificate, without a passphrase */
} kx_redis_tls_files;

enum { KX_REDIS_TLS_WHY = 200 };

/* Begins TLS on a connected socket. The socket stays the caller's and becomes non-blocking. The
 * server's certificate must be for `host`: an address, or a name, which is sent to the server (RFC
 * 6066, SNI). Waits at most `timeout_ms`. On failure `why` says what is wrong: with the files
 * (KX_CONFIG) or with the server (KX_REDIS). */
kx_status kx_redis_tls_open(kx_redis_tls **out, int fd, const char *host,
                            const kx_redis_tls_files *files, int timeout_ms,
                            char why[KX_REDIS_TLS_WHY]);

/* Reads what has arrived, as recv with MSG_DONTWAIT does: 0 at the end, -1 and errno on failure.
 * With EPROTO `why` says more. */
ssize_t kx_redis_tls_read(kx_redis_tls *tls, char *to, size_t len, char why[KX_REDIS_TLS_WHY]);

/* Writes a part of the bytes; waits at most `timeout_ms`. Returns the number of bytes written, or
 * -1 and errno. With EPROTO `why` says more. */
ssize_t kx_redis_tls_write(kx_redis_tls *tls, const char *from, size_t len, int timeout_ms,
                           char why[KX_REDIS_TLS_WHY]);

/* Releases it without a closing message to the server. NULL is allowed. */
void kx_redis_tls_close(kx_redis_tls *tls);

#endif
