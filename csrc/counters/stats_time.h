/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Time as stats keys and buckets write it, always UTC and from the year 1 to
 * 9999. A compact time is YYYYmmddHHMMSS whose time of day has lost its
 * trailing zeros, digit by digit: "201511301" is ten o'clock, "20151130"
 * midnight. Pure. */

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

/* The period's name, as keys and events have it. */
const char *kx_period_name(kx_period period);

/* Finds the period of that name; false when there is none. */
bool kx_period_named(kx_slice name, kx_period *out);

/* Writes the compact start of the period that contains the time, which is in
 * seconds since the epoch; "" for eternity. A time that no four digits of a
 * year can tell counts as the first or the last one that they can. */
void kx_stats_period_start(kx_period period, int64_t seconds, char out[16]);

/* Turns a compact time into "20151130 10:00", or into "" for eternity, which
 * has an empty one. False when no such period starts at that time. */
bool kx_stats_period_read(kx_period period, kx_slice compact, char out[15]);

/* True when it is a bucket's name: the 14 digits of a time that there is. */
bool kx_bucket_name_valid(kx_slice bucket);

/* Turns a valid bucket name "20151130100520" into "20151130 10:05:20". */
void kx_bucket_time(kx_slice bucket, char out[18]);

#endif
