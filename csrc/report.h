/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writes what reports add up to: into the current bucket which counters change,
 * then the counters.
 *
 * In that order, and waiting for the first: whoever dies in between leaves a key
 * in a bucket whose counter has not changed, which is harmless; the other way
 * round a change would never be exported. */

#ifndef KX_REPORT_H
#define KX_REPORT_H

#include "once.h"
#include "redis.h"
#include "stats.h"
#include "usage.h"

/* What happened to the switch of the buckets on the way. */
typedef enum kx_turn {
  KX_TURN_NONE,
  KX_TURN_OFF, /* there were too many buckets */
  KX_TURN_ON   /* the emergency is over: all of them have been read */
} kx_turn;

/* What reports are written with; all owned by the caller. */
typedef struct kx_report_parts {
  kx_redis *main; /* counters, switch */
  kx_redis *data; /* buckets */
  kx_stats *stats;
  int64_t interval_seconds;
} kx_report_parts;

/* Writes the increments. After a failure some of them may have been made; with `once`
 * (or NULL), all or none, and the write may be repeated. */
kx_status kx_report_write(const kx_report_parts *parts, const kx_usage *usage, const kx_once *once,
                          kx_turn *turn, kx_error *err);

#endif
