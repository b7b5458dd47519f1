/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* How far a claim is settled, although batches end in any order. Each batch draws an entry in the
 * order of reading. The claim is settled up to the place of the last entry before the first one
 * that is open. The number of entries is fixed, which bounds what is repeated after a crash.
 * Pure. */

#ifndef KX_EVENTS_CHECKPOINT_H
#define KX_EVENTS_CHECKPOINT_H

#include "base/error.h"
#include "events/reader.h"

typedef struct kx_checkpoint_entry {
  unsigned parts; /* how many flights of its batch are not settled; 0 closes the entry */
  kx_place place; /* everything before it is in this batch or in earlier ones */
} kx_checkpoint_entry;

/* A ring of entries; all-zero has none. */
typedef struct kx_checkpoint {
  kx_checkpoint_entry *ring; /* owned */
  size_t first, open, most;
  kx_place settled;
} kx_checkpoint;

/* Makes room for `most` entries. */
kx_status kx_checkpoint_make(kx_checkpoint *checkpoint, size_t most, kx_error *err);

/* Starts again at `from`. No entry may be open. */
void kx_checkpoint_begin(kx_checkpoint *checkpoint, const kx_place *from);

/* True when there is a free entry. */
bool kx_checkpoint_left(const kx_checkpoint *checkpoint);

/* Draws an entry. The caller counts its `parts` down to 0. */
kx_checkpoint_entry *
kx_checkpoint_draw(kx_checkpoint *checkpoint, const kx_place *place, unsigned parts);

/* The place up to which everything is settled. */
const kx_place *kx_checkpoint_settled(kx_checkpoint *checkpoint);

/* True when no entry is open. */
bool kx_checkpoint_done(kx_checkpoint *checkpoint);

/* Releases the ring. */
void kx_checkpoint_free(kx_checkpoint *checkpoint);

#endif
