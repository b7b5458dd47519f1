/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The way from a claim to the service: pages become batches, batches become flights, and
 * settled flights move the place up to which the claim is settled. Reading, packing, sending and
 * settling overlap. The events of a flight that were not accepted are put back or rejected before
 * the checkpoint entry of its batch closes. */

#ifndef KX_EXPORTER_DELIVERY_H
#define KX_EXPORTER_DELIVERY_H

#include "events/claim_cursor.h"
#include "exporter/unsent.h"
#include "kinesis/sender.h"

/* What it works with is owned by the caller. */
typedef struct kx_delivery {
  kx_claim_cursor *cursor;
  kx_sender *sender;
  kx_unsent unsent;
  kx_flight *flight; /* being packed, or NULL */
  bool refused;      /* the service has refused events */
  bool winding_up;   /* a Redis that is full must now accept what is put back */
} kx_delivery;

/* Works for one turn: asks for pages, packs one, lets Redis and the service progress, and takes
 * the flights that are settled. Waits a moment when there is nothing to pack. */
kx_status kx_delivery_step(kx_delivery *delivery, kx_error *err);

/* True when the whole claim is settled, and Redis knows. */
bool kx_delivery_done(kx_delivery *delivery);

/* Works for one turn towards an early end: starts no more calls, and puts back what was not
 * accepted, with the rest of a page of which a part was sent. `*done` is true when all that was
 * taken from the claim is settled, and Redis knows. */
kx_status kx_delivery_wind_up(kx_delivery *delivery, bool *done, kx_error *err);

/* Drops all flights. Whether their events were accepted is unknown; they stay in the claim. */
void kx_delivery_abort(kx_delivery *delivery);

#endif
