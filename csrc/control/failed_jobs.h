/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Failed jobs: jobs that failed too often, or that no worker can read. They must not be tried for
 * ever and must not vanish unseen. An entry of the list is a line of JSON (error, time, attempts),
 * then the job as it was in the queue. */

#ifndef KX_CONTROL_FAILED_JOBS_H
#define KX_CONTROL_FAILED_JOBS_H

#include "base/buf.h"
#include "redis/redis.h"

/* The parts of an entry: the lengths of its texts, which are appended in this order. */
typedef struct kx_failed_job {
  size_t error, time, job;
  int64_t attempts;
} kx_failed_job;

/* Appends the line of an entry up to the number of attempts. Scripts add that number, "}\n" and
 * the job. A long error is cut. In an error that is not UTF-8, other bytes than ASCII become "?". */
void kx_failed_jobs_write_head(kx_buf *out, kx_slice error, int64_t seconds);

/* Splits an entry. Appends its error, time and job to `texts`. A text that is not an entry becomes
 * a job without the other parts. When memory runs out, `texts` shows it. */
void kx_failed_jobs_read(kx_slice entry, kx_buf *texts, kx_failed_job *out);

/* The number of failed jobs of a queue. */
kx_status kx_failed_jobs_size(kx_redis *redis, const char *queue, int64_t *out, kx_error *err);

/* Splits entry `i` and appends its parts to `texts`; the oldest entry is 0. `*got` is false when
 * there is no entry `i`. */
kx_status kx_failed_jobs_get(kx_redis *redis, const char *queue, int64_t i, kx_buf *texts,
                             kx_failed_job *out, bool *got, kx_error *err);

/* Puts all of them back into the queue, in one step, as if they had never failed; `*out` is their
 * number. */
kx_status kx_failed_jobs_retry(kx_redis *redis, const char *queue, int64_t *out, kx_error *err);

/* Deletes all of them; `*out` is their number. */
kx_status kx_failed_jobs_delete_all(kx_redis *redis, const char *queue, int64_t *out,
                                    kx_error *err);

#endif
