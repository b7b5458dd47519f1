/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The pending set, which is shared with the Ruby exporter: each member is one event. To export the
 * set, an export claims it: renames it. A set that does not change is scanned exactly once from
 * end to end, so the claimed set is not touched while its events are sent. A scan cursor that is
 * kept beside it says how far the set is settled. A cursor holds only for the Redis process that
 * returned it, so the run id of the process is kept with it. All functions are fenced by `owner`
 * (events/claim.h).
 *
 * Invariant: every event is in the pending set, or in the claimed set past the kept cursor, or
 * was accepted, rejected or put back. An event counts as put back only when the lock was ours
 * before and after: see kx_lease_confirm. */

#ifndef KX_EVENTS_PENDING_SET_H
#define KX_EVENTS_PENDING_SET_H

#include "events/claim.h"

/* A place in a scan of the claimed set. */
typedef struct kx_scan {
  char run_id[64]; /* of the Redis process that returned the cursor */
  char cursor[24]; /* of SSCAN; "0" at the start */
  int64_t settled; /* members before it */
} kx_scan;

/* Members that a call moves at most. Redis needs some 10 us to take a random member of a large
 * set, so the call takes a few milliseconds. */
enum { KX_PENDING_SET_MOVE = 500 };

/* Claims the pending set, or continues an existing claim. `*members` is the size of the claimed
 * set (0: nothing to do), `*from` the place from which to scan. */
kx_status kx_pending_set_claim(kx_redis *redis, const char *owner, int64_t *members, kx_scan *from,
                               kx_error *err);

/* Moves at most `limit` members from the pending set to the claimed set, for exports with a
 * limit. No older claim may exist. A call moves the whole set at once, or at most
 * KX_PENDING_SET_MOVE members: call again for more. */
kx_status kx_pending_set_claim_some(kx_redis *redis, const char *owner, int64_t limit,
                                    int64_t *moved, kx_error *err);

/* Queues a command that keeps the place up to which everything is settled. `fn` gets the
 * script's answer, for kx_claim_check. */
kx_status kx_pending_set_settle(kx_redis *redis, const char *owner, const kx_scan *place,
                                kx_reply_fn fn, void *arg, kx_error *err);

/* Puts events (each ended by a newline) back into the pending set. They stay in the claimed set
 * as well for now, so a Redis that is full refuses them, unless `when_full`. */
kx_status kx_pending_set_put_back(kx_redis *redis, const char *owner, kx_slice events,
                                  bool when_full, kx_error *err);

/* Removes events that were put back from the claimed set. When the whole claim goes back, the
 * place up to which it is settled does not move; the set shrinks instead. */
kx_status kx_pending_set_let_go(kx_redis *redis, const char *owner, kx_slice events, kx_error *err);

/* Forgets the claim, all of which is settled. */
kx_status kx_pending_set_finish(kx_redis *redis, const char *owner, kx_error *err);

#endif
