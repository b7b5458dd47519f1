/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/counter_reader.h"

#include "redis/keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLICE = 1000 };

struct kx_counter_slice {
  kx_counters *counters;
  size_t first, n;
};

void kx_counters_begin(kx_counters *counters, const char *time_gen) {
  snprintf(counters->time_gen, sizeof counters->time_gen, "%s", time_gen);
  counters->n = counters->answered = 0;
}

static bool room_for_key(kx_counters *counters) {
  size_t cap = counters->cap ? 2 * counters->cap : SLICE;
  kx_slice *keys;
  if (counters->n < counters->cap)
    return true;
  keys = realloc(counters->keys, cap * sizeof *keys);
  if (keys == NULL)
    return false;
  counters->keys = keys;
  counters->cap = cap;
  return true;
}

static bool is_skipped(kx_slice key) {
  kx_stats_key parsed;
  return kx_stats_key_parse(key, &parsed) && !kx_stats_key_exported(&parsed);
}

static bool gather(kx_counters *counters, kx_slice page, int64_t *skipped) {
  const char *at = page.data, *end = page.data + page.len, *newline;
  counters->n = counters->answered = 0;
  for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL; at = newline + 1) {
    kx_slice key = {at, (size_t)(newline - at)};
    if (is_skipped(key)) {
      ++*skipped;
      continue;
    }
    if (!room_for_key(counters))
      return false;
    counters->keys[counters->n++] = key;
  }
  return true;
}

static bool make_slices(kx_counters *counters) {
  size_t n = (counters->n + SLICE - 1) / SLICE;
  if (n > counters->cap_slices) {
    struct kx_counter_slice *slices = realloc(counters->slices, n * sizeof *slices);
    if (slices == NULL)
      return false;
    counters->slices = slices;
    counters->cap_slices = n;
  }
  for (size_t i = 0; i < n; i++) {
    size_t first = i * SLICE, left = counters->n - first;
    counters->slices[i] = (struct kx_counter_slice){counters, first, left < SLICE ? left : SLICE};
  }
  counters->n_slices = n;
  return true;
}

static kx_status judge(kx_counters *counters, kx_slice key, const kx_reply *value, kx_error *err) {
  kx_counter out = {.state = KX_COUNTER_INVALID, .key = key, .value = kx_reply_text(value)};
  kx_stats_key parsed;
  if (!kx_stats_key_parse(key, &parsed))
    return counters->fn(counters->arg, &out, err);
  if (kx_reply_is_nil(value))
    out.value = (kx_slice)KX_LIT("0");
  if (kx_reply_is_nil(value) && parsed.period == KX_PERIOD_MINUTE) {
    out.state = KX_COUNTER_EXPIRED;
  } else if (kx_stats_value_valid(out.value)) {
    out.state = KX_COUNTER_READ;
    kx_buf_clear(&counters->event);
    kx_stats_key_event(&counters->event, &parsed, out.value, counters->time_gen);
    kx_buf_putc(&counters->event, '\n');
    if (!kx_buf_ok(&counters->event))
      return kx_fail_memory(err);
    out.event = kx_buf_view(&counters->event);
  }
  return counters->fn(counters->arg, &out, err);
}

static kx_status answered(void *arg, const kx_reply *reply, kx_error *err) {
  const struct kx_counter_slice *slice = arg;
  kx_counters *counters = slice->counters;
  kx_status status = KX_OK;
  if (kx_reply_size(reply) != slice->n)
    return kx_fail(err, KX_REPLY, "redis: MGET answered with %zu values to %zu keys",
                   kx_reply_size(reply), slice->n);
  for (size_t i = 0; i < slice->n && status == KX_OK; i++)
    status = judge(counters, counters->keys[slice->first + i], kx_reply_item(reply, i), err);
  counters->answered += slice->n;
  return status;
}

static kx_status ask(kx_counters *counters, kx_redis *redis, struct kx_counter_slice *slice,
                     kx_error *err) {
  kx_slice argv[1 + SLICE] = {KX_LIT("MGET")};
  memcpy(argv + 1, counters->keys + slice->first, slice->n * sizeof *argv);
  return kx_redis_send(redis, 1 + slice->n, argv, answered, slice, err);
}

kx_status kx_counters_read(kx_counters *counters, kx_redis *redis, kx_slice page, int64_t *skipped,
                           kx_counter_fn fn, void *arg, kx_error *err) {
  kx_status status = KX_OK;
  counters->fn = fn;
  counters->arg = arg;
  counters->n_slices = 0;
  if (!gather(counters, page, skipped) || !make_slices(counters))
    return kx_fail_memory(err);
  for (size_t i = 0; i < counters->n_slices && status == KX_OK; i++)
    status = ask(counters, redis, &counters->slices[i], err);
  return status;
}

bool kx_counters_done(const kx_counters *counters) {
  return counters->answered == counters->n;
}

void kx_counters_free(kx_counters *counters) {
  free(counters->keys);
  free(counters->slices);
  kx_buf_free(&counters->event);
  *counters = (kx_counters){0};
}
