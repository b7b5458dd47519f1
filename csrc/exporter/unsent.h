/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Events that an export could not deliver. They go back to the pending set, or to the rejected
 * events when no later export can deliver them either. After that they are settled. */

#ifndef KX_EXPORTER_UNSENT_H
#define KX_EXPORTER_UNSENT_H

#include "base/stats.h"
#include "control/lease.h"
#include "kinesis/batch.h"

/* Where they go, and under which lock; all owned by the caller. */
typedef struct kx_unsent {
  kx_redis *data;
  kx_lease *lease;
  kx_stats *stats;
} kx_unsent;

/* Puts events (each ended by a newline) back into the pending set. A Redis that is full may
 * refuse them, unless `when_full`. Fails when the lock was not ours before and after: a Ruby
 * exporter may then have dropped them again, so they must stay in the claim. */
kx_status kx_unsent_put_back(const kx_unsent *unsent, kx_slice events, bool when_full,
                             kx_error *err);

/* Puts back what is left in a batch that the service refused. */
kx_status kx_unsent_put_back_batch(const kx_unsent *unsent, const kx_batch *batch, bool when_full,
                                   kx_error *err);

/* Moves an event (without a newline) to the rejected events. */
kx_status kx_unsent_reject(const kx_unsent *unsent, kx_slice event, const char *reason,
                           kx_error *err);

/* Rejects what is empty in a page. */
kx_status kx_unsent_reject_empty(const kx_unsent *unsent, const kx_page *page, kx_error *err);

/* Rejects the only event of a batch, which the service finds too large. */
kx_status kx_unsent_reject_batch(const kx_unsent *unsent, const kx_batch *batch, kx_error *err);

#endif
