/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writes what reports add up to: increases the counters, and puts their keys into the
 * current bucket.
 *
 * Where both are in one Redis, in one step: a process that stands still or dies leaves
 * nothing half done, and a job that reads a closed bucket finds in its counters all that
 * the bucket stands for. */

#ifndef KX_COUNTERS_REPORT_H
#define KX_COUNTERS_REPORT_H

#include "base/stats.h"
#include "counters/increments.h"
#include "redis/redis.h"
#include "redis/write_id.h"

/* What happened to the switch of the buckets on the way. */
typedef enum kx_turn {
  KX_TURN_NONE,
  KX_TURN_OFF, /* there were too many buckets */
  KX_TURN_ON   /* the emergency is over: all of them have been read */
} kx_turn;

/* What came of a write, besides. Counters that Redis cannot count up, as they are of
 * another type or would pass 2^63 - 1, are left out. */
typedef struct kx_report_result {
  kx_turn turn;
  int64_t left_out;
  char first[512]; /* of these, and why */
} kx_report_result;

/* What reports are written with; all owned by the caller. */
typedef struct kx_report_parts {
  kx_redis *main; /* counters, switch */
  kx_redis *data; /* buckets */
  kx_stats *stats;
  int64_t interval_seconds;
} kx_report_parts;

/* Writes the increments, in steps. `result` is set also on failure. After a failure some of them may have been made. With
 * `once` (or NULL) each step has a number of its own, the first that of `once`: then the
 * write may be repeated, and what it has done already is not done again. */
kx_status kx_report_write(const kx_report_parts *parts, const kx_increments *increments,
                          const kx_write_id *id, kx_report_result *result, kx_error *err);

/* The counters of a step, at most. */
enum { KX_REPORT_STEP = 1000 };

/* How many numbers that takes. */
size_t kx_report_steps(const kx_increments *increments);

#endif
