/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The lock while a task runs: it is taken, renewed, confirmed and released. The lease also asks
 * for the flag each time it renews the lock: whenever a batch is submitted, and once a second. It
 * does not wait for the answers. */

#ifndef KX_CONTROL_LEASE_H
#define KX_CONTROL_LEASE_H

#include "base/outcome.h"
#include "control/lock.h"
#include "redis/redis.h"

/* A lease of zeros holds nothing. */
typedef struct kx_lease {
  kx_redis *main; /* flag and lock */
  kx_lock *lock;
  kx_keep_alive seen; /* of `main` */
  bool held;
  bool off; /* the flag was off at some time since the lock was taken */
  bool asked;
  int64_t asked_ms; /* kx_boot_ms: time of the last question */
  int64_t until_ms; /* kx_boot_ms: up to this time the lock is certainly ours */
} kx_lease;

/* Takes the lock if exporting is on; `*outcome` is KX_ALL when it has taken it. `token` is NULL or
 * that of a queued job, whose lock is then taken over. If exporting is off, the lock of the job is
 * released. */
kx_status kx_lease_take(kx_lease *lease, kx_redis *main, kx_lock *lock, const kx_slice *token,
                        kx_outcome *outcome, kx_error *err);

/* Serves answers and asks again when it is time. Fails when the lock is lost, or when it was not
 * renewed in time and may be lost. */
kx_status kx_lease_mind(kx_lease *lease, kx_error *err);

/* Asks now, unless an answer is still owed. */
kx_status kx_lease_ask(kx_lease *lease, kx_error *err);

/* Asks and waits for the answer: right before a step that only the holder of the lock may take,
 * and right after it. A Ruby exporter rewrites the pending set under its lock and drops what
 * others added in that time. A lock that is ours now was ours all the time, because nobody else
 * can take it under our token. */
kx_status kx_lease_confirm(kx_lease *lease, kx_error *err);

/* Releases the lock, over a new connection if the old one is broken. */
kx_status kx_lease_release(kx_lease *lease, kx_error *err);

#endif
