/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* AWS Signature Version 4 ("Create a signed AWS API request", AWS General
 * Reference / IAM User Guide). Pure: bytes and the time in, text out. Each
 * stage is a function of its own, so that it can be compared with AWS's
 * published cases:
 *
 *   canonical request -> string to sign -> signing key -> signature -> header
 *
 * The caller has encoded the path, and encoded and sorted the query (this module
 * sends only POSTs without a query). Headers are lower-cased, trimmed, sorted
 * and merged here. */

#ifndef KX_AWS_SIGV4_H
#define KX_AWS_SIGV4_H

#include "base/buf.h"
#include "base/crypto.h"
#include "base/error.h"

typedef struct kx_sigv4_header {
  kx_slice name;
  kx_slice value;
} kx_sigv4_header;

/* The request to sign; every slice belongs to the caller. */
typedef struct kx_sigv4_request {
  kx_slice method; /* "POST" */
  kx_slice path;   /* canonical, "/" at least */
  kx_slice query;  /* canonical, without "?"; may be empty */
  const kx_sigv4_header *headers;
  size_t n_headers;      /* at most KX_SIGV4_HEADERS; host and x-amz-date among them */
  kx_slice payload_hash; /* kx_sha256_hex of the body */
} kx_sigv4_request;

enum { KX_SIGV4_HEADERS = 16, KX_SIGV4_TIME = 17 };

/* Who signs, and for which service of which region. `key` caches the signing key of a day;
 * all-zero is an empty cache. kx_sigv4_forget wipes it. */
typedef struct kx_sigv4_signer {
  kx_slice access_key_id;
  kx_slice secret_access_key;
  kx_slice region;
  kx_slice service;
  char day[9]; /* of the cached key, or "" */
  unsigned char key[KX_SHA256_BYTES];
} kx_sigv4_signer;

/* Writes the time (seconds since the epoch, UTC) as "YYYYMMDDTHHMMSSZ" and a
 * NUL. */
void kx_sigv4_time(int64_t seconds, char out[KX_SIGV4_TIME]);

/* Appends the canonical request. */
kx_status kx_sigv4_canonical(const kx_sigv4_request *request, kx_buf *out, kx_error *err);

/* Appends the string to sign for a canonical request made at `time`
 * (kx_sigv4_time's form). */
kx_status kx_sigv4_string_to_sign(const kx_sigv4_signer *signer, kx_slice canonical,
                                  const char *time, kx_buf *out, kx_error *err);

/* Writes the signature of `string_to_sign`: 64 hexadecimal digits and a NUL.
 * Derives the signing key if the cached one is from another day. */
kx_status kx_sigv4_signature(kx_sigv4_signer *signer, kx_slice string_to_sign, const char *time,
                             char out[KX_SHA256_HEX + 1], kx_error *err);

/* Does all stages and appends the value of the Authorization header. */
kx_status kx_sigv4_authorization(kx_sigv4_signer *signer, const kx_sigv4_request *request,
                                 const char *time, kx_buf *out, kx_error *err);

/* Wipes the cached signing key. It must be called when the credentials change. */
void kx_sigv4_forget(kx_sigv4_signer *signer);

#endif
