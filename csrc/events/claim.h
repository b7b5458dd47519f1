/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A claim is what one export works on: a source key that was renamed, so that producers and other
 * exporters leave it alone. The claim outlives its exporter: the next process that takes the lock
 * continues it.
 *
 * The owner of a claim is the token of the lock under which an export works on it. Every script
 * that changes a claim, or puts events back, first checks the owner: this is the fence. So an
 * exporter that lost its lock without noticing can repeat events, but cannot undo what its
 * successor does. It cannot become the owner after its successor either, because the successor
 * has the larger fencing number (control/lock.h). */

#ifndef KX_EVENTS_CLAIM_H
#define KX_EVENTS_CLAIM_H

#include "redis/keys.h"
#include "redis/redis.h"

/* How a fenced script begins: KEYS[1] is KX_KEY_CLAIM, ARGV[1] the owner. A script that begins
 * with KX_FENCE also runs when Redis is full: it writes little, or moves data from one key to
 * another. */
#define KX_FENCE_UNLESS_FULL \
  "if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return -1 end "
#define KX_FENCE KX_FENCE_UNLESS_FULL KX_WHEN_FULL("KEYS[1]")

/* Makes `owner`, whose lock has the fencing number `fence`, the owner of all present and future
 * claims. `*larger` is 0; or it is the larger number of the present owner, which stays. */
kx_status kx_claim_own(kx_redis *redis, const char *owner, int64_t fence, int64_t *larger,
                       kx_error *err);

/* Fails with KX_LOST: another exporter has taken over. */
kx_status kx_claim_lost(kx_error *err);

/* Turns the answer of a fenced script into a status: KX_LOST for -1. */
kx_status kx_claim_check(int64_t answer, kx_error *err);

/* Runs a fenced script and checks its answer, which goes to `out`. */
kx_status kx_claim_call(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                        kx_error *err);

/* Sets `*out` to true when a claim exists. `key` is one of the claimed keys. */
kx_status kx_claim_exists(kx_redis *redis, const char *key, bool *out, kx_error *err);

/* Counts the events that are pending in any key, with the unsettled ones of claims. */
kx_status kx_claim_count(kx_redis *redis, int64_t *out, kx_error *err);

#endif
