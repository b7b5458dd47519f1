/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The exporter: settings, connections to Redis, a sender, and what can be
 * done with them. Nothing is connected before the first use. The operations are
 * the public ones; what each does and returns is said in the README. */

#ifndef KX_EXPORTER_EXPORTER_H
#define KX_EXPORTER_EXPORTER_H

#include "base/stats.h"
#include "control/lock.h"
#include "counters/due_buckets.h"
#include "counters/report.h"
#include "events/chunker.h"
#include "events/rejected_events.h"
#include "exporter/settings.h"
#include "exporter/task.h"
#include "kinesis/sender.h"
#include "redis/redis.h"

#include <sys/types.h>

/* All-zero is a valid closed exporter. */
typedef struct kx_exporter {
  kx_settings settings;
  kx_stats stats;
  kx_redis *main;  /* flag, lock, counters */
  kx_redis *data;  /* pending events, buckets: the analytics Redis */
  kx_redis *queue; /* the job queue: `main` itself, unless it is elsewhere */
  kx_lock lock;
  kx_sender *sender; /* made when it is first needed */
  pid_t pid;         /* who made it */
  kx_task *task;     /* the one that is running, or NULL */
  kx_chunker chunker;
  kx_increments increments;     /* of reports that are being taken */
  kx_invalid_keys invalid_keys; /* met by jobs, and not told yet */
} kx_exporter;

/* What kx_exporter_status finds. */
typedef struct kx_state {
  bool enabled;
  char lock_holder[128]; /* "" when the lock is free */
  int64_t lock_ttl_ms;
  int64_t pending, rejected, buckets;
  char latest_bucket[KX_BUCKET_NAME + 1]; /* "" when none was read */
} kx_state;

/* Takes over `settings` (also on failure) and checks the URLs. */
kx_status kx_exporter_open(kx_exporter *self, kx_settings *settings, kx_error *err);

/* Releases everything; a running task is broken off. Idempotent. */
void kx_exporter_close(kx_exporter *self);

/* Queues a job under a fresh lock. `*outcome` is KX_ALL when it did, and the
 * lock's key is then in self->lock.token. The lock comes first, and an enqueue that
 * fails gives it back: also where they are in two servers, no job is without a lock. */
kx_status kx_exporter_schedule(kx_exporter *self, kx_outcome *outcome, kx_error *err);

/* Releases the lock if `key` holds it. */
kx_status kx_exporter_job_finished(kx_exporter *self, kx_slice key, bool *released, kx_error *err);

/* The most bytes an event may have, its newline included. */
size_t kx_exporter_event_bytes(const kx_exporter *self);

/* Gives the sender credentials, making it if need be. */
kx_status kx_exporter_credentials(kx_exporter *self, const char *access_key_id,
                                  const char *secret_access_key, const char *session_token,
                                  kx_error *err);

/* Begin a task: self->task is NULL when `*outcome` says why not. See exporter/task.h. */
kx_status kx_exporter_flush(kx_exporter *self, int64_t limit, kx_outcome *outcome, kx_error *err);
kx_status kx_exporter_job(kx_exporter *self, const char *end, const kx_slice *token,
                          kx_outcome *outcome, kx_error *err);

/* Writes what `n` reports have added up to in self->usage, and clears it. */
kx_status kx_exporter_report(kx_exporter *self, int64_t n, kx_report_result *result, kx_error *err);

/* Moves rejected events that are events, and fit a record, back to pending. */
kx_status kx_exporter_retry_rejected(kx_exporter *self, int64_t *moved, kx_error *err);

/* Looks at everything an operator asks about. */
kx_status kx_exporter_status(kx_exporter *self, kx_state *out, kx_error *err);

#endif
