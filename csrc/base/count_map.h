/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A map from keys to counts. Adding to a key that is there already adds to its count. The
 * entries are in the order of their first addition. Does no I/O.
 *
 * It is a hash table that grows by one bucket with each new entry (linear hashing: Litwin,
 * "Linear Hashing: A New Tool for File and Table Addressing"), in memory that never moves.
 * So an addition costs the same for any number of entries, and the memory in use follows
 * that number closely. */

#ifndef KX_BASE_COUNT_MAP_H
#define KX_BASE_COUNT_MAP_H

#include "base/pages.h"
#include "base/siphash.h"

/* A key and its count. Its address never changes. */
typedef struct kx_count {
  const char *key;
  int64_t n;
  uint32_t len, hash; /* of the key */
  uint32_t next;      /* the next entry of its bucket, counted from 1; 0 at the end */
  int tag;            /* what the caller passed with the first addition */
} kx_count;

/* All-zero is an empty map. There are as many buckets as entries. */
typedef struct kx_count_map {
  kx_pages entries, buckets, texts; /* of kx_count, of entry numbers, of keys */
  size_t n;                         /* entries */
  size_t mask;             /* 2^k - 1, where 2^k is the smallest power that is at least n */
  char *text;              /* where the next key goes, */
  size_t left;             /* if it has at most this many bytes */
  size_t text_bytes;       /* of all keys, and of the ends of pages where no key did fit */
  kx_siphash_key hash_key; /* of this map alone; stays when the map is freed */
  bool keyed;              /* hash_key has been chosen */
  bool failed;             /* an allocation failed */
} kx_count_map;

enum { KX_COUNT_MAP_PAGE = KX_PAGE_BYTES / sizeof(kx_count) };

/* The bytes that an entry takes besides its key. */
#define KX_COUNT_BYTES (sizeof(kx_count) + sizeof(uint32_t))

/* The entry with this number: from 0 on, and below `n`. */
static inline kx_count *kx_count_map_at(const kx_count_map *counts, size_t place) {
  return (kx_count *)(void *)counts->entries.list[place / KX_COUNT_MAP_PAGE] +
         place % KX_COUNT_MAP_PAGE;
}

/* The key of an entry. */
static inline kx_slice kx_count_map_key(const kx_count *count) {
  return (kx_slice){count->key, count->len};
}

/* Chooses the key of the hash. Otherwise the first addition does that. For callers whose
 * additions must not use OpenSSL. */
void kx_count_map_choose_key(kx_count_map *counts);

/* Adds `n` to the count of `key` and returns its entry. Where the count would overflow,
 * the key gets another entry. NULL when there is no memory; then nothing is added. */
kx_count *kx_count_map_add(kx_count_map *counts, kx_slice key, int tag, int64_t n);

/* Drops all entries but the first `n`, and forgets that an allocation failed. */
void kx_count_map_drop(kx_count_map *counts, size_t n);

/* The bytes in use, without the free ends of the last pages. An addition adds at most
 * KX_COUNT_BYTES and twice the length of the key. */
size_t kx_count_map_bytes(const kx_count_map *counts);

/* True unless an allocation failed. */
bool kx_count_map_ok(const kx_count_map *counts);

/* Removes all entries and releases the memory. */
void kx_count_map_free(kx_count_map *counts);

#endif
