/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/increments.h"

#include <stdio.h>

/* The periods of a service's counters; applications and users have all those below. */
static const kx_period of_service[] = {
  KX_PERIOD_ETERNITY, KX_PERIOD_MONTH, KX_PERIOD_WEEK, KX_PERIOD_DAY, KX_PERIOD_HOUR};
static const kx_period of_others[] = {
  KX_PERIOD_ETERNITY, KX_PERIOD_MONTH, KX_PERIOD_WEEK,  KX_PERIOD_DAY,
  KX_PERIOD_HOUR,     KX_PERIOD_YEAR,  KX_PERIOD_MINUTE};

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

static void make_end(kx_period period, int64_t seconds, struct kx_increments_end *out) {
  char start[16];
  kx_stats_period_start(period, seconds, start);
  out->len = (unsigned char)snprintf(
    out->text, sizeof out->text, "/%s%s%s", kx_period_name(period), start[0] ? ":" : "", start);
}

/* All periods but eternity begin with a minute, and most reports are of the same minute. */
static void make_ends(kx_increments_ends *ends, int64_t seconds) {
  int64_t minute = seconds / 60;
  if (ends->of[0].len > 0 && ends->minute == minute)
    return;
  ends->minute = minute;
  for (int period = 0; period < KX_PERIODS; period++)
    make_end((kx_period)period, seconds, &ends->of[period]);
}

/* Adds to the counters of all periods of the key that has been begun. */
static void count(kx_increments *increments, const kx_period *periods, size_t n, int64_t by) {
  size_t len = increments->key.len;
  for (size_t i = 0; i < n; i++) {
    const struct kx_increments_end *end = &increments->ends.of[periods[i]];
    increments->key.len = len;
    kx_buf_append(&increments->key, end->text, end->len);
    if (kx_buf_ok(&increments->key))
      kx_count_map_add(&increments->counts, kx_buf_view(&increments->key), (int)periods[i], by);
    else
      increments->counts.failed = true;
  }
}

static void begin_key(kx_increments *increments, const kx_report *report) {
  kx_buf_clear(&increments->key);
  put_id(&increments->key, "stats/{service:", report->service);
  kx_buf_putc(&increments->key, '}');
}

static void count_other(kx_increments *increments, const kx_report *report, const char *level,
                        kx_slice who, const char *field, kx_slice id, int64_t by) {
  if (who.data == NULL)
    return;
  begin_key(increments, report);
  put_id(&increments->key, level, who);
  put_id(&increments->key, field, id);
  count(increments, of_others, sizeof of_others / sizeof *of_others, by);
}

static void count_all(kx_increments *increments, const kx_report *report, const char *field,
                      kx_slice id, int64_t by) {
  make_ends(&increments->ends, report->seconds);
  begin_key(increments, report);
  put_id(&increments->key, field, id);
  count(increments, of_service, sizeof of_service / sizeof *of_service, by);
  count_other(increments, report, "/cinstance:", report->application, field, id, by);
  count_other(increments, report, "/uinstance:", report->user, field, id, by);
}

void kx_increments_metric(kx_increments *increments, const kx_report *report, kx_slice metric,
                          int64_t n) {
  count_all(increments, report, "/metric:", metric, n);
}

void kx_increments_code(kx_increments *increments, const kx_report *report, int code, int64_t n) {
  const char text[] = {
    (char)('0' + code / 100), (char)('0' + code / 10 % 10), (char)('0' + code % 10)};
  const char group[] = {text[0], 'X', 'X'};
  if (code / 100 != 2 && code / 100 != 4 && code / 100 != 5)
    return;
  count_all(increments, report, "/response_code:", (kx_slice){group, 3}, n);
  if (code == 200 || code == 403 || code == 404 || code == 500 || code == 503)
    count_all(increments, report, "/response_code:", (kx_slice){text, 3}, n);
}

bool kx_increments_ok(const kx_increments *increments) {
  return kx_count_map_ok(&increments->counts);
}

void kx_increments_clear(kx_increments *increments) {
  kx_count_map_free(&increments->counts);
}

void kx_increments_free(kx_increments *increments) {
  kx_count_map_free(&increments->counts);
  kx_buf_free(&increments->key);
}
