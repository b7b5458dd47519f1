/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* How far a claim is settled, when batches end in any order. Each batch draws a
 * ticket in the order of reading; the claim is settled up to the place of the
 * last ticket before the first one that is open. There is a fixed number of
 * tickets, which bounds what is repeated after a crash. Pure. */

#ifndef KX_EVENTS_CHECKPOINT_H
#define KX_EVENTS_CHECKPOINT_H

#include "base/error.h"
#include "events/reader.h"

typedef struct kx_checkpoint_entry {
  unsigned parts; /* flights that its batch has become and that are not settled */
  kx_place place; /* everything before it is in this or in earlier batches */
} kx_checkpoint_entry;

/* A ring of tickets; all-zero is one without any. */
typedef struct kx_checkpoint {
  kx_checkpoint_entry *ring; /* owned */
  size_t first, open, most;
  kx_place settled;
} kx_checkpoint;

/* Makes `most` tickets. */
kx_status kx_checkpoint_make(kx_checkpoint *checkpoint, size_t most, kx_error *err);

/* Begins anew at `from`; no ticket may be open. */
void kx_checkpoint_begin(kx_checkpoint *checkpoint, const kx_place *from);

/* True when a ticket can be drawn. */
bool kx_checkpoint_left(const kx_checkpoint *checkpoint);

/* Draws a ticket. The caller counts `parts` down. */
kx_checkpoint_entry *
kx_checkpoint_draw(kx_checkpoint *checkpoint, const kx_place *place, unsigned parts);

/* The place up to which everything is settled. */
const kx_place *kx_checkpoint_settled(kx_checkpoint *checkpoint);

/* True when no ticket is open. */
bool kx_checkpoint_done(kx_checkpoint *checkpoint);

/* Releases the ring. */
void kx_checkpoint_free(kx_checkpoint *checkpoint);

#endif
