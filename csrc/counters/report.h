/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writes the increments of reports: increases the counters, and puts their keys into the present
 * bucket.
 *
 * When both are in one Redis this is one step. A process that stands still or dies leaves nothing
 * half done, and a job that reads a closed bucket finds in the counters all that the bucket stands
 * for. */

#ifndef KX_COUNTERS_REPORT_H
#define KX_COUNTERS_REPORT_H

#include "base/stats.h"
#include "counters/increments.h"
#include "redis/redis.h"
#include "redis/write_id.h"

/* What a write did to the switch of the buckets. */
typedef enum kx_turn {
  KX_TURN_NONE,
  KX_TURN_OFF, /* there were too many buckets */
  KX_TURN_ON   /* the emergency is over: all buckets have been read */
} kx_turn;

/* What else a write did. Counters that Redis cannot increase are left out: those of another type,
 * and those that would pass 2^63 - 1. */
typedef struct kx_report_result {
  kx_turn turn;
  int64_t left_out;
  char first[512]; /* the first counter that was left out, and why */
} kx_report_result;

/* What reports are written with. The caller owns all of it. */
typedef struct kx_report_parts {
  kx_redis *main; /* counters, switch */
  kx_redis *data; /* buckets */
  kx_stats *stats;
  int64_t interval_seconds;
} kx_report_parts;

/* Writes the increments, in steps. After a failure some steps may have been done; `result` is set
 * in any case. With an `id` (it may be NULL) each step has a number of its own, counted from that
 * of `id`. Then the write may be repeated: steps that were done are not done again. */
kx_status kx_report_write(const kx_report_parts *parts, const kx_increments *increments,
                          const kx_write_id *id, kx_report_result *result, kx_error *err);

/* Counters that a step writes at most. */
enum { KX_REPORT_STEP = 1000 };

/* The number of steps that the increments need. */
size_t kx_report_steps(const kx_increments *increments);

#endif
