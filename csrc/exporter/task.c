/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/task.h"

#include "base/clock.h"
#include "counters/buckets.h"
#include "events/claim.h"

#include <stdlib.h>

struct kx_task {
  kx_task_parts p;
  kx_lease lease;
  kx_job *job;        /* NULL in a flush */
  kx_export *export;  /* NULL while the job makes events */
  kx_outcome outcome; /* of the job */
};

static int64_t setting(const kx_task *self, int which) {
  return self->p.settings->number[which];
}

static kx_status begin_export(kx_task *self, int64_t limit, bool hold, kx_error *err) {
  const kx_export_parts parts = {
    .data = self->p.data,
    .lease = &self->lease,
    .sender = self->p.sender,
    .stats = self->p.stats,
    .concurrency = (size_t)setting(self, KX_SET_CONCURRENCY),
  };
  return kx_export_begin(&self->export, &parts, limit, hold, err);
}

static kx_status begin_job(kx_task *self, const char *end, kx_error *err) {
  const kx_job_parts parts = {
    .main = self->p.main,
    .data = self->p.data,
    .lease = &self->lease,
    .stats = self->p.stats,
    .invalid_keys = self->p.invalid_keys,
    .config = kx_settings_redis(self->p.settings, KX_SET_ANALYTICS_REDIS),
    .interval_seconds = setting(self, KX_SET_BUCKET_INTERVAL_SECONDS),
    .max_buckets = setting(self, KX_SET_MAX_BUCKETS),
  };
  return kx_job_begin(&self->job, &parts, end, err);
}

/* Makes this task the owner of all claims. The claims may be in another Redis than the lock's
 * numbers, and that Redis may lose the numbers. So a task that finds a larger number than its own,
 * although it holds the lock, draws a number above it. */
static kx_status own(kx_task *self, kx_error *err) {
  kx_lock *lock = self->p.lock;
  int64_t larger = 0;
  bool held = true;
  kx_status status = kx_claim_own(self->p.data, lock->token, lock->fence, &larger, err);
  if (status != KX_OK || larger == 0)
    return status;
  status = kx_lock_draw(lock, self->p.main, larger, &held, err);
  if (status == KX_OK && held)
    status = kx_claim_own(self->p.data, lock->token, lock->fence, &larger, err);
  return status == KX_OK && larger > 0 ? kx_claim_lost(err) : status;
}

/* Connects to the analytics Redis first: without it the task could not use the lock. */
static kx_status take_lock(kx_task *self, const kx_slice *token, kx_outcome *outcome,
                           kx_error *err) {
  kx_status status = kx_redis_connect(self->p.data, err);
  if (status == KX_OK)
    status = kx_lease_take(&self->lease, self->p.main, self->p.lock, token, outcome, err);
  if (status == KX_OK && self->lease.held)
    status = own(self, err);
  return status;
}

static kx_status begin(kx_task **out, const kx_task_parts *parts, const kx_slice *token,
                       kx_outcome *outcome, kx_error *err) {
  kx_task *self = calloc(1, sizeof *self);
  kx_status status;
  *out = NULL;
  if (self == NULL)
    return kx_fail_memory(err);
  self->p = *parts;
  status = take_lock(self, token, outcome, err);
  if (status == KX_OK && self->lease.held)
    *out = self;
  else
    kx_task_free(self);
  return status;
}

static kx_status begun(kx_task **out, kx_status status) {
  if (status == KX_OK)
    return KX_OK;
  kx_task_free(*out);
  *out = NULL;
  return status;
}

kx_status kx_task_flush(kx_task **out, const kx_task_parts *parts, int64_t limit,
                        kx_outcome *outcome, kx_error *err) {
  kx_status status = begin(out, parts, NULL, outcome, err);
  if (status != KX_OK || *out == NULL)
    return status;
  parts->stats->flushes++;
  return begun(out, begin_export(*out, limit, false, err));
}

kx_status kx_task_job(kx_task **out, const kx_task_parts *parts, const char *end,
                      const kx_slice *token, kx_outcome *outcome, kx_error *err) {
  kx_status status = begin(out, parts, token, outcome, err);
  return status == KX_OK && *out != NULL ? begun(out, begin_job(*out, end, err)) : status;
}

static kx_status trip_if_needed(kx_task *self, int64_t pending, kx_error *err) {
  bool tripped = false;
  kx_status status = KX_OK;
  if (pending > setting(self, KX_SET_MAX_PENDING_EVENTS))
    status = kx_buckets_trip(self->p.main, &tripped, err);
  self->p.stats->emergencies += tripped;
  return status;
}

/* A full record costs as much as one that is not full. So a few events, which would not fill a
 * record, wait in the pending set for the next job. */
static kx_status job_ended(kx_task *self, kx_error *err) {
  int64_t pending = 0;
  kx_status status = kx_claim_count(self->p.data, &pending, err);
  if (status == KX_OK)
    status = trip_if_needed(self, pending, err);
  if (status != KX_OK)
    return status;
  return begin_export(
    self, -1, self->outcome != KX_ALL || pending < setting(self, KX_SET_MIN_EXPORT_EVENTS), err);
}

static kx_status work(kx_task *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                      kx_error *err) {
  bool job_done = false;
  kx_status status;
  if (self->export != NULL) {
    status = kx_export_step(self->export, until_ms, done, outcome, err);
    if (self->outcome != KX_ALL)
      *outcome = self->outcome;
    return status;
  }
  status = kx_job_step(self->job, until_ms, &job_done, &self->outcome, err);
  return status == KX_OK && job_done ? job_ended(self, err) : status;
}

kx_status kx_task_step(kx_task *self, int ms, bool *done, kx_outcome *outcome, kx_error *err) {
  int64_t until_ms = kx_monotonic_ms() + ms;
  kx_status status = KX_OK;
  *done = !self->lease.held;
  while (status == KX_OK && !*done && kx_monotonic_ms() <= until_ms) {
    status = work(self, until_ms, done, outcome, err);
    if (kx_task_wants_credentials(self))
      break;
  }
  if (status != KX_OK) {
    *done = true;
    (void)kx_lease_release(&self->lease, NULL);
  } else if (*done) {
    status = kx_lease_release(&self->lease, err);
  }
  return status;
}

bool kx_task_wants_credentials(const kx_task *self) {
  return self->export != NULL && kx_export_wants_credentials(self->export);
}

void kx_task_stop(kx_task *self) {
  if (self->export != NULL)
    kx_export_stop(self->export);
  else
    kx_job_stop(self->job);
}

int64_t kx_task_result(const kx_task *self) {
  return self->job != NULL ? kx_job_taken(self->job) : kx_task_accepted(self);
}

int64_t kx_task_accepted(const kx_task *self) {
  return self->export != NULL ? kx_export_accepted(self->export) : 0;
}

int64_t kx_task_total(const kx_task *self) {
  return self->export != NULL ? kx_export_total(self->export) : 0;
}

void kx_task_free(kx_task *self) {
  if (self == NULL)
    return;
  kx_export_free(self->export);
  kx_job_free(self->job);
  if (self->lease.held)
    (void)kx_lease_release(&self->lease, NULL);
  free(self);
}
