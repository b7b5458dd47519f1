/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The only file that sees OpenSSL: hashes, base64, randomness. */

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

/* SHA-1 (FIPS 180-4) likewise, for names of files only: it is broken as a signature. */
kx_status kx_sha1_hex(kx_slice data, char out[KX_SHA1_HEX + 1], kx_error *err);

/* HMAC-SHA-256 (RFC 2104) of `data` under `key`. */
kx_status kx_hmac_sha256(kx_slice key, kx_slice data, unsigned char out[KX_SHA256_BYTES],
                         kx_error *err);

/* Writes `len` bytes as lower-case hexadecimal digits and a NUL. */
void kx_hex(const unsigned char *data, size_t len, char *out);

/* Appends the base64 form (RFC 4648, section 4, with padding) of `data`. A
 * caller that appends piecewise passes multiples of three bytes, then the
 * rest. */
void kx_base64_encode(kx_buf *out, kx_slice data);

/* Appends the bytes that the padded base64 `text` stands for. False, with
 * nothing appended, when it is not base64; memory running out shows in `out`. */
bool kx_base64_decode(kx_buf *out, kx_slice text);

/* A random 128-bit token as 32 hexadecimal digits and a NUL. */
kx_status kx_random_token(char out[KX_TOKEN_HEX + 1], kx_error *err);

/* A random number below `bound` (at least 1), good enough for jitter and
 * partition keys; never fails. */
uint64_t kx_random_below(uint64_t bound);

/* Overwrites memory that held a secret; no compiler may drop it. */
void kx_wipe(void *data, size_t len);

/* "OpenSSL 3.0.17 1 Jul 2025": the library that is loaded. */
const char *kx_crypto_version(void);

/* Whether this process has an OpenSSL that the module can use: of a version with the
 * interface it was compiled for, and no copy of the program's own. A program that is
 * linked to a static OpenSSL holds only the parts that it uses itself; where it
 * exports them they hide those of the library, and a half of each would be at work.
 * KX_CONFIG tells what was found in which file, and what to do. */
kx_status kx_crypto_check(kx_error *err);

#endif
