/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The exporter: its settings, its connections to Redis, its sender, and the operations on them. It
 * connects when it first needs a connection. The operations are the public ones: docs/lua-api.md
 * describes what each does and returns. */

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
  kx_redis *queue; /* the job queue: the same as `main`, unless it is in another Redis */
  kx_lock lock;
  kx_sender *sender; /* made when it is first needed */
  pid_t pid;         /* the process that made it */
  kx_task *task;     /* the running task, or NULL */
  kx_chunker chunker;
  kx_increments increments;     /* of the reports that are being added */
  kx_invalid_keys invalid_keys; /* found by jobs, and not logged so far */
} kx_exporter;

/* The result of kx_exporter_status. */
typedef struct kx_state {
  bool enabled;
  char lock_holder[128]; /* "" when the lock is free */
  int64_t lock_ttl_ms;
  int64_t pending, rejected, buckets;
  char latest_bucket[KX_BUCKET_NAME + 1]; /* "" when no bucket was read */
} kx_state;

/* Takes over `settings`, also on failure, and checks the URLs. */
kx_status kx_exporter_open(kx_exporter *self, kx_settings *settings, kx_error *err);

/* Breaks off a running task and releases everything. A second call does nothing. */
void kx_exporter_close(kx_exporter *self);

/* Takes the lock and queues a job under it. `*outcome` is KX_ALL when it did, and self->lock.token
 * then holds the lock's key. The lock comes first and is released when the job cannot be queued, so
 * that no job is without a lock, even when queue and lock are in two servers. */
kx_status kx_exporter_schedule(kx_exporter *self, kx_outcome *outcome, kx_error *err);

/* Releases the lock if `key` holds it. */
kx_status kx_exporter_job_finished(kx_exporter *self, kx_slice key, bool *released, kx_error *err);

/* The most bytes an event may have, its newline included. */
size_t kx_exporter_event_bytes(const kx_exporter *self);

/* Gives credentials to the sender. Makes the sender if there is none. */
kx_status kx_exporter_credentials(kx_exporter *self, const char *access_key_id,
                                  const char *secret_access_key, const char *session_token,
                                  kx_error *err);

/* Begin a task (exporter/task.h). When self->task stays NULL, `*outcome` says why. */
kx_status kx_exporter_flush(kx_exporter *self, int64_t limit, kx_outcome *outcome, kx_error *err);
kx_status kx_exporter_job(kx_exporter *self, const char *end, const kx_slice *token,
                          kx_outcome *outcome, kx_error *err);

/* Writes self->increments, which are those of `n` reports, and clears them. */
kx_status kx_exporter_report(kx_exporter *self, int64_t n, kx_report_result *result, kx_error *err);

/* Moves rejected events back to pending. Those that are not events, or do not fit into a record,
 * stay. */
kx_status kx_exporter_retry_rejected(kx_exporter *self, int64_t *moved, kx_error *err);

/* Reads what an operator wants to know. */
kx_status kx_exporter_status(kx_exporter *self, kx_state *out, kx_error *err);

#endif
