/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Times as stats keys and buckets write them: always in UTC, from the year 1 to 9999. A compact
 * time is YYYYmmddHHMMSS without the zeros at the end of its time of day, digit by digit:
 * "201511301" is ten o'clock, "20151130" midnight. Pure. */

#ifndef KX_COUNTERS_STATS_TIME_H
#define KX_COUNTERS_STATS_TIME_H

#include "base/kx.h"

typedef enum kx_period {
  KX_PERIOD_YEAR,
  KX_PERIOD_MONTH,
  KX_PERIOD_WEEK, /* begins on Monday */
  KX_PERIOD_DAY,
  KX_PERIOD_HOUR,
  KX_PERIOD_MINUTE,
  KX_PERIOD_ETERNITY /* has no start */
} kx_period;

enum { KX_PERIODS = KX_PERIOD_ETERNITY + 1 };

/* The name of a period in keys and events. */
const char *kx_period_name(kx_period period);

/* Finds a period by its name. False when it is not the name of a period. */
bool kx_period_named(kx_slice name, kx_period *out);

/* Writes the compact start of the period that contains a time, in seconds since the epoch; "" for
 * eternity. A time before the year 1 counts as its first second, one after 9999 as its last. */
void kx_stats_period_start(kx_period period, int64_t seconds, char out[16]);

/* Turns a compact time into "20151130 10:00". For eternity both are empty. False when a period of
 * this kind does not start at that time. */
bool kx_stats_period_read(kx_period period, kx_slice compact, char out[15]);

/* True when a text is a bucket name: the 14 digits of a time that exists. */
bool kx_bucket_name_valid(kx_slice bucket);

/* Turns a valid bucket name "20151130100520" into "20151130 10:05:20". */
void kx_bucket_time(kx_slice bucket, char out[18]);

#endif
