/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The counters that reports add up to: equal keys are merged, so that a thousand
 * reports of one application cost as many commands as one. Pure. */

#ifndef KX_COUNTERS_INCREMENTS_H
#define KX_COUNTERS_INCREMENTS_H

#include "base/count_map.h"
#include "counters/stats_time.h"

enum { KX_MINUTE_TTL_SECONDS = 180 }; /* of counters of minutes; no others expire */

/* Who used what, when. Blank characters in ids are written as '+' in keys. */
typedef struct kx_report {
  kx_slice service;
  kx_slice application, user; /* data is NULL when there is none */
  int64_t seconds;            /* since the epoch, from 0 on */
} kx_report;

/* How keys of a minute end, by the period: "/hour:201511301". */
typedef struct kx_increments_ends {
  int64_t minute;
  struct kx_increments_end {
    char text[28];
    unsigned char len; /* 0: none yet */
  } of[KX_PERIODS];
} kx_increments_ends;

/* All-zero is an empty one. */
typedef struct kx_increments {
  kx_count_map counts;     /* by the counters' keys; their tags are the periods (kx_period) */
  kx_buf key;              /* the one at hand */
  kx_increments_ends ends; /* of the last report's minute */
} kx_increments;

/* Adds the use of a metric: counters of the service and, where given, of the
 * application and of the user. */
void kx_increments_metric(kx_increments *increments, const kx_report *report, kx_slice metric,
                          int64_t n);

/* Adds `n` responses with this HTTP code: counters of its group ("2XX"; of the groups
 * 2, 4 and 5) and, for 200, 403, 404, 500 and 503, of the code itself. */
void kx_increments_code(kx_increments *increments, const kx_report *report, int code, int64_t n);

/* True unless an allocation failed. */
bool kx_increments_ok(const kx_increments *increments);

/* Forgets everything. */
void kx_increments_clear(kx_increments *increments);

/* Releases the memory. */
void kx_increments_free(kx_increments *increments);

#endif
