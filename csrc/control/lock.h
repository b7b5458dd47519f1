/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The distributed lock that exporters, ours and the Ruby one, exclude each
 * other with: one key holding the holder's token, with a TTL ("Distributed
 * Locks with Redis", redis.io: the single-instance form).
 *
 * What it does not promise: a holder that stands still for longer than the TTL
 * does not know that it has lost the lock. Two exporters may then export the
 * same events, which their `time_gen` makes harmless; what the exporters write
 * is fenced by the claim's owner (events/claim.h), so neither can undo the other's
 * work. Whoever takes the lock draws a fencing number with it, in the same step: larger than all
 * that were drawn before, so that of two holders the later one is known. It is the
 * microsecond by Redis's clock, or one more than the last. */

#ifndef KX_CONTROL_LOCK_H
#define KX_CONTROL_LOCK_H

#include "base/crypto.h"
#include "redis/redis.h"

enum { KX_LOCK_TOKEN = 127 }; /* longest token, which others may have drawn */

/* The lock of one resource, and who holds it. */
typedef struct kx_lock {
  char key[256];
  char fence_key[256 + sizeof ":fence"]; /* string: the last number drawn */
  int64_t ttl_ms;
  int64_t fence;                                /* the number drawn with the lock */
  char token[KX_LOCK_TOKEN + KX_TOKEN_HEX + 2]; /* "" while we do not hold it */
} kx_lock;

/* Names the lock of `resource`, which is lower-cased and ":lock" added. */
kx_status kx_lock_init(kx_lock *lock, const char *resource, int64_t ttl_ms, kx_error *err);

/* Tries to take it under a fresh random token. `*taken` is false when somebody
 * else holds it. */
kx_status kx_lock_acquire(kx_lock *lock, kx_redis *redis, bool *taken, kx_error *err);

/* Takes it over from a queued job, whose token becomes the beginning of our own:
 * `*taken` is true when that token holds the lock, or nobody does. One who has
 * adopted it before, under the same token, has lost it: a worker that stood still
 * and the one that got its job meanwhile are told apart. */
kx_status kx_lock_adopt(kx_lock *lock, kx_redis *redis, kx_slice token, bool *taken, kx_error *err);

/* Draws another number, larger than `floor` too: for one who finds a larger one than its own
 * where it works. `*held` is false when the lock is not ours any more. */
kx_status kx_lock_draw(kx_lock *lock, kx_redis *redis, int64_t floor, bool *held, kx_error *err);

/* Queues a renewal of the whole TTL; `fn` gets 1, or 0 when the lock is not
 * ours any more. */
kx_status kx_lock_renew(const kx_lock *lock, kx_redis *redis, kx_reply_fn fn, void *arg,
                        kx_error *err);

/* Releases the lock if `token` holds it, in one step. `*released` says so. */
kx_status kx_lock_release(const kx_lock *lock, kx_redis *redis, kx_slice token, bool *released,
                          kx_error *err);

/* Who holds the lock ("" for nobody; cut to fit) and for how long yet. */
kx_status kx_lock_holder(const kx_lock *lock, kx_redis *redis, char *out, size_t size,
                         int64_t *ttl_ms, kx_error *err);

#endif
