/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The Resque queue of export jobs, as Ruby workers read it, and how our own workers take jobs from
 * it without losing one.
 *
 * A worker takes a job by moving it, in one step, to a list of its own. The job leaves that list
 * when it is settled: it is done, is in the queue again, or is among the failed jobs
 * (control/failed_jobs.h). A key with a TTL shows that a worker is alive. After that key has
 * expired, any other worker may put the job back into the queue. So a job that began can be
 * performed twice, and none is lost. A job that failed three times, or whose worker died three
 * times, becomes a failed job.
 *
 * Workers only touch export jobs. Other jobs in the queue belong to other workers and keep their
 * places. Our keys carry the name of the queue's list as their hash tag; scripts derive them from
 * it. */

#ifndef KX_CONTROL_JOB_QUEUE_H
#define KX_CONTROL_JOB_QUEUE_H

#include "base/buf.h"
#include "control/lock.h"
#include "redis/redis.h"

/* A queue as one of its workers sees it. */
typedef struct kx_job_queue {
  kx_redis *redis;
  const char *name;
  const char *worker; /* each worker has another name */
} kx_job_queue;

/* The arguments of an export job. */
typedef struct kx_queued_job {
  char end_time[64];
  char lock_key[KX_LOCK_TOKEN + 1];
} kx_queued_job;

/* What became of a job whose attempt failed. */
typedef enum kx_job_queue_fate {
  KX_NOT_IN_HAND,  /* the worker no longer had the job */
  KX_QUEUED_AGAIN, /* it is in the queue again */
  KX_MOVED_TO_FAILED
} kx_job_queue_fate;

/* Pushes an export job for the buckets up to `now_us` (microseconds since the epoch) that holds
 * the lock `lock_key`. */
kx_status kx_job_queue_push_job(kx_redis *redis, const char *queue, const char *lock_key,
                                int64_t now_us, kx_error *err);

/* Takes an export job and appends it to `job`. A worker that has a job in hand already gets that
 * one; it may have lost its connection. `*got` is false when there is no job to take: one call
 * looks at a thousand jobs, starting at `*at`, or at fewer where they are large, because Redis
 * does nothing else in that time. `*at` becomes the place where the next call continues; 0 at the
 * end of the queue. Registers the worker, which then counts as alive for `ttl_ms`. */
kx_status kx_job_queue_take(const kx_job_queue *queue, int64_t ttl_ms, int64_t *at, kx_buf *job,
                            bool *got, kx_error *err);

/* Reads the arguments of an export job. Returns what is wrong with them, as a constant phrase, or
 * NULL. */
const char *kx_job_queue_read_job(kx_slice job, kx_queued_job *out);

/* Heartbeat: the worker counts as alive for another `ttl_ms`. `*in_hand` says whether it still has
 * a job. */
kx_status kx_job_queue_beat(const kx_job_queue *queue, int64_t ttl_ms, bool *in_hand,
                            kx_error *err);

/* Removes the job in hand, which was performed. Here and below `*was` is false when the worker no
 * longer had the job. */
kx_status kx_job_queue_done(const kx_job_queue *queue, kx_slice job, bool *was, kx_error *err);

/* Puts the job in hand back at the head of the queue. This does not count as a failure. */
kx_status kx_job_queue_give_back(const kx_job_queue *queue, kx_slice job, bool *was, kx_error *err);

/* Counts a failed attempt at the job in hand and puts the job at the tail of the queue. So a job
 * that always fails does not block the others. The order of jobs means nothing: each reads the
 * oldest buckets first. */
kx_status kx_job_queue_fail(const kx_job_queue *queue, kx_slice job, kx_slice error,
                            int64_t seconds, kx_job_queue_fate *fate, kx_error *err);

/* Makes the job in hand, which nobody can perform, a failed job at once. */
kx_status kx_job_queue_bury(const kx_job_queue *queue, kx_slice job, kx_slice error,
                            int64_t seconds, bool *was, kx_error *err);

/* Takes the jobs from the lists of dead workers. Each counts as a failed attempt; the job goes to
 * the head of the queue, or becomes a failed job. */
kx_status kx_job_queue_recover(const kx_job_queue *queue, int64_t seconds, int64_t *queued,
                               int64_t *failed, kx_error *err);

/* Removes the worker, unless it has a job in hand: then `*left` is false. */
kx_status kx_job_queue_leave(const kx_job_queue *queue, bool *left, kx_error *err);

#endif
