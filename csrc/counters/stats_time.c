/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/stats_time.h"

#include <time.h>

enum { DATE = 8, FULL = 14, DAY_SECONDS = 86400 };

static const int64_t first_second = INT64_C(-62135596800); /* 0001-01-01 00:00:00 */
static const int64_t last_second = INT64_C(253402300799);  /* 9999-12-31 23:59:59 */

static const kx_slice names[KX_PERIODS] = {
  {"year", 4}, {"month", 5}, {"week", 4}, {"day", 3}, {"hour", 4}, {"minute", 6}, {"eternity", 8},
};

/* The number of digits by which the starts of periods differ. The others are those of `start`. */
static const size_t own_digits[KX_PERIODS] = {4, 6, DATE, DATE, 10, 12, FULL};
static const char start[FULL + 1] = "00000101000000";

const char *kx_period_name(kx_period period) {
  return names[period].data;
}

bool kx_period_named(kx_slice name, kx_period *out) {
  for (int i = 0; i < KX_PERIODS; i++) {
    if (name.len != names[i].len || memcmp(name.data, names[i].data, name.len) != 0)
      continue;
    *out = (kx_period)i;
    return true;
  }
  return false;
}

static char *put(char *to, int value, int width) {
  for (int i = width - 1; i >= 0; i--, value /= 10)
    to[i] = (char)('0' + value % 10);
  return to + width;
}

static int64_t in_range(int64_t seconds) {
  if (seconds < first_second)
    return first_second;
  return seconds > last_second ? last_second : seconds;
}

/* All 14 digits. */
static void write_full(int64_t seconds, char *to) {
  struct tm utc;
  time_t t = (time_t)seconds;
  gmtime_r(&t, &utc);
  to = put(to, utc.tm_year + 1900, 4);
  to = put(to, utc.tm_mon + 1, 2);
  to = put(to, utc.tm_mday, 2);
  to = put(to, utc.tm_hour, 2);
  to = put(to, utc.tm_min, 2);
  put(to, utc.tm_sec, 2);
}

/* The year 1 begins with a Monday, so the result is never before it. */
static int64_t monday_before(int64_t seconds) {
  return seconds - (seconds - first_second) % (INT64_C(7) * DAY_SECONDS);
}

void kx_stats_period_start(kx_period period, int64_t seconds, char out[16]) {
  size_t len = FULL, own = own_digits[period];
  out[0] = '\0';
  if (period == KX_PERIOD_ETERNITY)
    return;
  seconds = in_range(seconds);
  write_full(period == KX_PERIOD_WEEK ? monday_before(seconds) : seconds, out);
  memcpy(out + own, start + own, FULL - own);
  while (len > DATE && out[len - 1] == '0')
    len--;
  out[len] = '\0';
}

static bool all_digits(kx_slice text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
  return true;
}

static int number(const char *digits, size_t n) {
  int value = 0;
  for (size_t i = 0; i < n; i++)
    value = value * 10 + (digits[i] - '0');
  return value;
}

static bool leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month) {
  static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && leap(year));
}

/* True when 14 digits are a time that exists. The calendar has no year 0, and Redshift refuses
 * it. */
static bool real(const char *full) {
  int year = number(full, 4), month = number(full + 4, 2), day = number(full + 6, 2);
  bool date = year > 0 && month > 0 && month <= 12 && day > 0 && day <= days_in(year, month);
  return date && number(full + 8, 2) < 24 && number(full + 10, 2) < 60 && number(full + 12, 2) < 60;
}

/* Counts the days since the year 1 began, with a Monday. */
static bool monday(const char *date) {
  int year = number(date, 4), month = number(date + 4, 2), past = year - 1;
  int days = past * 365 + past / 4 - past / 100 + past / 400 + number(date + 6, 2) - 1;
  for (int i = 1; i < month; i++)
    days += days_in(year, i);
  return days % 7 == 0;
}

/* Adds the zeros that a compact time lacks. A compact time of day that ends with a zero is invalid,
 * because each time has only one form. */
static bool restore(kx_slice compact, char full[FULL]) {
  if (compact.len < DATE || compact.len > FULL || !all_digits(compact))
    return false;
  if (compact.len > DATE && compact.data[compact.len - 1] == '0')
    return false;
  memset(full, '0', FULL);
  memcpy(full, compact.data, compact.len);
  return real(full);
}

bool kx_stats_period_read(kx_period period, kx_slice compact, char out[15]) {
  char full[FULL];
  size_t own = own_digits[period];
  out[0] = '\0';
  if (period == KX_PERIOD_ETERNITY)
    return compact.len == 0;
  if (!restore(compact, full) || memcmp(full + own, start + own, FULL - own) != 0 ||
      (period == KX_PERIOD_WEEK && !monday(full)))
    return false;
  memcpy(out, "YYYYmmdd HH:MM", 15);
  memcpy(out, full, DATE);
  memcpy(out + 9, full + 8, 2);
  memcpy(out + 12, full + 10, 2);
  return true;
}

bool kx_bucket_name_valid(kx_slice bucket) {
  return bucket.len == FULL && all_digits(bucket) && real(bucket.data);
}

void kx_bucket_time(kx_slice bucket, char out[18]) {
  memcpy(out, "YYYYmmdd HH:MM:SS", 18);
  memcpy(out, bucket.data, DATE);
  memcpy(out + 9, bucket.data + 8, 2);
  memcpy(out + 12, bucket.data + 10, 2);
  memcpy(out + 15, bucket.data + 12, 2);
}
