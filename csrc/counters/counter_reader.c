/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/counter_reader.h"

#include "redis/keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLICE = 1000, QUESTIONS = 32 };

struct kx_counter_slice {
  kx_counter_reader *reader;
  size_t first, n;
};

void kx_counter_reader_begin(kx_counter_reader *reader, const char *time_gen) {
  snprintf(reader->time_gen, sizeof reader->time_gen, "%s", time_gen);
  reader->n = reader->answered = 0;
  reader->n_missing = reader->asked = reader->told = 0;
}

static bool room_for_key(kx_counter_reader *reader) {
  size_t cap = reader->cap ? 2 * reader->cap : SLICE;
  kx_slice *keys;
  size_t *missing;
  if (reader->n < reader->cap)
    return true;
  if ((keys = realloc(reader->keys, cap * sizeof *keys)) != NULL)
    reader->keys = keys;
  if ((missing = realloc(reader->missing, cap * sizeof *missing)) != NULL)
    reader->missing = missing;
  if (keys == NULL || missing == NULL)
    return false;
  reader->cap = cap;
  return true;
}

static bool is_skipped(kx_slice key) {
  kx_stats_key parsed;
  return kx_stats_key_parse(key, &parsed) && !kx_stats_key_exported(&parsed);
}

static bool gather(kx_counter_reader *reader, kx_slice page, int64_t *skipped) {
  const char *at = page.data, *end = page.data + page.len, *newline;
  reader->n = reader->answered = 0;
  reader->n_missing = reader->asked = reader->told = 0;
  for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL; at = newline + 1) {
    kx_slice key = {at, (size_t)(newline - at)};
    if (is_skipped(key)) {
      ++*skipped;
      continue;
    }
    if (!room_for_key(reader))
      return false;
    reader->keys[reader->n++] = key;
  }
  return true;
}

static bool make_slices(kx_counter_reader *reader) {
  size_t n = (reader->n + SLICE - 1) / SLICE;
  if (n > reader->cap_slices) {
    struct kx_counter_slice *slices = realloc(reader->slices, n * sizeof *slices);
    if (slices == NULL)
      return false;
    reader->slices = slices;
    reader->cap_slices = n;
  }
  for (size_t i = 0; i < n; i++) {
    size_t first = i * SLICE, left = reader->n - first;
    reader->slices[i] = (struct kx_counter_slice){reader, first, left < SLICE ? left : SLICE};
  }
  reader->n_slices = n;
  return true;
}

static kx_status write_event(kx_counter_reader *reader, const kx_stats_key *parsed, kx_counter *out,
                             kx_error *err) {
  out->state = KX_COUNTER_READ;
  kx_buf_clear(&reader->event);
  kx_stats_key_event(&reader->event, parsed, out->value, reader->time_gen);
  kx_buf_putc(&reader->event, '\n');
  if (!kx_buf_ok(&reader->event))
    return kx_fail_memory(err);
  out->event = kx_buf_view(&reader->event);
  return KX_OK;
}

static kx_status judge(kx_counter_reader *reader, kx_slice key, kx_slice value, kx_error *err) {
  kx_counter out = {.state = KX_COUNTER_INVALID, .key = key, .value = value};
  kx_stats_key parsed;
  kx_status status = KX_OK;
  if (kx_stats_key_parse(key, &parsed) && kx_stats_value_valid(value))
    status = write_event(reader, &parsed, &out, err);
  reader->answered++;
  return status == KX_OK ? reader->fn(reader->arg, &out, err) : status;
}

static kx_status note_expired(kx_counter_reader *reader, kx_slice key, kx_error *err) {
  const kx_counter out = {.state = KX_COUNTER_EXPIRED, .key = key};
  reader->answered++;
  return reader->fn(reader->arg, &out, err);
}

static kx_status read_value(kx_counter_reader *reader, size_t at, const kx_reply *value,
                            kx_error *err) {
  kx_slice key = reader->keys[at];
  kx_stats_key parsed;
  if (!kx_reply_is_nil(value) || !kx_stats_key_parse(key, &parsed))
    return judge(reader, key, kx_reply_text(value), err);
  if (parsed.period == KX_PERIOD_MINUTE)
    return note_expired(reader, key, err);
  reader->missing[reader->n_missing++] = at;
  return KX_OK;
}

/* The value, nil, or an empty array for a key of another type. */
static const char look[] = "local value = redis.pcall('GET', KEYS[1]) "
                           "return type(value) == 'table' and {} or value";

static kx_status looked_at(void *arg, const kx_reply *reply, kx_error *err) {
  kx_counter_reader *reader = arg;
  kx_slice value = kx_reply_is_nil(reply) ? kx_str("0") : kx_reply_text(reply);
  return judge(reader, reader->keys[reader->missing[reader->told++]],
               kx_reply_is_array(reply) ? kx_str("") : value, err);
}

kx_status kx_counter_reader_continue(kx_counter_reader *reader, kx_redis *redis, kx_error *err) {
  kx_status status = KX_OK;
  while (status == KX_OK && reader->asked < reader->n_missing &&
         reader->asked - reader->told < QUESTIONS) {
    const kx_slice argv[] = {
      KX_LIT("EVAL"), KX_LIT(look), KX_LIT("1"), reader->keys[reader->missing[reader->asked++]]};
    status = kx_pipeline_send(redis, 4, argv, looked_at, reader, err);
  }
  return status;
}

static kx_status answered(void *arg, const kx_reply *reply, kx_error *err) {
  const struct kx_counter_slice *slice = arg;
  kx_counter_reader *reader = slice->reader;
  kx_status status = KX_OK;
  if (kx_reply_size(reply) != slice->n)
    return kx_fail(err, KX_REPLY, "redis: MGET answered with %zu values to %zu keys",
                   kx_reply_size(reply), slice->n);
  for (size_t i = 0; i < slice->n && status == KX_OK; i++)
    status = read_value(reader, slice->first + i, kx_reply_item(reply, i), err);
  return status;
}

static kx_status ask(kx_counter_reader *reader, kx_redis *redis, struct kx_counter_slice *slice,
                     kx_error *err) {
  kx_slice argv[1 + SLICE] = {KX_LIT("MGET")};
  memcpy(argv + 1, reader->keys + slice->first, slice->n * sizeof *argv);
  return kx_pipeline_send(redis, 1 + slice->n, argv, answered, slice, err);
}

kx_status kx_counter_reader_read(kx_counter_reader *reader, kx_redis *redis, kx_slice page,
                                 int64_t *skipped, kx_counter_fn fn, void *arg, kx_error *err) {
  kx_status status = KX_OK;
  reader->fn = fn;
  reader->arg = arg;
  reader->n_slices = 0;
  if (!gather(reader, page, skipped) || !make_slices(reader))
    return kx_fail_memory(err);
  for (size_t i = 0; i < reader->n_slices && status == KX_OK; i++)
    status = ask(reader, redis, &reader->slices[i], err);
  return status;
}

bool kx_counter_reader_done(const kx_counter_reader *reader) {
  return reader->answered == reader->n;
}

void kx_counter_reader_free(kx_counter_reader *reader) {
  free(reader->keys);
  free(reader->missing);
  free(reader->slices);
  kx_buf_free(&reader->event);
  *reader = (kx_counter_reader){0};
}
