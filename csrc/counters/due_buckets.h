/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buckets that a job may read: those that are closed, which means that no producer
 * writes to them any more. The clock of their Redis decides, as all share it.
 *
 * A bucket after the marker is a regular one. One at or before it is late: a producer
 * that was behind wrote it, or the marker is wrong. Its events need a time_gen that is
 * later than any that their counters were told with. So it is read together with the
 * next regular bucket, and under its name. Where there is no regular one, it is read
 * under the name of the newest interval that is closed. If that is not after the marker
 * either, the bucket is left to a later job; unless the marker lies in the future: then
 * the name is that of the interval after the marker, so that nobody has to wait until
 * the marker's time has come. */

#ifndef KX_COUNTERS_DUE_BUCKETS_H
#define KX_COUNTERS_DUE_BUCKETS_H

#include "redis/redis.h"

enum { KX_BUCKET_NAME = 14, KX_DUE_BUCKETS_MOST = 60, KX_DUE_BUCKETS_MARGIN_SECONDS = 10 };

typedef char kx_bucket_text[KX_BUCKET_NAME + 1];

/* Names of buckets, oldest first; those before `next` have been read. */
typedef struct kx_due_buckets_names {
  kx_bucket_text list[KX_DUE_BUCKETS_MOST];
  size_t n, next;
} kx_due_buckets_names;

/* All-zero is none. */
typedef struct kx_due_buckets {
  kx_due_buckets_names regular, late;
  kx_bucket_text marker;
  kx_bucket_text alone;  /* the name for late ones when no regular one is left; "" for none */
  bool beyond;           /* the marker is after every interval that is closed */
  int64_t ahead_seconds; /* how far in the future the marker lies; 0 when it does not */
} kx_due_buckets;

/* The newest bucket that was read ("" for none). It is kept with the buckets, where
 * it moves in one step with them, and for the Ruby exporter in the main Redis: the
 * later one counts. */
kx_status kx_due_buckets_marker(kx_redis *main, kx_redis *data, kx_bucket_text out, kx_error *err);

/* Finds the closed buckets that began at or before `end` (a bucket's name; "" for no
 * such limit): the oldest ones, at most `most`, but a regular one if there is any. */
kx_status kx_due_buckets_find(kx_redis *main, kx_redis *data, const char *end,
                              int64_t interval_seconds, size_t most, kx_due_buckets *out,
                              kx_error *err);

/* Writes the names of those that are left, in the order in which rounds may take them:
 * any number from the first one on. Returns how many. */
size_t kx_due_buckets_order(const kx_due_buckets *due, kx_bucket_text out[KX_DUE_BUCKETS_MOST]);

/* How many of the first `n` in that order are late. */
size_t kx_due_buckets_late(const kx_due_buckets *due, size_t n);

/* The name under which a round of the first `n` is told, which becomes the marker. */
const char *kx_due_buckets_name(const kx_due_buckets *due, size_t n);

/* The first `n` have been read. */
void kx_due_buckets_read(kx_due_buckets *due, size_t n);

#endif
