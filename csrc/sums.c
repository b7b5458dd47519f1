/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "sums.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

static bool is_key(const kx_sums *sums, size_t place, kx_slice key) {
  kx_slice other = kx_sums_key(sums, &sums->list[place - 1]);
  return other.len == key.len && memcmp(other.data, key.data, key.len) == 0;
}

/* The slot of a key, or the free one where it would stand. */
static size_t *find(const kx_sums *sums, kx_slice key) {
  size_t i = (size_t)kx_siphash(sums->hash_key, key) & (sums->n_slots - 1);
  while (sums->slots[i] != 0 && !is_key(sums, sums->slots[i], key))
    i = (i + 1) & (sums->n_slots - 1);
  return &sums->slots[i];
}

static bool grow_slots(kx_sums *sums, size_t entries) {
  size_t n = sums->n_slots ? sums->n_slots : FIRST_SLOTS;
  while (n < 2 * entries)
    n *= 2;
  size_t *slots = calloc(n, sizeof *slots);
  if (slots == NULL)
    return false;
  if (sums->slots == NULL)
    sums->hash_key = kx_siphash_random_key();
  free(sums->slots);
  sums->slots = slots;
  sums->n_slots = n;
  for (size_t i = 0; i < sums->n; i++)
    *find(sums, kx_sums_key(sums, &sums->list[i])) = i + 1;
  return true;
}

static bool grow_list(kx_sums *sums, size_t entries) {
  size_t cap = sums->cap ? sums->cap : FIRST_SLOTS / 2;
  while (cap < entries)
    cap *= 2;
  kx_sum *list = realloc(sums->list, cap * sizeof *list);
  if (list == NULL)
    return false;
  sums->list = list;
  sums->cap = cap;
  return true;
}

static bool room(kx_sums *sums, size_t more) {
  size_t entries = sums->n + more;
  return (entries <= sums->cap || grow_list(sums, entries)) &&
         (2 * entries <= sums->n_slots || grow_slots(sums, entries));
}

/* Nothing was to be added yet: that there is no room does not make the sums wrong. */
static bool text_room(kx_sums *sums, size_t bytes) {
  bool fits = bytes <= sums->keys.cap - sums->keys.len;
  if (fits || kx_buf_reserve(&sums->keys, bytes) != NULL)
    return true;
  sums->keys.failed = false;
  return false;
}

bool kx_sums_reserve(kx_sums *sums, size_t entries, size_t key_bytes) {
  return room(sums, entries) && text_room(sums, key_bytes);
}

static bool merge(kx_sums *sums, size_t place, int64_t n) {
  int64_t sum;
  if (place == 0 || __builtin_add_overflow(sums->list[place - 1].n, n, &sum))
    return false;
  sums->list[place - 1].n = sum;
  return true;
}

void kx_sums_add(kx_sums *sums, kx_slice key, int tag, int64_t n) {
  size_t *slot, at = sums->keys.len;
  if (!room(sums, 1)) {
    sums->failed = true;
    return;
  }
  slot = find(sums, key);
  if (merge(sums, *slot, n))
    return;
  kx_buf_slice(&sums->keys, key);
  if (!kx_buf_ok(&sums->keys))
    return;
  sums->list[sums->n] = (kx_sum){at, key.len, n, tag};
  *slot = ++sums->n;
}

bool kx_sums_ok(const kx_sums *sums) {
  return !sums->failed && kx_buf_ok(&sums->keys);
}

void kx_sums_clear(kx_sums *sums) {
  kx_buf_clear(&sums->keys);
  sums->n = 0;
  sums->failed = false;
  if (sums->slots != NULL)
    memset(sums->slots, 0, sums->n_slots * sizeof *sums->slots);
}

void kx_sums_free(kx_sums *sums) {
  kx_buf_free(&sums->keys);
  free(sums->list);
  free(sums->slots);
  *sums = (kx_sums){0};
}
