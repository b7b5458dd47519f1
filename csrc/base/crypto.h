/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Hashes, base64 and random numbers from OpenSSL. Of the other files only redis/tls.c uses
 * OpenSSL, for its connections. */

#ifndef KX_BASE_CRYPTO_H
#define KX_BASE_CRYPTO_H

#include "base/buf.h"
#include "base/error.h"

enum {
  KX_SHA256_BYTES = 32,
  KX_SHA256_HEX = 2 * KX_SHA256_BYTES,
  KX_SHA1_HEX = 40,
  KX_TOKEN_HEX = 32 /* 128 bits */
};

/* SHA-256 (FIPS 180-4) of `data` as 64 lower-case hexadecimal digits and a NUL. */
kx_status kx_sha256_hex(kx_slice data, char out[KX_SHA256_HEX + 1], kx_error *err);

/* SHA-1 (FIPS 180-4) in the same form, for names of files only: it is not safe for
 * signatures. */
kx_status kx_sha1_hex(kx_slice data, char out[KX_SHA1_HEX + 1], kx_error *err);

/* HMAC-SHA-256 (RFC 2104) of `data` under `key`. */
kx_status kx_hmac_sha256(kx_slice key, kx_slice data, unsigned char out[KX_SHA256_BYTES],
                         kx_error *err);

/* Writes `len` bytes as lower-case hexadecimal digits and a NUL. */
void kx_hex(const unsigned char *data, size_t len, char *out);

/* Appends `data` in base64 (RFC 4648, section 4, with padding). A caller that appends in
 * pieces passes multiples of three bytes, and the rest at the end. */
void kx_base64_encode(kx_buf *out, kx_slice data);

/* Appends the bytes that `text`, base64 with padding, stands for. False when it is not
 * base64; then nothing is appended. `out` shows when there is no memory. */
bool kx_base64_decode(kx_buf *out, kx_slice text);

/* A random 128-bit token as 32 hexadecimal digits and a NUL. */
kx_status kx_random_token(char out[KX_TOKEN_HEX + 1], kx_error *err);

/* A random number below `bound`, which is at least 1. It is good enough for jitter and
 * partition keys, and never fails. */
uint64_t kx_random_below(uint64_t bound);

/* Overwrites memory that held a secret. No compiler removes that. */
void kx_wipe(void *data, size_t len);

/* The version of the library that is loaded: "OpenSSL 3.0.17 1 Jul 2025". */
const char *kx_crypto_version(void);

/* KX_OK when this process has an OpenSSL that the module can use: its version has the
 * interface that the module was compiled for, and it is not the program's own copy. A
 * program that is linked to a static OpenSSL contains only the parts that it uses. If it
 * exports them, they hide the same parts of the library, and the two would be mixed. The
 * text of KX_CONFIG says what was found in which file, and what to do. */
kx_status kx_crypto_check(kx_error *err);

#endif
