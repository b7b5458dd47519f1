/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A keyed hash for hash tables. The keys of the tables come from outside: an attacker who
 * knows the hash can choose keys that all fall into one bucket, which makes the table a
 * list. Without the key of the hash that is not possible.
 *
 * SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), the variant that
 * the hash tables of Rust, Python and Ruby use. It is not taken from OpenSSL because
 * OpenSSL takes two to four times as long for keys of 20 to 80 bytes. */

#ifndef KX_BASE_SIPHASH_H
#define KX_BASE_SIPHASH_H

#include "base/buf.h"

#include <stdint.h>

typedef struct kx_siphash_key {
  uint64_t word[2];
} kx_siphash_key;

/* A random key. */
kx_siphash_key kx_siphash_random_key(void);

/* The hash of `data`. */
uint64_t kx_siphash(kx_siphash_key key, kx_slice data);

#endif
