/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/count_map.h"

enum { BUCKETS_PAGE = KX_PAGE_BYTES / sizeof(uint32_t) };

static uint32_t *bucket(const kx_sums *sums, size_t i) {
  return (uint32_t *)(void *)sums->buckets.list[i / BUCKETS_PAGE] + i % BUCKETS_PAGE;
}

/* The bucket of a hash: that of its last bits, one bit less where that is not there yet. */
static uint32_t *bucket_of(const kx_sums *sums, uint32_t hash) {
  size_t i = hash & sums->mask;
  return bucket(sums, i < sums->n ? i : i & sums->mask >> 1);
}

/* The newest entry of a key. */
static kx_sum *find(const kx_sums *sums, uint32_t hash, kx_slice key) {
  uint32_t place = sums->n > 0 ? *bucket_of(sums, hash) : 0;
  while (place != 0) {
    kx_sum *sum = kx_sums_at(sums, place - 1);
    if (sum->hash == hash && sum->len == key.len && memcmp(sum->key, key.data, key.len) == 0)
      return sum;
    place = sum->next;
  }
  return NULL;
}

/* The last bucket is new: it gets its entries out of the one they are in. */
static void split(const kx_sums *sums) {
  size_t last = sums->n - 1;
  uint32_t *to = bucket(sums, last), *from = bucket(sums, last & sums->mask >> 1);
  while (last > 0 && *from != 0) {
    kx_sum *sum = kx_sums_at(sums, *from - 1);
    if ((sum->hash & sums->mask) == last) {
      *to = *from;
      *from = sum->next;
      to = &sum->next;
    } else {
      from = &sum->next;
    }
  }
  *to = 0;
}

/* The reverse. */
static void join(const kx_sums *sums) {
  size_t last = sums->n - 1;
  uint32_t *to = bucket(sums, last & sums->mask >> 1);
  while (last > 0 && *to != 0)
    to = &kx_sums_at(sums, *to - 1)->next;
  if (last > 0)
    *to = *bucket(sums, last);
}

static bool has_page(kx_pages *pages, size_t page) {
  return page < pages->n || kx_pages_add(pages, KX_PAGE_BYTES) != NULL;
}

static bool text_room(kx_sums *sums, size_t len) {
  size_t bytes = len > KX_PAGE_BYTES ? len : KX_PAGE_BYTES;
  if (sums->text != NULL && len <= sums->left)
    return true;
  char *page = kx_pages_add(&sums->texts, bytes);
  if (page == NULL)
    return false;
  sums->text_bytes += sums->left;
  sums->text = page;
  sums->left = bytes;
  return true;
}

static const char *keep(kx_sums *sums, kx_slice key) {
  char *kept = sums->text;
  if (key.len > 0)
    memcpy(kept, key.data, key.len);
  sums->text += key.len;
  sums->left -= key.len;
  sums->text_bytes += key.len;
  return kept;
}

static bool room(kx_sums *sums, size_t len) {
  return has_page(&sums->entries, sums->n / KX_SUMS_PAGE) &&
         has_page(&sums->buckets, sums->n / BUCKETS_PAGE) && text_room(sums, len);
}

static kx_sum *insert(kx_sums *sums, uint32_t hash, kx_slice key) {
  kx_sum *sum = kx_sums_at(sums, sums->n++);
  if (sums->n > sums->mask + 1)
    sums->mask = 2 * sums->mask + 1;
  split(sums);
  uint32_t *first = bucket_of(sums, hash);
  *sum = (kx_sum){.key = keep(sums, key), .len = (uint32_t)key.len, .hash = hash, .next = *first};
  *first = (uint32_t)sums->n;
  return sum;
}

void kx_sums_choose_key(kx_sums *sums) {
  sums->hash_key = kx_siphash_random_key();
  sums->keyed = true;
}

kx_sum *kx_sums_add(kx_sums *sums, kx_slice key, int tag, int64_t n) {
  int64_t total;
  if (!sums->keyed)
    kx_sums_choose_key(sums);
  uint32_t hash = (uint32_t)kx_siphash(sums->hash_key, key);
  kx_sum *sum = find(sums, hash, key);
  if (sum != NULL && !__builtin_add_overflow(sum->n, n, &total)) {
    sum->n = total;
    return sum;
  }
  if (!room(sums, key.len)) {
    sums->failed = true;
    return NULL;
  }
  sum = insert(sums, hash, key);
  sum->n = n;
  sum->tag = tag;
  return sum;
}

static void drop_last(kx_sums *sums) {
  const kx_sum *last = kx_sums_at(sums, sums->n - 1);
  uint32_t *at = bucket_of(sums, last->hash);
  while (*at != sums->n)
    at = &kx_sums_at(sums, *at - 1)->next;
  *at = last->next;
  join(sums);
  sums->n--;
  if (sums->n <= (sums->mask >> 1) + 1)
    sums->mask >>= 1;
}

void kx_sums_drop(kx_sums *sums, size_t n) {
  while (sums->n > n)
    drop_last(sums);
  sums->failed = false;
}

size_t kx_sums_bytes(const kx_sums *sums) {
  return sums->n * KX_SUM_BYTES + sums->text_bytes;
}

bool kx_sums_ok(const kx_sums *sums) {
  return !sums->failed;
}

void kx_sums_free(kx_sums *sums) {
  kx_pages_free(&sums->entries);
  kx_pages_free(&sums->buckets);
  kx_pages_free(&sums->texts);
  *sums = (kx_sums){.hash_key = sums->hash_key, .keyed = sums->keyed};
}
