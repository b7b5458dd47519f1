/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The headers of a signed call, and what they are made from: the credentials of
 * the moment and the correction of the clock. */

#ifndef KX_KINESIS_SIGNER_H
#define KX_KINESIS_SIGNER_H

#include "aws/sigv4.h"
#include "kinesis/api.h"

enum { KX_SIGNER_HEADERS = 8 };

typedef struct kx_signer {
  const kx_dialect *dialect;
  const char *region; /* the caller's */
  kx_sigv4_signer signer;
  kx_buf access_key_id, secret_access_key, session_token;
  unsigned generation; /* 0 without credentials; new with each change */
  int64_t skew;        /* seconds to add to this machine's clock */
} kx_signer;

/* Headers ready for kx_http_start; all-zero is valid and empty. */
typedef struct kx_signed {
  const char *list[KX_SIGNER_HEADERS + 1];
  kx_buf text; /* they point into it */
} kx_signed;

/* Copies credentials; the token may be NULL. */
kx_status kx_signer_credentials(kx_signer *signing, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err);

/* Signs a POST of a body with this hash, now. The caller wipes `out->text`. */
kx_status kx_signer_headers(kx_signer *signing, const char *host, const char *path,
                            const char *hash, kx_signed *out, kx_error *err);

/* Wipes and releases everything. */
void kx_signer_close(kx_signer *signing);

#endif
