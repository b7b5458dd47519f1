/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The first half of a job, which makes events of the counters that changed, under
 * a lock that somebody else holds for it. In rounds (counters/stage.h):
 *
 *   due buckets -> keys -> counters -> events -> stage -> commit
 *
 * Nothing has happened until a round commits: whatever fails before leaves the
 * buckets to the next job. Every event of a round carries the name of the round's
 * newest bucket as `time_gen` (or another one, where all are late: counters/due_buckets.h), which is
 * later than that of every round before; its counter is read once, after all its
 * buckets were closed, so the same `time_gen` never goes with two values.
 *
 * It is worked off in steps. Reading keys, reading counters and staging overlap;
 * memory is bounded by three buffers of keys and a chunk of events. */

#ifndef KX_COUNTERS_JOB_H
#define KX_COUNTERS_JOB_H

#include "base/stats.h"
#include "control/lease.h"
#include "counters/invalid_keys.h"

/* What a job works with; all owned by the caller and outliving it. */
typedef struct kx_job_parts {
  kx_redis *main; /* counters */
  kx_redis *data; /* buckets, stage */
  kx_lease *lease;
  kx_stats *stats;
  kx_invalid_keys *invalid_keys;
  kx_redis_config config; /* of data: for a connection of its own */
  int64_t interval_seconds, max_buckets;
} kx_job_parts;

typedef struct kx_job kx_job;

/* Begins a job for the buckets up to `end` (a bucket's name, or "" for all that are
 * due). */
kx_status kx_job_begin(kx_job **out, const kx_job_parts *parts, const char *end, kx_error *err);

/* Works until about `until_ms` of the monotonic clock. `*done` tells that it has
 * ended, `*outcome` how: KX_ALL, or KX_DISABLED or KX_PARTIAL when it stopped early. */
kx_status kx_job_step(kx_job *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                      kx_error *err);

/* Asks it to leave what is not committed to the next job. */
void kx_job_stop(kx_job *self);

/* Events committed so far. */
int64_t kx_job_taken(const kx_job *self);

/* Releases it; one that has not ended is broken off. NULL is allowed. */
void kx_job_free(kx_job *self);

#endif
