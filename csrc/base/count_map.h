/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Numbers by key: what is added to a key that is there already is merged into its
 * number. In the order of their first addition. Does no I/O.
 *
 * A hash table that grows by one bucket with each new entry (linear hashing: Litwin,
 * "Linear Hashing: A New Tool for File and Table Addressing"), in memory that is never
 * moved. So an addition costs the same however many entries there are, and the memory
 * in use follows their number closely. */

#ifndef KX_BASE_COUNT_MAP_H
#define KX_BASE_COUNT_MAP_H

#include "base/pages.h"
#include "base/siphash.h"

/* A key and its number. It stays where it is. */
typedef struct kx_count {
  const char *key;
  int64_t n;
  uint32_t len, hash; /* of the key */
  uint32_t next;      /* in its bucket: a place from 1 on, or 0 */
  int tag;            /* the adder's, of its first addition */
} kx_count;

/* All-zero is an empty one. There are as many buckets as entries. */
typedef struct kx_count_map {
  kx_pages entries, buckets, texts; /* of kx_count; of places; of the keys */
  size_t n;                         /* entries */
  size_t mask;                      /* 2^k - 1, for the least 2^k that is not below n */
  char *text;                       /* where the next key goes, */
  size_t left;                      /* if it is not longer than this */
  size_t text_bytes;                /* keys, and what was left when one did not fit */
  kx_siphash_key hash_key;          /* of this table alone; kept when it is freed */
  bool keyed;                       /* it has been chosen */
  bool failed;                      /* an allocation failed */
} kx_count_map;

enum { KX_COUNT_MAP_PAGE = KX_PAGE_BYTES / sizeof(kx_count) };

/* The bytes that an entry takes besides its key. */
#define KX_SUM_BYTES (sizeof(kx_count) + sizeof(uint32_t))

/* The entry at a place from 0 on, below `n`. */
static inline kx_count *kx_count_map_at(const kx_count_map *counts, size_t place) {
  return (kx_count *)(void *)counts->entries.list[place / KX_COUNT_MAP_PAGE] +
         place % KX_COUNT_MAP_PAGE;
}

/* The key of an entry. */
static inline kx_slice kx_count_map_key(const kx_count *sum) {
  return (kx_slice){sum->key, sum->len};
}

/* Chooses the key of the hash, which the first addition does otherwise: for those whose
 * additions must not use OpenSSL. */
void kx_count_map_choose_key(kx_count_map *counts);

/* Adds `n` to the number of `key` and returns its entry. Where the sum would overflow,
 * another entry of the key begins. NULL when there is no memory, with nothing added. */
kx_count *kx_count_map_add(kx_count_map *counts, kx_slice key, int tag, int64_t n);

/* Drops the entries from place `n` on, and forgets that an allocation failed. */
void kx_count_map_drop(kx_count_map *counts, size_t n);

/* Bytes in use, but for the rest of the last pages. An addition adds no more than
 * KX_SUM_BYTES and twice the key's length. */
size_t kx_count_map_bytes(const kx_count_map *counts);

/* True unless an allocation failed. */
bool kx_count_map_ok(const kx_count_map *counts);

/* Forgets everything and releases the memory. */
void kx_count_map_free(kx_count_map *counts);

#endif
