/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Failed jobs: those that were tried too often, or that no worker can read. They
 * must not come round for ever, and must not vanish unseen. An entry of the list
 * is a line of JSON (error, time, attempts), then the job as it was queued. */

#ifndef KX_CONTROL_FAILED_JOBS_H
#define KX_CONTROL_FAILED_JOBS_H

#include "base/buf.h"
#include "redis/redis.h"

/* An entry taken apart: how long its texts are, that were appended in this order. */
typedef struct kx_failed_job {
  size_t error, time, job;
  int64_t attempts;
} kx_failed_job;

/* Appends an entry's line up to the number of attempts: scripts add that, "}\n"
 * and the job. An error that is long is cut; one that is no UTF-8 loses what is
 * not ASCII. */
void kx_failed_jobs_write_head(kx_buf *out, kx_slice error, int64_t seconds);

/* Takes an entry apart. Its error, time and job are appended to `texts`; what is
 * no entry is a job without the others. Memory running out shows in `texts`. */
void kx_failed_jobs_read(kx_slice entry, kx_buf *texts, kx_failed_job *out);

/* How many failed jobs of a queue there are. */
kx_status kx_failed_jobs_size(kx_redis *redis, const char *queue, int64_t *out, kx_error *err);

/* Entry `i`, the oldest is 0, appended to `texts` and taken apart; `*got` is false
 * when there is none. */
kx_status kx_failed_jobs_get(kx_redis *redis, const char *queue, int64_t i, kx_buf *texts,
                             kx_failed_job *out, bool *got, kx_error *err);

/* Queues all of them again, as if they had never failed, in one step; `*out` is
 * how many. */
kx_status kx_failed_jobs_retry(kx_redis *redis, const char *queue, int64_t *out, kx_error *err);

/* Deletes all of them; `*out` is how many there were. */
kx_status kx_failed_jobs_delete_all(kx_redis *redis, const char *queue, int64_t *out,
                                    kx_error *err);

#endif
