/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The pending set, one member an event, shared with the Ruby exporter. To
 * export it, it is claimed: renamed. A set that does not change is scanned
 * exactly once from end to end, so the claimed set is not touched while it is sent;
 * how far it is settled is a scan cursor kept beside it. A
 * cursor holds only for the Redis process that gave it out, hence the run id
 * with it. All functions are fenced by `owner` (events/claim.h).
 *
 * Invariant: every event is in the pending set, or in the claimed set past the
 * kept cursor, or was accepted, rejected or put back. What is put back counts only when
 * the lock was ours before and after: see kx_lease_confirm. */

#ifndef KX_EVENTS_PENDING_SET_H
#define KX_EVENTS_PENDING_SET_H

#include "events/claim.h"

/* A place in a scan of the claimed set. */
typedef struct kx_scan {
  char run_id[64]; /* of the Redis process that gave the cursor out */
  char cursor[24]; /* of SSCAN; "0" at the start */
  int64_t settled; /* members before it */
} kx_scan;

/* Taking a random member of a large set costs Redis some 10 us: a call is to take it a few
 * milliseconds. */
enum { KX_PENDING_SET_MOVE = 500 };

/* Claims the pending set, or goes on with a claim that is there. `*members` is
 * the size of the claimed set (0: nothing to do), `*from` where to scan from. */
kx_status kx_pending_set_claim(kx_redis *redis, const char *owner, int64_t *members, kx_scan *from,
                               kx_error *err);

/* Moves at most `limit` members from the pending set to the claimed set, for exports with a
 * limit; there must be no older claim. A call moves all of them at once, or KX_PENDING_SET_MOVE:
 * call again for more. */
kx_status kx_pending_set_claim_some(kx_redis *redis, const char *owner, int64_t limit,
                                    int64_t *moved, kx_error *err);

/* Queues keeping the place up to which everything is settled. `fn` gets the
 * script's answer, for kx_claim_check. */
kx_status kx_pending_set_settle(kx_redis *redis, const char *owner, const kx_scan *place,
                                kx_redis_fn fn, void *arg, kx_error *err);

/* Puts events (each ended by a newline) back into the pending set. As they stay in the
 * claimed set, too, for the time being, a Redis that is full may refuse them: unless
 * `when_full`. */
kx_status kx_pending_set_put_back(kx_redis *redis, const char *owner, kx_slice events,
                                  bool when_full, kx_error *err);

/* Takes events that were put back out of the claimed set: when all of it goes back, the
 * place up to which it is settled stays, and the rest shrinks. */
kx_status kx_pending_set_let_go(kx_redis *redis, const char *owner, kx_slice events, kx_error *err);

/* Forgets the claim, all of which is settled. */
kx_status kx_pending_set_finish(kx_redis *redis, const char *owner, kx_error *err);

#endif
