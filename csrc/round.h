/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A round of a job: some of the due buckets, read as one and forgotten in one step.
 *
 * Two or more buckets are united by Redis, so that a key that changed in several
 * of them is read once; one alone is read as it is. What the round makes of them
 * is staged, which nobody looks at, until the commit: then, all at once, the stage
 * joins the outbox, the marker moves and the buckets are gone. A stage that was
 * never committed is discarded by the next round. Fenced by `owner` (claim.h). */

#ifndef KX_ROUND_H
#define KX_ROUND_H

#include "due.h"

/* All-zero is an empty one. */
typedef struct kx_round {
  const char (*names)[KX_BUCKET_NAME + 1]; /* of its buckets, oldest first */
  size_t n;
  int64_t sizes[KX_DUE_MOST]; /* how many keys each had when the round began */
  int64_t keys;               /* how many there are to read */
  char key[64];               /* of the set that holds them */
} kx_round;

/* What a commit came to. */
typedef enum kx_commit {
  KX_COMMITTED,
  KX_CHANGED /* a bucket was written to meanwhile, or the stage is not whole */
} kx_commit;

/* Begins a round with the first of `left` buckets: as many as can be united without
 * blocking Redis for long. */
kx_status kx_round_begin(kx_round *round, kx_redis *redis, const char *owner,
                         const char (*names)[KX_BUCKET_NAME + 1], size_t left, kx_error *err);

/* Queues appending a chunk of `n` events to the stage. `fn` gets the script's
 * answer, for kx_claim_check. */
kx_status kx_round_stage(kx_redis *redis, const char *owner, kx_slice chunk, int64_t n,
                         kx_redis_fn fn, void *arg, kx_error *err);

/* Commits what was staged: `chunks` chunks that hold `events` events. */
kx_status kx_round_commit(const kx_round *round, kx_redis *redis, const char *owner, int64_t chunks,
                          int64_t events, kx_commit *out, kx_error *err);

/* Discards the stage and the union. */
kx_status kx_round_discard(kx_redis *redis, const char *owner, kx_error *err);

#endif
