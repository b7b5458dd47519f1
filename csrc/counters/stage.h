/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A round of a job: some of the due buckets, read as one and forgotten in one step.
 *
 * What the round makes of them is staged under a key of its own, which nobody looks
 * at, until the commit: then, all at once, the stage joins the outbox, the marker
 * moves and the buckets are gone. A stage that was never committed is discarded when
 * the next round begins, whoever's that is. Fenced by `owner` (events/claim.h), but for the
 * staging: a stage belongs to one owner alone. */

#ifndef KX_COUNTERS_STAGE_H
#define KX_COUNTERS_STAGE_H

#include "control/lock.h"
#include "counters/due_buckets.h"
#include "redis/keys.h"

typedef char kx_bucket_key[sizeof KX_KEY_BUCKET + KX_BUCKET_NAME];

/* All-zero is an empty one. */
typedef struct kx_stage {
  const kx_bucket_text *names; /* of its buckets */
  size_t n;
  int64_t sizes[KX_DUE_BUCKETS_MOST];      /* how many keys each had when the round began */
  kx_bucket_key keys[KX_DUE_BUCKETS_MOST]; /* of the buckets */
  char name[sizeof KX_KEY_STAGE + sizeof((kx_lock *)0)->token];
} kx_stage;

/* What a commit came to. */
typedef enum kx_commit {
  KX_COMMITTED,
  KX_CHANGED /* a bucket was written to meanwhile, or the stage is not whole */
} kx_commit;

/* Begins a round with the first of `left` buckets: as many as can be united without
 * blocking Redis for long. `names` must stay until it ends. */
kx_status kx_stage_begin(kx_stage *stage, kx_redis *redis, const char *owner,
                         const kx_bucket_text *names, size_t left, kx_error *err);

/* Queues appending a chunk of events to the stage; `fn` is called for both answers. */
kx_status kx_stage_append(const kx_stage *stage, kx_redis *redis, kx_slice chunk, kx_redis_fn fn,
                          void *arg, kx_error *err);

/* Commits what was staged: `chunks` chunks that hold `events` events. `marker` is the
 * bucket name that they were told under. */
kx_status kx_stage_commit(const kx_stage *stage, kx_redis *redis, const char *owner,
                          const char *marker, int64_t chunks, int64_t events, kx_commit *out,
                          kx_error *err);

/* Discards the stage. */
kx_status kx_stage_discard(const kx_stage *stage, kx_redis *redis, kx_error *err);

#endif
