/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buckets that a job may read: the closed ones, to which producers do not write any more. The
 * clock of their Redis decides, because all processes share it.
 *
 * The marker is the name of the newest bucket that was read. A bucket after it is regular. A bucket
 * at or before it is late: a producer that was behind wrote it, or the marker is wrong. The events
 * of a late bucket need a time_gen that is later than any with which their counters were exported.
 * So it is read together with the next regular bucket, and under the name of that one. When there
 * is no regular bucket, it is read under the name of the newest closed interval. If that is not
 * after the marker, the bucket waits for a later job. But if the marker lies in the future, the
 * name is that of the interval after the marker, so that nothing waits until the time of the
 * marker has come. */

#ifndef KX_COUNTERS_DUE_BUCKETS_H
#define KX_COUNTERS_DUE_BUCKETS_H

#include "redis/redis.h"

enum { KX_BUCKET_NAME = 14, KX_DUE_BUCKETS_MOST = 60, KX_DUE_BUCKETS_MARGIN_SECONDS = 10 };

typedef char kx_bucket_text[KX_BUCKET_NAME + 1];

/* Names of buckets, oldest first. Those before `next` have been read. */
typedef struct kx_due_buckets_names {
  kx_bucket_text list[KX_DUE_BUCKETS_MOST];
  size_t n, next;
} kx_due_buckets_names;

/* All-zero holds no buckets. */
typedef struct kx_due_buckets {
  kx_due_buckets_names regular, late;
  kx_bucket_text marker;
  kx_bucket_text alone;  /* the name for late buckets when no regular one is left; or "" */
  bool beyond;           /* the marker is after every closed interval */
  int64_t ahead_seconds; /* how far in the future the marker lies; 0 when it does not */
} kx_due_buckets;

/* Reads the marker ("" when there is none). It is kept with the buckets, where it changes in one
 * step with them, and in the main Redis for the Ruby exporter. The later of the two counts. */
kx_status kx_due_buckets_marker(kx_redis *main, kx_redis *data, kx_bucket_text out, kx_error *err);

/* Finds the closed buckets that began at or before `end` (a bucket name, or "" for all of them):
 * the oldest ones, at most `most`. At least one of them is regular if there is a regular one. */
kx_status kx_due_buckets_find(kx_redis *main, kx_redis *data, const char *end,
                              int64_t interval_seconds, size_t most, kx_due_buckets *out,
                              kx_error *err);

/* Writes the names of the buckets that are left, in the order in which stages may take them: a
 * stage takes any number of them, from the first one on. The result is the number of names. */
size_t kx_due_buckets_order(const kx_due_buckets *due, kx_bucket_text out[KX_DUE_BUCKETS_MOST]);

/* Of the first `n` buckets in that order: how many are late. */
size_t kx_due_buckets_late(const kx_due_buckets *due, size_t n);

/* The name under which a stage exports the first `n` buckets. It becomes the marker. */
const char *kx_due_buckets_name(const kx_due_buckets *due, size_t n);

/* Notes that the first `n` buckets have been read. */
void kx_due_buckets_read(kx_due_buckets *due, size_t n);

#endif
