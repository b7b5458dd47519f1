/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Takes any bytes as a stats key, as the value of a counter and as the name of a bucket. What is
 * accepted must keep every promise of the headers. A broken promise ends the program. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "base/utf8.h"
#include "counters/stats_key.h"

#define TIME_GEN "20151130 10:05:20"

static void require(bool holds) {
  if (!holds)
    abort();
}

static bool same(kx_slice a, kx_slice b) {
  return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool inside(kx_slice part, kx_slice whole) {
  return part.data >= whole.data && part.len > 0 && part.data + part.len <= whole.data + whole.len;
}

static void check_ids(const kx_stats_key *key, kx_slice text) {
  require(key->ids[KX_FIELD_SERVICE].data);
  for (int i = 0; i < KX_FIELDS; i++) {
    kx_slice id = key->ids[i];
    if (!id.data)
      continue;
    require(inside(id, text));
    require(kx_stats_id_na(id) == (memchr(id.data, '/', id.len) != NULL));
    require(kx_stats_id_na(id) == kx_slice_is(id, "N/A"));
  }
}

/* Reads "20151130 10:05" and "20151130 10:05:20". */
static int64_t seconds_of(const char *time) {
  struct tm utc = {0};
  const char *format = strlen(time) == 14 ? "%Y%m%d %H:%M" : "%Y%m%d %H:%M:%S";
  const char *end = strptime(time, format, &utc);
  require(end && *end == '\0');
  return timegm(&utc);
}

static void check_time(const kx_stats_key *key) {
  char start[16], timestamp[15];
  bool timeless = key->period == KX_PERIOD_ETERNITY;
  require(strlen(key->timestamp) == (timeless ? 0 : strlen("20151130 10:05")));
  require(kx_stats_key_exported(key) == (!timeless && key->period != KX_PERIOD_WEEK));
  kx_stats_period_start(key->period, timeless ? 0 : seconds_of(key->timestamp), start);
  require(kx_stats_period_read(key->period, kx_str(start), timestamp));
  require(strcmp(timestamp, key->timestamp) == 0);
}

/* Writes the same key with its segments in order. */
static void rebuild(kx_buf *out, const kx_stats_key *key) {
  static const char *const names[KX_FIELDS] = {
    "stats/{service:", "/cinstance:", "/uinstance:", "/metric:", "/response_code:"};
  char start[16];
  for (int i = 0; i < KX_FIELDS; i++) {
    if (!key->ids[i].data)
      continue;
    kx_buf_puts(out, names[i]);
    kx_buf_slice(out, key->ids[i]);
    kx_buf_puts(out, i == KX_FIELD_SERVICE ? "}" : "");
  }
  kx_buf_printf(out, "/%s", kx_period_name(key->period));
  if (key->period == KX_PERIOD_ETERNITY)
    return;
  kx_stats_period_start(key->period, seconds_of(key->timestamp), start);
  kx_buf_printf(out, ":%s", start);
}

static void write_event(kx_buf *out, const kx_stats_key *key) {
  kx_stats_key_event(out, key, kx_str("12"), TIME_GEN);
  require(!kx_json_check_object(kx_buf_view(out)));
  require(!memchr(out->data, '\n', out->len));
}

/* Every byte of the key is read: in order it has the same length, and gives the same event. */
static void check_event(const kx_stats_key *key, kx_slice text) {
  kx_stats_key again;
  kx_buf event = {0}, ordered = {0}, second = {0};
  write_event(&event, key);
  rebuild(&ordered, key);
  require(ordered.len == text.len);
  require(kx_stats_key_parse(kx_buf_view(&ordered), &again));
  write_event(&second, &again);
  require(same(kx_buf_view(&event), kx_buf_view(&second)));
  kx_buf_free(&event);
  kx_buf_free(&ordered);
  kx_buf_free(&second);
}

static void check_key(kx_slice text) {
  kx_stats_key key;
  if (!kx_stats_key_parse(text, &key))
    return;
  require(kx_utf8_valid(text));
  check_ids(&key, text);
  check_time(&key);
  check_event(&key, text);
}

static void check_value(kx_slice text) {
  char value[24], again[24];
  if (!kx_stats_value_valid(text))
    return;
  require(text.len > 0 && text.len < sizeof value);
  memcpy(value, text.data, text.len);
  value[text.len] = '\0';
  snprintf(again, sizeof again, "%" PRId64, (int64_t)strtoll(value, NULL, 10));
  require(strcmp(value, again) == 0);
}

static void check_bucket(kx_slice text) {
  char time[18], again[32];
  if (!kx_bucket_name_valid(text))
    return;
  kx_bucket_time(text, time);
  time_t seconds = (time_t)seconds_of(time);
  struct tm utc;
  require(strftime(again, sizeof again, "%m%d %H:%M:%S", gmtime_r(&seconds, &utc)) > 0);
  require(strcmp(time + 4, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  kx_slice text = {(const char *)data, len};
  check_key(text);
  check_value(text);
  check_bucket(text);
  return 0;
}
