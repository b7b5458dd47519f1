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

typedef struct kx_ticket {
  unsigned parts; /* flights that its batch has become and that are not settled */
  kx_place place; /* everything before it is in this or in earlier batches */
} kx_ticket;

/* A ring of tickets; all-zero is one without any. */
typedef struct kx_tickets {
  kx_ticket *ring; /* owned */
  size_t first, open, most;
  kx_place settled;
} kx_tickets;

/* Makes `most` tickets. */
kx_status kx_tickets_make(kx_tickets *tickets, size_t most, kx_error *err);

/* Begins anew at `from`; no ticket may be open. */
void kx_tickets_begin(kx_tickets *tickets, const kx_place *from);

/* True when a ticket can be drawn. */
bool kx_tickets_left(const kx_tickets *tickets);

/* Draws a ticket. The caller counts `parts` down. */
kx_ticket *kx_tickets_draw(kx_tickets *tickets, const kx_place *place, unsigned parts);

/* The place up to which everything is settled. */
const kx_place *kx_tickets_settled(kx_tickets *tickets);

/* True when no ticket is open. */
bool kx_tickets_done(kx_tickets *tickets);

/* Releases the ring. */
void kx_tickets_free(kx_tickets *tickets);

#endif
