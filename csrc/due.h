/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buckets that a job may read: those that no producer writes to any more, and
 * that have not been read. */

#ifndef KX_DUE_H
#define KX_DUE_H

#include "redis.h"

enum { KX_BUCKET_NAME = 14, KX_DUE_MOST = 60, KX_DUE_MARGIN_SECONDS = 10 };

/* Names of buckets, oldest first. */
typedef struct kx_due {
  char names[KX_DUE_MOST][KX_BUCKET_NAME + 1];
  size_t n;
  size_t odd; /* due members of the sorted set that are no buckets' names */
} kx_due;

/* The newest bucket that was read ("" for none). It is kept with the buckets, where
 * it moves in one step with them, and for the Ruby exporter in the main Redis: the
 * later one counts. */
kx_status kx_due_marker(kx_redis *main, kx_redis *data, char out[KX_BUCKET_NAME + 1],
                        kx_error *err);

/* Lists the buckets after `marker` that began at or before both `end` (a bucket's
 * name; "" for no such limit) and the current time less the interval and the
 * margin; at most `most`. */
kx_status kx_due_list(kx_redis *data, const char *marker, const char *end, int64_t interval_seconds,
                      size_t most, kx_due *out, kx_error *err);

#endif
