/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One export. The caller holds the lock. The export goes through the pending set, then the inbox,
 * then the outbox, and does this with each:
 *
 *   claim -> read pages -> pack -> send -> settle in order -> finish
 *
 * It works in steps, so that the caller can show progress, refresh credentials or stop it in
 * between. Reading, packing, sending and settling overlap (exporter/delivery.h); memory is bounded
 * by the flights of the sender and three pages.
 *
 * Events leave a claim only when they are settled: accepted by the service, put back into the
 * pending set, or moved to the rejected events. Checkpoint entries, one for each batch in the order
 * of reading, say how far that is (events/checkpoint.h). There are two entries for each call in
 * flight, which bounds what a successor repeats after a crash. */

#ifndef KX_EXPORTER_EXPORT_H
#define KX_EXPORTER_EXPORT_H

#include "control/lease.h"
#include "kinesis/sender.h"
#include "redis/redis.h"

/* What an export works with. The caller owns all of it, and it must outlive the export. */
typedef struct kx_export_parts {
  kx_redis *data; /* pending events */
  kx_lease *lease;
  kx_sender *sender;
  kx_stats *stats;
  size_t concurrency;
} kx_export_parts;

typedef struct kx_export kx_export;

/* Begins an export of at most `limit` events (-1: all of them). With `hold` nothing is sent: the
 * events of the outbox go to the pending set. The caller frees `*out`, also after a failure. */
kx_status kx_export_begin(kx_export **out, const kx_export_parts *parts, int64_t limit, bool hold,
                          kx_error *err);

/* Works until about `until_ms` of the monotonic clock. `*done` is true when the export has ended,
 * also by a failure. `*outcome` is valid when it has ended without one. */
kx_status kx_export_step(kx_export *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                         kx_error *err);

/* True when it waits for fresh credentials (kx_sender_credentials). */
bool kx_export_wants_credentials(const kx_export *self);

/* Asks it to end soon: to wait for the calls in flight, and to put back the rest. */
void kx_export_stop(kx_export *self);

/* The number of events accepted so far, and of those pending when the export began. */
int64_t kx_export_accepted(const kx_export *self);
int64_t kx_export_total(const kx_export *self);

/* Releases the export. If it has not ended it is broken off, and its claim stays, as after a crash.
 * NULL is allowed. */
void kx_export_free(kx_export *self);

#endif
