/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The distributed lock by which exporters, ours and the Ruby one, exclude each other: one key with
 * a TTL that holds the token of the holder ("Distributed Locks with Redis", redis.io: the form for
 * a single instance).
 *
 * What it does not promise: a holder that stands still for longer than the TTL does not know that
 * it has lost the lock. Then two exporters may export the same events, which is harmless because
 * of their `time_gen`. Their writes are fenced by the owner of the claim (events/claim.h), so
 * neither can undo the work of the other.
 *
 * Taking the lock also draws a fencing number, in the same step. It is larger than all numbers
 * drawn before, so that of two holders the later one is known. It is the time by the clock of
 * Redis, in microseconds, or the last number plus one. */

#ifndef KX_CONTROL_LOCK_H
#define KX_CONTROL_LOCK_H

#include "base/crypto.h"
#include "redis/redis.h"

enum { KX_LOCK_TOKEN = 127 }; /* length of the longest token; other programs draw tokens, too */

/* The lock of one resource, and our hold on it. */
typedef struct kx_lock {
  char key[256];
  char fence_key[256 + sizeof ":fence"]; /* string: the last number drawn */
  int64_t ttl_ms;
  int64_t fence;                                /* the number drawn with the lock */
  char token[KX_LOCK_TOKEN + KX_TOKEN_HEX + 2]; /* "" while we do not hold it */
} kx_lock;

/* Sets the key: `resource` in lower case, and ":lock". */
kx_status kx_lock_init(kx_lock *lock, const char *resource, int64_t ttl_ms, kx_error *err);

/* Tries to take the lock under a new random token. `*taken` is false when somebody else holds
 * it. */
kx_status kx_lock_acquire(kx_lock *lock, kx_redis *redis, bool *taken, kx_error *err);

/* Takes the lock over from a queued job; the job's token becomes the beginning of ours. `*taken`
 * is true when that token held the lock, or nobody did. An exporter that took the lock over before
 * us, under the same token, loses it: so a worker that stood still and the worker that got its job
 * later are not confused. */
kx_status kx_lock_adopt(kx_lock *lock, kx_redis *redis, kx_slice token, bool *taken, kx_error *err);

/* Draws another number that is also larger than `floor`, for a holder that finds a larger number
 * than its own in a claim. `*held` is false when the lock is no longer ours. */
kx_status kx_lock_draw(kx_lock *lock, kx_redis *redis, int64_t floor, bool *held, kx_error *err);

/* Asks for another whole TTL without waiting; `fn` gets 1, or 0 when the lock is no longer
 * ours. */
kx_status kx_lock_renew(const kx_lock *lock, kx_redis *redis, kx_reply_fn fn, void *arg,
                        kx_error *err);

/* Releases the lock if `token` holds it, in one step; `*released` says whether it did. */
kx_status kx_lock_release(const kx_lock *lock, kx_redis *redis, kx_slice token, bool *released,
                          kx_error *err);

/* Who holds the lock (the token, cut to fit; "" for nobody) and how long it still lasts. */
kx_status kx_lock_holder(const kx_lock *lock, kx_redis *redis, char *out, size_t size,
                         int64_t *ttl_ms, kx_error *err);

#endif
