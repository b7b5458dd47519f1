/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Numbers by key: what is added to a key that is there already is merged into its
 * number. In the order of their first addition. Does no I/O. */

#ifndef KX_SUMS_H
#define KX_SUMS_H

#include "siphash.h"

/* A key and its number. */
typedef struct kx_sum {
  size_t key, len; /* where the key stands in the text */
  int64_t n;
  int tag; /* the adder's, of its first addition */
} kx_sum;

/* All-zero is an empty one. */
typedef struct kx_sums {
  kx_buf keys;
  kx_sum *list; /* owned */
  size_t n, cap;
  size_t *slots; /* owned: a hash table of places in the list, from 1 on; 0 is free */
  size_t n_slots;
  kx_siphash_key hash_key; /* of this table alone */
  bool failed;             /* an allocation failed since the last kx_sums_clear */
} kx_sums;

/* Makes room for so many new keys of so many bytes altogether: adding them cannot fail
 * then. False when there is no memory. */
bool kx_sums_reserve(kx_sums *sums, size_t entries, size_t key_bytes);

/* Adds `n` to the number of `key`. Where the sum would overflow, another entry of
 * the key begins. */
void kx_sums_add(kx_sums *sums, kx_slice key, int tag, int64_t n);

/* The key of an entry, valid until the next addition. */
static inline kx_slice kx_sums_key(const kx_sums *sums, const kx_sum *sum) {
  return (kx_slice){sums->keys.data + sum->key, sum->len};
}

/* True unless an allocation failed. */
bool kx_sums_ok(const kx_sums *sums);

/* Forgets everything, keeps the memory. */
void kx_sums_clear(kx_sums *sums);

/* Releases the memory. */
void kx_sums_free(kx_sums *sums);

#endif
