/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The Resque queue that export jobs go through, as Ruby workers read it, and how
 * our own workers take jobs from it without losing any.
 *
 * A job that is taken moves, in one step, to its worker's own list, and leaves
 * that only when it is settled: done, queued again, or put among the failed. A
 * worker shows by a key with a TTL that it lives. Once that has expired any
 * other worker may queue its job again, so a job that began can be performed
 * twice, and none is forgotten. One that failed three times, or at which three
 * workers died, is put among the failed (control/failed_jobs.h).
 *
 * Of the queue's jobs only exports are touched: what else is in it is other
 * workers', and keeps its place. Our keys carry the name of the queue's list as
 * their hash tag; scripts make them up from it. */

#ifndef KX_CONTROL_JOB_QUEUE_H
#define KX_CONTROL_JOB_QUEUE_H

#include "base/buf.h"
#include "control/lock.h"
#include "redis/redis.h"

/* A queue as one of its workers sees it. */
typedef struct kx_job_queue {
  kx_redis *redis;
  const char *name;
  const char *worker; /* no two have the same */
} kx_job_queue;

/* What an export job says. */
typedef struct kx_queued_job {
  char end_time[64];
  char lock_key[KX_LOCK_TOKEN + 1];
} kx_queued_job;

/* How a failure was settled. */
typedef enum kx_job_queue_fate {
  KX_NOT_IN_HAND, /* it was not the worker's any more */
  KX_QUEUED_AGAIN,
  KX_FAILED_FOR_GOOD
} kx_job_queue_fate;

/* Pushes an export job for the buckets up to `now_us` (microseconds since the
 * epoch) that holds the lock `lock_key`. */
kx_status kx_job_queue_push_job(kx_redis *redis, const char *queue, const char *lock_key,
                                int64_t now_us, kx_error *err);

/* Takes an export job, or the one that the worker has in hand already (it lost its
 * connection, say), and appends it to `job`. `*got` is false when it finds none: a call
 * looks at a thousand jobs from `*at` on, and at fewer where they are large, as Redis does
 * nothing else meanwhile. `*at` is then where the next call goes on, and 0 at the queue's
 * end. Registers the worker, which counts as alive for `ttl_ms`. */
kx_status kx_job_queue_take(const kx_job_queue *queue, int64_t ttl_ms, int64_t *at, kx_buf *job,
                            bool *got, kx_error *err);

/* What is wrong with an export job's arguments, as a constant phrase, or NULL. */
const char *kx_job_queue_read_job(kx_slice job, kx_queued_job *out);

/* The worker is alive for another `ttl_ms`. `*in_hand` tells whether it still has
 * a job. */
kx_status kx_job_queue_beat(const kx_job_queue *queue, int64_t ttl_ms, bool *in_hand,
                            kx_error *err);

/* Forgets the job in hand, which was performed. `*was` is false, here and below,
 * when it was not in hand any more. */
kx_status kx_job_queue_done(const kx_job_queue *queue, kx_slice job, bool *was, kx_error *err);

/* Puts the job in hand back at the head of the queue. That is no failure. */
kx_status kx_job_queue_give_back(const kx_job_queue *queue, kx_slice job, bool *was, kx_error *err);

/* Counts a failed attempt at the job in hand and queues it again: at the tail, so
 * that a job that always fails does not keep the others from their turn (their
 * order means nothing: each reads the oldest buckets first). */
kx_status kx_job_queue_fail(const kx_job_queue *queue, kx_slice job, kx_slice error,
                            int64_t seconds, kx_job_queue_fate *fate, kx_error *err);

/* Puts the job in hand, which nobody can perform, among the failed at once. */
kx_status kx_job_queue_bury(const kx_job_queue *queue, kx_slice job, kx_slice error,
                            int64_t seconds, bool *was, kx_error *err);

/* Takes the jobs of workers that are dead from their hands: a failed attempt
 * each, at the head of the queue again, or among the failed. */
kx_status kx_job_queue_recover(const kx_job_queue *queue, int64_t seconds, int64_t *queued,
                               int64_t *failed, kx_error *err);

/* Forgets the worker, unless it has a job in hand: `*left` tells. */
kx_status kx_job_queue_leave(const kx_job_queue *queue, bool *left, kx_error *err);

#endif
