/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/count_map.h"

enum { BUCKETS_PAGE = KX_PAGE_BYTES / sizeof(uint32_t) };

static uint32_t *bucket(const kx_count_map *counts, size_t i) {
  return (uint32_t *)(void *)counts->buckets.list[i / BUCKETS_PAGE] + i % BUCKETS_PAGE;
}

/* The bucket of a hash: the one that its last bits number. Where that bucket is not there
 * yet, one bit less counts. */
static uint32_t *bucket_of(const kx_count_map *counts, uint32_t hash) {
  size_t i = hash & counts->mask;
  return bucket(counts, i < counts->n ? i : i & counts->mask >> 1);
}

/* The newest entry of a key. */
static kx_count *find(const kx_count_map *counts, uint32_t hash, kx_slice key) {
  uint32_t place = counts->n > 0 ? *bucket_of(counts, hash) : 0;
  while (place != 0) {
    kx_count *count = kx_count_map_at(counts, place - 1);
    if (count->hash == hash && count->len == key.len && memcmp(count->key, key.data, key.len) == 0)
      return count;
    place = count->next;
  }
  return NULL;
}

/* The last bucket is new: moves its entries there, out of the bucket that they are in. */
static void split(const kx_count_map *counts) {
  size_t last = counts->n - 1;
  uint32_t *to = bucket(counts, last), *from = bucket(counts, last & counts->mask >> 1);
  while (last > 0 && *from != 0) {
    kx_count *count = kx_count_map_at(counts, *from - 1);
    if ((count->hash & counts->mask) == last) {
      *to = *from;
      *from = count->next;
      to = &count->next;
    } else {
      from = &count->next;
    }
  }
  *to = 0;
}

/* Undoes a split. */
static void join(const kx_count_map *counts) {
  size_t last = counts->n - 1;
  uint32_t *to = bucket(counts, last & counts->mask >> 1);
  while (last > 0 && *to != 0)
    to = &kx_count_map_at(counts, *to - 1)->next;
  if (last > 0)
    *to = *bucket(counts, last);
}

static bool has_page(kx_pages *pages, size_t page) {
  return page < pages->n || kx_pages_add(pages, KX_PAGE_BYTES) != NULL;
}

static bool has_text_room(kx_count_map *counts, size_t len) {
  size_t bytes = len > KX_PAGE_BYTES ? len : KX_PAGE_BYTES;
  if (counts->text != NULL && len <= counts->left)
    return true;
  char *page = kx_pages_add(&counts->texts, bytes);
  if (page == NULL)
    return false;
  counts->text_bytes += counts->left;
  counts->text = page;
  counts->left = bytes;
  return true;
}

static const char *copy_key(kx_count_map *counts, kx_slice key) {
  char *kept = counts->text;
  if (key.len > 0)
    memcpy(kept, key.data, key.len);
  counts->text += key.len;
  counts->left -= key.len;
  counts->text_bytes += key.len;
  return kept;
}

static bool has_room(kx_count_map *counts, size_t len) {
  return has_page(&counts->entries, counts->n / KX_COUNT_MAP_PAGE) &&
         has_page(&counts->buckets, counts->n / BUCKETS_PAGE) && has_text_room(counts, len);
}

static kx_count *insert(kx_count_map *counts, uint32_t hash, kx_slice key) {
  kx_count *count = kx_count_map_at(counts, counts->n++);
  if (counts->n > counts->mask + 1)
    counts->mask = 2 * counts->mask + 1;
  split(counts);
  uint32_t *first = bucket_of(counts, hash);
  *count = (kx_count){
    .key = copy_key(counts, key), .len = (uint32_t)key.len, .hash = hash, .next = *first};
  *first = (uint32_t)counts->n;
  return count;
}

void kx_count_map_choose_key(kx_count_map *counts) {
  counts->hash_key = kx_siphash_random_key();
  counts->keyed = true;
}

kx_count *kx_count_map_add(kx_count_map *counts, kx_slice key, int tag, int64_t n) {
  int64_t total;
  if (!counts->keyed)
    kx_count_map_choose_key(counts);
  uint32_t hash = (uint32_t)kx_siphash(counts->hash_key, key);
  kx_count *count = find(counts, hash, key);
  if (count != NULL && !__builtin_add_overflow(count->n, n, &total)) {
    count->n = total;
    return count;
  }
  if (!has_room(counts, key.len)) {
    counts->failed = true;
    return NULL;
  }
  count = insert(counts, hash, key);
  count->n = n;
  count->tag = tag;
  return count;
}

static void drop_last(kx_count_map *counts) {
  const kx_count *last = kx_count_map_at(counts, counts->n - 1);
  uint32_t *at = bucket_of(counts, last->hash);
  while (*at != counts->n)
    at = &kx_count_map_at(counts, *at - 1)->next;
  *at = last->next;
  join(counts);
  counts->n--;
  if (counts->n <= (counts->mask >> 1) + 1)
    counts->mask >>= 1;
}

void kx_count_map_drop(kx_count_map *counts, size_t n) {
  while (counts->n > n)
    drop_last(counts);
  counts->failed = false;
}

size_t kx_count_map_bytes(const kx_count_map *counts) {
  return counts->n * KX_COUNT_BYTES + counts->text_bytes;
}

bool kx_count_map_ok(const kx_count_map *counts) {
  return !counts->failed;
}

void kx_count_map_free(kx_count_map *counts) {
  kx_pages_free(&counts->entries);
  kx_pages_free(&counts->buckets);
  kx_pages_free(&counts->texts);
  *counts = (kx_count_map){.hash_key = counts->hash_key, .keyed = counts->keyed};
}
