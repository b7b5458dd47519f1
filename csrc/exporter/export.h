/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One export, under a lock that somebody else holds for it: for the pending set,
 * then the inbox, then the outbox:
 *
 *   claim -> read pages -> pack -> send -> settle in order -> finish
 *
 * It is worked off in steps, so that the caller can show progress, refresh
 * credentials or stop in between. Reading, packing, sending and settling
 * overlap; memory is bounded by the flights of the sender and three pages.
 *
 * Events leave a claim only when they are settled: accepted by the service,
 * put back into the pending set, or put among the rejected. Tickets, one a
 * batch in the order of reading, tell how far that is: a claim is settled up to
 * the last ticket before the first one that is open. There are two tickets a
 * call in flight, which bounds what a successor repeats after a crash. */

#ifndef KX_EXPORTER_EXPORT_H
#define KX_EXPORTER_EXPORT_H

#include "control/lease.h"
#include "kinesis/sender.h"
#include "redis/redis.h"

/* What an export works with; all owned by the caller and outliving it. */
typedef struct kx_export_parts {
  kx_redis *data; /* pending events */
  kx_lease *lease;
  kx_sender *sender;
  kx_stats *stats;
  size_t concurrency;
} kx_export_parts;

typedef struct kx_export kx_export;

/* Begins an export of at most `limit` events (-1: all there are). With `hold`
 * nothing is sent: what waits in the outbox goes to the pending set. The caller
 * frees `*out`, also after a failure. */
kx_status kx_export_begin(kx_export **out, const kx_export_parts *parts, int64_t limit, bool hold,
                          kx_error *err);

/* Works until about `until_ms` of the monotonic clock. `*done` tells that it has
 * ended and `*outcome` is valid; after a failure it has ended too. */
kx_status kx_export_step(kx_export *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                         kx_error *err);

/* True when it waits for fresh credentials (kx_sender_credentials). */
bool kx_export_wants_credentials(const kx_export *self);

/* Asks it to finish what is in flight, return the rest and end. */
void kx_export_stop(kx_export *self);

/* Events accepted so far, and pending when it began. */
int64_t kx_export_accepted(const kx_export *self);
int64_t kx_export_total(const kx_export *self);

/* Releases it; one that has not ended is broken off, as a crash would. NULL is
 * allowed. */
void kx_export_free(kx_export *self);

#endif
