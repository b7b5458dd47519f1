/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* AWS Signature Version 4 ("Create a signed AWS API request", AWS General
 * Reference / IAM User Guide). Pure: bytes and the time in, text out. The
 * stages are open, in the order in which they are used, so that each can be
 * held against AWS's published cases:
 *
 *   canonical request -> string to sign -> signing key -> signature -> header
 *
 * The path and the query arrive already encoded and sorted (an exporter only
 * ever sends POST / without a query); headers are lower-cased, trimmed, sorted
 * and merged here. */

#ifndef KX_AWS_SIGV4_H
#define KX_AWS_SIGV4_H

#include "base/buf.h"
#include "base/crypto.h"
#include "base/error.h"

typedef struct kx_header {
  kx_slice name;
  kx_slice value;
} kx_header;

/* What is to be signed; every slice belongs to the caller. */
typedef struct kx_sigv4_request {
  kx_slice method; /* "POST" */
  kx_slice path;   /* canonical, "/" at least */
  kx_slice query;  /* canonical, without "?", often empty */
  const kx_header *headers;
  size_t n_headers;      /* at most KX_SIGV4_HEADERS; host and x-amz-date among them */
  kx_slice payload_hash; /* kx_sha256_hex of the body */
} kx_sigv4_request;

enum { KX_SIGV4_HEADERS = 16, KX_SIGV4_TIME = 17 };

/* Who signs, where. `key` caches the derived signing key for a day, region and
 * service; all-zero is an empty cache. Wipe with kx_sigv4_forget. */
typedef struct kx_sigv4_signer {
  kx_slice access_key_id;
  kx_slice secret_access_key;
  kx_slice region;
  kx_slice service;
  char day[9]; /* of the cached key, "" when there is none */
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
 * Derives the signing key when the cached one is of another day. */
kx_status kx_sigv4_signature(kx_sigv4_signer *signer, kx_slice string_to_sign, const char *time,
                             char out[KX_SHA256_HEX + 1], kx_error *err);

/* All stages in one: appends the value of the Authorization header. */
kx_status kx_sigv4_authorization(kx_sigv4_signer *signer, const kx_sigv4_request *request,
                                 const char *time, kx_buf *out, kx_error *err);

/* Wipes the cached signing key: call it when the credentials change. */
void kx_sigv4_forget(kx_sigv4_signer *signer);

#endif
