/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A stage of a job: some of the due buckets, read as one and forgotten in one step.
 *
 * The events that the job makes of them gather under a key of their own, which nobody reads until
 * the commit. The commit is one step: the events move to the outbox, the marker changes, and the
 * buckets are deleted. When a stage was not committed, the next stage to begin discards it, in any
 * job. All functions are fenced by `owner` (events/claim.h), except the append and the discard: the
 * key of a stage belongs to one owner alone. */

#ifndef KX_COUNTERS_STAGE_H
#define KX_COUNTERS_STAGE_H

#include "control/lock.h"
#include "counters/due_buckets.h"
#include "redis/keys.h"

typedef char kx_bucket_key[sizeof KX_KEY_BUCKET + KX_BUCKET_NAME];

/* All-zero is empty. */
typedef struct kx_stage {
  const kx_bucket_text *names; /* of its buckets; the caller's */
  size_t n;
  int64_t sizes[KX_DUE_BUCKETS_MOST]; /* the number of keys in each bucket when the stage began */
  kx_bucket_key keys[KX_DUE_BUCKETS_MOST];                      /* of the buckets */
  char name[sizeof KX_KEY_STAGE + sizeof((kx_lock *)0)->token]; /* the key of the stage */
} kx_stage;

/* The result of a commit. */
typedef enum kx_commit {
  KX_COMMITTED,
  KX_CHANGED /* a bucket has changed since, or chunks of the stage are missing */
} kx_commit;

/* Begins a stage with the first of the `left` buckets, as many as Redis can unite without blocking
 * for long. `names` must stay until the stage ends. */
kx_status kx_stage_begin(kx_stage *stage, kx_redis *redis, const char *owner,
                         const kx_bucket_text *names, size_t left, kx_error *err);

/* Queues two commands that append a chunk of events to the stage. `fn` is called for both
 * replies. */
kx_status kx_stage_append(const kx_stage *stage, kx_redis *redis, kx_slice chunk, kx_reply_fn fn,
                          void *arg, kx_error *err);

/* Commits the stage, which has `chunks` chunks with `events` events. `marker` is the bucket name
 * under which they are exported. */
kx_status kx_stage_commit(const kx_stage *stage, kx_redis *redis, const char *owner,
                          const char *marker, int64_t chunks, int64_t events, kx_commit *out,
                          kx_error *err);

/* Discards the events of the stage. */
kx_status kx_stage_discard(const kx_stage *stage, kx_redis *redis, kx_error *err);

#endif
