/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A claim is what one export has in its hands: a source key renamed out of
 * everybody's way. It survives its exporter, and whoever takes the lock next
 * goes on with it. Its owner is the token of the lock under which it is worked
 * on; every script that changes a claim, or puts events back, checks the owner
 * first. So an exporter that lost its lock without noticing can repeat events
 * but cannot undo what its successor does. Nor can it become the owner after its
 * successor: that has the larger fencing number (control/lock.h). */

#ifndef KX_EVENTS_CLAIM_H
#define KX_EVENTS_CLAIM_H

#include "redis/keys.h"
#include "redis/redis.h"

/* How a fenced script begins: KEYS[1] is KX_KEY_CLAIM, ARGV[1] the owner. Those that begin
 * with KX_FENCE run when Redis is full, too: what they write is little, or moves from one
 * key to another. */
#define KX_FENCE_UNLESS_FULL \
  "if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return -1 end "
#define KX_FENCE KX_FENCE_UNLESS_FULL KX_WHEN_FULL("KEYS[1]")

/* Makes `owner`, whose lock has the number `fence`, the owner of all claims, there or yet
 * to come. `*larger` is 0, or the number of an owner that drew a larger one and stays. */
kx_status kx_claim_own(kx_redis *redis, const char *owner, int64_t fence, int64_t *larger,
                       kx_error *err);

/* Fails, as another exporter has taken over. */
kx_status kx_claim_lost(kx_error *err);

/* Turns a fenced script's answer into a status: KX_LOST for -1. */
kx_status kx_claim_check(int64_t answer, kx_error *err);

/* Runs a fenced script and checks its answer, which goes to `out`. */
kx_status kx_claim_call(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                        kx_error *err);

/* True when a claim (`key`: one of the claimed keys) is there. */
kx_status kx_claim_exists(kx_redis *redis, const char *key, bool *out, kx_error *err);

/* Number of events that are pending in any key, unsettled ones of claims
 * included. */
kx_status kx_claim_count(kx_redis *redis, int64_t *out, kx_error *err);

#endif
