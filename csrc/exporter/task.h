/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One task, from the lock to its release. A flush exports. A job first makes events of counters,
 * and exports when enough events are pending. A task works in steps, so that the caller can show
 * progress, refresh credentials or stop it in between. */

#ifndef KX_EXPORTER_TASK_H
#define KX_EXPORTER_TASK_H

#include "counters/job.h"
#include "exporter/export.h"
#include "exporter/settings.h"

/* What a task works with. The caller owns all of it, and it must outlive the task. */
typedef struct kx_task_parts {
  kx_redis *main, *data;
  kx_lock *lock;
  kx_sender *sender;
  kx_stats *stats;
  kx_invalid_keys *invalid_keys;
  const kx_settings *settings;
} kx_task_parts;

typedef struct kx_task kx_task;

/* Begins a flush of at most `limit` events (-1: all of them): takes the lock. When exporting is off
 * or locked, `*out` is NULL and `*outcome` says which. */
kx_status kx_task_flush(kx_task **out, const kx_task_parts *parts, int64_t limit,
                        kx_outcome *outcome, kx_error *err);

/* Begins a job in the same way, for the buckets up to `end` (a bucket name, or "" for all that are
 * due). With a `token`, that of a queued job, it takes over the lock of that job. */
kx_status kx_task_job(kx_task **out, const kx_task_parts *parts, const char *end,
                      const kx_slice *token, kx_outcome *outcome, kx_error *err);

/* Works for about `ms` milliseconds. `*done` is true when the task has ended, also by a failure,
 * and the lock is released. `*outcome` is valid when it has ended without one. */
kx_status kx_task_step(kx_task *self, int ms, bool *done, kx_outcome *outcome, kx_error *err);

/* True when it waits for fresh credentials (kx_sender_credentials). */
bool kx_task_wants_credentials(const kx_task *self);

/* Asks it to end soon: to wait for the calls in flight, and to put back the rest. */
void kx_task_stop(kx_task *self);

/* The number of events that a flush got accepted, or that a job took from buckets. */
int64_t kx_task_result(const kx_task *self);

/* The number of events accepted so far, and of those pending when the export began. */
int64_t kx_task_accepted(const kx_task *self);
int64_t kx_task_total(const kx_task *self);

/* Releases the task. If it has not ended it is broken off as by a crash, except that the lock is
 * released. NULL is allowed. */
void kx_task_free(kx_task *self);

#endif
