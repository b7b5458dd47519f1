/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The Resque queue that export jobs go through, as Ruby workers read it. */

#ifndef KX_QUEUE_H
#define KX_QUEUE_H

#include "redis.h"

/* Pushes an export job for the buckets up to `now_us` (microseconds since the
 * epoch) that holds the lock `lock_key`. */
kx_status kx_queue_push_job(kx_redis *redis, const char *queue, const char *lock_key,
                            int64_t now_us, kx_error *err);

#endif
