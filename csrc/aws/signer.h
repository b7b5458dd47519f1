/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Signs calls to AWS: it holds the credentials and the correction of the clock, and writes the
 * headers of a signed call. It signs POSTs to a URL without a query. */

#ifndef KX_AWS_SIGNER_H
#define KX_AWS_SIGNER_H

#include "aws/sigv4.h"

enum { KX_SIGNER_OTHERS = 8, KX_SIGNER_HEADERS = KX_SIGNER_OTHERS + 5 };

/* All-zero is a valid signer without credentials. */
typedef struct kx_signer {
  const char *region, *service; /* the caller's */
  kx_buf access_key_id, secret_access_key, session_token;
  unsigned generation; /* 0 without credentials; new with each change */
  int64_t skew;        /* seconds to add to this machine's clock */
  kx_sigv4_signer sigv4;
} kx_signer;

/* The call to sign; the strings are the caller's. */
typedef struct kx_signer_call {
  const char *host, *path;
  const char *content_type;
  const char *target;        /* X-Amz-Target, or NULL */
  const char *hash;          /* kx_sha256_hex of the body */
  const char *const *others; /* "Name: value", not signed, NULL-terminated, at most
                                KX_SIGNER_OTHERS; or NULL */
} kx_signer_call;

/* Headers that are ready for kx_http_start; all-zero is valid and empty. */
typedef struct kx_signed {
  const char *list[KX_SIGNER_HEADERS + 1]; /* NULL-terminated; the signed ones lie in `text` */
  kx_buf text;
} kx_signed;

/* Copies credentials; the token may be NULL. */
kx_status kx_signer_credentials(kx_signer *signer, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err);

/* Signs a call, now. The caller wipes `out->text`, after a failure too. */
kx_status kx_signer_sign(kx_signer *signer, const kx_signer_call *call, kx_signed *out,
                         kx_error *err);

/* Wipes and releases everything. */
void kx_signer_close(kx_signer *signer);

#endif
