/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The hold on the lock while a task runs: taken, renewed, confirmed, released;
 * and the flag, which is looked at on the same occasions. Both are asked for
 * whenever a batch is submitted, and once a second, without waiting for the
 * answer. */

#ifndef KX_CONTROL_LEASE_H
#define KX_CONTROL_LEASE_H

#include "control/lock.h"
#include "redis/redis.h"

/* How a task ended, where it did not fail. */
typedef enum kx_outcome {
  KX_ALL,      /* everything that was asked for is settled */
  KX_DISABLED, /* exporting is, or was switched, off */
  KX_LOCKED,   /* somebody else holds the lock */
  KX_PARTIAL   /* some events were refused, or it was asked to stop */
} kx_outcome;

/* All-zero holds nothing. */
typedef struct kx_lease {
  kx_redis *main; /* flag and lock */
  kx_lock *lock;
  bool held;
  bool off; /* the flag was found off since the lock was taken */
  bool asked;
  int64_t asked_ms, until_ms; /* kx_boot_ms: when last asked; until when the lock is surely ours */
} kx_lease;

/* Takes the lock if exporting is on: `*outcome` is KX_ALL when it did. With a
 * `token`, that of a queued job, its lock is taken over; a job that finds
 * exporting off gives its lock back. */
kx_status kx_lease_take(kx_lease *lease, kx_redis *main, kx_lock *lock, const kx_slice *token,
                        kx_outcome *outcome, kx_error *err);

/* Serves answers and asks again when it is time. Fails when the lock is lost, or
 * was not renewed for so long that it may be. */
kx_status kx_lease_mind(kx_lease *lease, kx_error *err);

/* Asks now, unless an answer is awaited already. */
kx_status kx_lease_ask(kx_lease *lease, kx_error *err);

/* Asks and waits for the answer: right before what only the lock's holder may do, and
 * right after it. A Ruby exporter rewrites the pending set under its lock and drops what
 * somebody else added meanwhile. A lock that is still ours has been ours without a break,
 * as nobody else can take it under our token. */
kx_status kx_lease_confirm(kx_lease *lease, kx_error *err);

/* Releases the lock, over a new connection if the old one is of no use. */
kx_status kx_lease_release(kx_lease *lease, kx_error *err);

#endif
