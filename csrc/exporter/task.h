/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One task, from the lock to its release: a flush exports; a job makes events of
 * counters first, and exports when enough is pending. Worked off in steps, so that
 * the caller can show progress, refresh credentials or stop in between. */

#ifndef KX_EXPORTER_TASK_H
#define KX_EXPORTER_TASK_H

#include "counters/job.h"
#include "exporter/export.h"
#include "exporter/settings.h"

/* What a task works with; all owned by the caller and outliving it. */
typedef struct kx_task_parts {
  kx_redis *main, *data;
  kx_lock *lock;
  kx_sender *sender;
  kx_stats *stats;
  kx_invalid_keys *invalid_keys;
  const kx_settings *settings;
} kx_task_parts;

typedef struct kx_task kx_task;

/* Begins a flush of at most `limit` events (-1: all there are): takes the lock.
 * `*out` stays NULL, with `*outcome` saying why, when exporting is off or locked. */
kx_status kx_task_flush(kx_task **out, const kx_task_parts *parts, int64_t limit,
                        kx_outcome *outcome, kx_error *err);

/* Begins a job for the buckets up to `end` (a bucket's name, or "" for all that are
 * due) likewise; under the lock of a queued job when `token` is given. */
kx_status kx_task_job(kx_task **out, const kx_task_parts *parts, const char *end,
                      const kx_slice *token, kx_outcome *outcome, kx_error *err);

/* Works for about `ms` milliseconds. `*done` tells that the task has ended, the
 * lock is released and `*outcome` is valid; after a failure it has ended too. */
kx_status kx_task_step(kx_task *self, int ms, bool *done, kx_outcome *outcome, kx_error *err);

/* True when it waits for fresh credentials (kx_sender_credentials). */
bool kx_task_wants_credentials(const kx_task *self);

/* Asks it to finish what is in flight, return the rest and end. */
void kx_task_stop(kx_task *self);

/* Events that it was about: accepted by a flush, taken from buckets by a job. */
int64_t kx_task_result(const kx_task *self);

/* Events accepted so far, and pending when the export began. */
int64_t kx_task_accepted(const kx_task *self);
int64_t kx_task_total(const kx_task *self);

/* Releases it; one that has not ended is broken off, as a crash would, but for the
 * lock, which is released. NULL is allowed. */
void kx_task_free(kx_task *self);

#endif
