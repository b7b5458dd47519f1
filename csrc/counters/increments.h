/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What reports add to which counters. Equal keys are merged, so that a thousand reports of one
 * application cost as many commands as one report. Pure. */

#ifndef KX_COUNTERS_INCREMENTS_H
#define KX_COUNTERS_INCREMENTS_H

#include "base/count_map.h"
#include "counters/stats_time.h"

enum { KX_MINUTE_TTL_SECONDS = 180 }; /* of the counters of minutes; others do not expire */

/* Who reports a use, and when. Keys have a '+' for each blank character of an id. */
typedef struct kx_report {
  kx_slice service;
  kx_slice application, user; /* data is NULL when absent */
  int64_t seconds;            /* since the epoch, from 0 on */
} kx_report;

/* How the keys of a minute end, for each period: "/hour:201511301". */
typedef struct kx_increments_ends {
  int64_t minute;
  struct kx_increments_end {
    char text[28];
    unsigned char len; /* 0: not made */
  } of[KX_PERIODS];
} kx_increments_ends;

/* All-zero is empty. */
typedef struct kx_increments {
  kx_count_map counts;     /* by counter key; the tags are periods (kx_period) */
  kx_buf key;              /* the key that is being made */
  kx_increments_ends ends; /* of the minute of the last report */
} kx_increments;

/* Adds `n` uses of a metric to the counters of the service and, where given, of the application and
 * of the user. */
void kx_increments_metric(kx_increments *increments, const kx_report *report, kx_slice metric,
                          int64_t n);

/* Adds `n` responses with this HTTP code to the counters of its group ("2XX"; only 2, 4 and 5 are
 * groups) and, for 200, 403, 404, 500 and 503, to those of the code. */
void kx_increments_code(kx_increments *increments, const kx_report *report, int code, int64_t n);

/* True unless an allocation failed. */
bool kx_increments_ok(const kx_increments *increments);

/* Forgets everything. */
void kx_increments_clear(kx_increments *increments);

/* Releases the memory. */
void kx_increments_free(kx_increments *increments);

#endif
