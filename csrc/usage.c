/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "usage.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

/* The periods that are counted for a service; others are counted for all below. */
static const kx_period of_service[] = {
  KX_PERIOD_ETERNITY, KX_PERIOD_MONTH, KX_PERIOD_WEEK, KX_PERIOD_DAY, KX_PERIOD_HOUR};
static const kx_period of_others[] = {
  KX_PERIOD_ETERNITY, KX_PERIOD_MONTH, KX_PERIOD_WEEK,  KX_PERIOD_DAY,
  KX_PERIOD_HOUR,     KX_PERIOD_YEAR,  KX_PERIOD_MINUTE};

/* FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv). */
static uint64_t hash(kx_slice key) {
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < key.len; i++)
    h = (h ^ (unsigned char)key.data[i]) * 1099511628211u;
  return h;
}

static bool is_key(const kx_usage *usage, size_t place, kx_slice key) {
  kx_slice other = kx_usage_key(usage, &usage->list[place - 1]);
  return other.len == key.len && memcmp(other.data, key.data, key.len) == 0;
}

/* The slot of a key, or the free one where it would stand. */
static size_t *find(const kx_usage *usage, kx_slice key) {
  size_t i = (size_t)hash(key) & (usage->n_slots - 1);
  while (usage->slots[i] != 0 && !is_key(usage, usage->slots[i], key))
    i = (i + 1) & (usage->n_slots - 1);
  return &usage->slots[i];
}

static bool grow_slots(kx_usage *usage) {
  size_t n = usage->n_slots ? 2 * usage->n_slots : FIRST_SLOTS;
  size_t *slots = calloc(n, sizeof *slots);
  if (slots == NULL)
    return false;
  free(usage->slots);
  usage->slots = slots;
  usage->n_slots = n;
  for (size_t i = 0; i < usage->n; i++)
    *find(usage, kx_usage_key(usage, &usage->list[i])) = i + 1;
  return true;
}

static bool grow_list(kx_usage *usage) {
  size_t cap = usage->cap ? 2 * usage->cap : FIRST_SLOTS / 2;
  kx_increment *list = realloc(usage->list, cap * sizeof *list);
  if (list == NULL)
    return false;
  usage->list = list;
  usage->cap = cap;
  return true;
}

static bool room(kx_usage *usage) {
  return (usage->n < usage->cap || grow_list(usage)) &&
         (2 * (usage->n + 1) <= usage->n_slots || grow_slots(usage));
}

/* Where the sum would overflow, another increment of the key begins. */
static bool merge(kx_usage *usage, size_t place, int64_t by) {
  int64_t sum;
  if (place == 0 || __builtin_add_overflow(usage->list[place - 1].by, by, &sum))
    return false;
  usage->list[place - 1].by = sum;
  return true;
}

static void add(kx_usage *usage, kx_period period, int64_t by) {
  kx_slice key = kx_buf_view(&usage->key);
  size_t *slot, at = usage->keys.len;
  if (!kx_buf_ok(&usage->key) || !room(usage)) {
    usage->failed = true;
    return;
  }
  slot = find(usage, key);
  if (merge(usage, *slot, by))
    return;
  kx_buf_slice(&usage->keys, key);
  if (!kx_buf_ok(&usage->keys))
    return;
  usage->list[usage->n] = (kx_increment){at, key.len, by, period};
  *slot = ++usage->n;
}

static bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void put_id(kx_buf *out, const char *field, kx_slice id) {
  kx_buf_puts(out, field);
  for (size_t i = 0; i < id.len; i++) {
    char c = id.data[i];
    if (is_blank(c))
      c = '+';
    kx_buf_putc(out, c);
  }
}

/* A level of counters: all periods of the key that has been begun. */
static void count(kx_usage *usage, const kx_period *periods, size_t n, int64_t seconds,
                  int64_t by) {
  size_t len = usage->key.len;
  for (size_t i = 0; i < n; i++) {
    char start[16];
    kx_stats_period_start(periods[i], seconds, start);
    usage->key.len = len;
    kx_buf_printf(&usage->key, "/%s%s%s", kx_period_name(periods[i]), start[0] ? ":" : "", start);
    add(usage, periods[i], by);
  }
}

static void begin_key(kx_usage *usage, const kx_report *report) {
  kx_buf_clear(&usage->key);
  put_id(&usage->key, "stats/{service:", report->service);
  kx_buf_putc(&usage->key, '}');
}

static void count_other(kx_usage *usage, const kx_report *report, const char *level, kx_slice who,
                        const char *field, kx_slice id, int64_t by) {
  if (who.data == NULL)
    return;
  begin_key(usage, report);
  put_id(&usage->key, level, who);
  put_id(&usage->key, field, id);
  count(usage, of_others, sizeof of_others / sizeof *of_others, report->seconds, by);
}

static void count_all(kx_usage *usage, const kx_report *report, const char *field, kx_slice id,
                      int64_t by) {
  begin_key(usage, report);
  put_id(&usage->key, field, id);
  count(usage, of_service, sizeof of_service / sizeof *of_service, report->seconds, by);
  count_other(usage, report, "/cinstance:", report->application, field, id, by);
  count_other(usage, report, "/uinstance:", report->user, field, id, by);
}

void kx_usage_metric(kx_usage *usage, const kx_report *report, kx_slice metric, int64_t n) {
  count_all(usage, report, "/metric:", metric, n);
}

void kx_usage_code(kx_usage *usage, const kx_report *report, int code) {
  const char text[] = {
    (char)('0' + code / 100), (char)('0' + code / 10 % 10), (char)('0' + code % 10)};
  const char group[] = {text[0], 'X', 'X'};
  if (code / 100 != 2 && code / 100 != 4 && code / 100 != 5)
    return;
  count_all(usage, report, "/response_code:", (kx_slice){group, 3}, 1);
  if (code == 200 || code == 403 || code == 404 || code == 500 || code == 503)
    count_all(usage, report, "/response_code:", (kx_slice){text, 3}, 1);
}

bool kx_usage_ok(const kx_usage *usage) {
  return !usage->failed && kx_buf_ok(&usage->keys);
}

void kx_usage_clear(kx_usage *usage) {
  kx_buf_clear(&usage->keys);
  usage->n = 0;
  usage->failed = false;
  if (usage->slots != NULL)
    memset(usage->slots, 0, usage->n_slots * sizeof *usage->slots);
}

void kx_usage_free(kx_usage *usage) {
  kx_buf_free(&usage->keys);
  kx_buf_free(&usage->key);
  free(usage->list);
  free(usage->slots);
  *usage = (kx_usage){0};
}
