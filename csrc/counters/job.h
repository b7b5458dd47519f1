/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The first half of a job: makes events of the counters that changed. The caller holds the lock. A
 * job works in stages (counters/stage.h):
 *
 *   due buckets -> keys -> counters -> events -> stage -> commit
 *
 * Nothing has happened until a stage is committed: if anything fails before, the buckets wait for
 * the next job. Each event of a stage has the name of the stage's newest bucket as `time_gen` (or
 * another name when all buckets are late: counters/due_buckets.h). That is later than the
 * `time_gen` of every earlier stage. A stage reads each counter once, after all its buckets were
 * closed, so the same `time_gen` never stands for two values.
 *
 * A job works in steps. Reading keys, reading counters and staging overlap; memory is bounded by
 * three buffers of keys and a chunk of events. */

#ifndef KX_COUNTERS_JOB_H
#define KX_COUNTERS_JOB_H

#include "base/stats.h"
#include "control/lease.h"
#include "counters/invalid_keys.h"

/* What a job works with. The caller owns all of it, and it must outlive the job. */
typedef struct kx_job_parts {
  kx_redis *main; /* counters */
  kx_redis *data; /* buckets, stage */
  kx_lease *lease;
  kx_stats *stats;
  kx_invalid_keys *invalid_keys;
  kx_redis_config config; /* of `data`: for a connection of the job's own */
  int64_t interval_seconds, max_buckets;
} kx_job_parts;

typedef struct kx_job kx_job;

/* Begins a job for the buckets up to `end` (a bucket name, or "" for all that are due). The caller
 * frees `*out`, also after a failure. */
kx_status kx_job_begin(kx_job **out, const kx_job_parts *parts, const char *end, kx_error *err);

/* Works until about `until_ms` of the monotonic clock. `*done` is true when the job has ended;
 * `*outcome` is then KX_ALL, or KX_DISABLED or KX_PARTIAL when it stopped early. */
kx_status kx_job_step(kx_job *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                      kx_error *err);

/* Asks it to end soon. What is not committed waits for the next job. */
void kx_job_stop(kx_job *self);

/* Events committed so far. */
int64_t kx_job_taken(const kx_job *self);

/* Releases the job. If it has not ended it is broken off. NULL is allowed. */
void kx_job_free(kx_job *self);

#endif
