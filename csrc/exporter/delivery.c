/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/delivery.h"

#include "base/newlines.h"
#include "events/rejected_events.h"

enum { WAIT_MS = 50 };

static kx_status reject_first(kx_delivery *delivery, kx_error *err) {
  return kx_unsent_reject(
    &delivery->unsent, kx_claim_cursor_take_event(delivery->cursor), KX_REJECTED_LARGE, err);
}

static kx_status leave_page(kx_delivery *delivery, kx_error *err) {
  kx_status status =
    kx_unsent_reject_empty(&delivery->unsent, kx_claim_cursor_page(delivery->cursor), err);
  kx_claim_cursor_leave_page(delivery->cursor);
  return status;
}

static kx_status submit(kx_delivery *delivery, kx_error *err) {
  kx_flight *flight = delivery->flight;
  kx_checkpoint_entry *entry = kx_claim_cursor_draw(delivery->cursor, 1);
  kx_status status = kx_lease_ask(delivery->unsent.lease, err);
  delivery->flight = NULL;
  if (status == KX_OK)
    status = kx_sender_submit(delivery->sender, flight, &entry->parts, err);
  return status;
}

static kx_status pack_page(kx_delivery *delivery, kx_error *err) {
  size_t bytes = 0, before = delivery->flight->batch.events;
  kx_packed packed = kx_batch_pack(
    &delivery->flight->batch, kx_sender_frame(delivery->sender), kx_sender_limits(delivery->sender),
    kx_claim_cursor_rest(delivery->cursor), &bytes);
  kx_claim_cursor_take(delivery->cursor, bytes, delivery->flight->batch.events - before);
  if (packed == KX_PACKED_LARGE)
    return reject_first(delivery, err);
  return packed == KX_PACKED_FULL ? submit(delivery, err) : leave_page(delivery, err);
}

static bool may_pack(kx_delivery *delivery) {
  if (kx_claim_cursor_page(delivery->cursor) == NULL)
    return false;
  if (delivery->flight == NULL && kx_claim_cursor_may_draw(delivery->cursor))
    delivery->flight = kx_sender_idle(delivery->sender);
  return delivery->flight != NULL;
}

/* Sends the batch even if it is not full. Pages that left nothing to send still move the place
 * up to which the claim is settled. */
static kx_status close_flight(kx_delivery *delivery, kx_error *err) {
  kx_flight *flight = delivery->flight;
  if (flight->batch.events > 0)
    return submit(delivery, err);
  delivery->flight = NULL;
  kx_sender_release(delivery->sender, flight);
  kx_claim_cursor_draw(delivery->cursor, 0);
  return KX_OK;
}

static kx_status pack(kx_delivery *delivery, bool *packed, kx_error *err) {
  kx_status status = KX_OK;
  *packed = may_pack(delivery);
  if (*packed)
    status = pack_page(delivery, err);
  if (status == KX_OK && delivery->flight != NULL && kx_claim_cursor_read_all(delivery->cursor))
    status = close_flight(delivery, err);
  return status;
}

static kx_status take_unsent(kx_delivery *delivery, const kx_flight *flight, kx_error *err) {
  switch (flight->result) {
    case KX_REFUSED:
      delivery->refused = true;
      return kx_unsent_put_back_batch(&delivery->unsent, &flight->batch, delivery->winding_up, err);
    case KX_TOO_LARGE: return kx_unsent_reject_batch(&delivery->unsent, &flight->batch, err);
    default: return KX_OK;
  }
}

static kx_status take_flight(kx_delivery *delivery, kx_flight *flight, kx_error *err) {
  kx_status status = kx_lease_mind(delivery->unsent.lease, err);
  if (status == KX_OK)
    status = take_unsent(delivery, flight, err);
  if (status != KX_OK)
    return status;
  --*flight->parts;
  kx_sender_release(delivery->sender, flight);
  return KX_OK;
}

static kx_status take_settled(kx_delivery *delivery, kx_error *err) {
  kx_flight *flight;
  kx_status status = KX_OK;
  while (status == KX_OK && (flight = kx_sender_settled(delivery->sender)) != NULL)
    status = take_flight(delivery, flight, err);
  return status == KX_OK ? kx_claim_cursor_keep(delivery->cursor, err) : status;
}

/* Lets Redis and the service progress, waiting for either at most `wait_ms`. */
static kx_status progress(kx_delivery *delivery, int wait_ms, kx_error *err) {
  kx_redis *redis[] = {delivery->unsent.data, delivery->unsent.lease->main};
  kx_http_watch watches[2];
  size_t n = 0;
  for (size_t i = 0; i < 2; i++)
    if (kx_pipeline_owed(redis[i]) > 0)
      watches[n++] = (kx_http_watch){kx_pipeline_fd(redis[i]), false};
  kx_status status = kx_sender_wait(delivery->sender, watches, n, wait_ms, err);
  for (size_t i = 0; i < 2 && status == KX_OK; i++)
    status = kx_pipeline_progress(redis[i], err);
  return status;
}

bool kx_delivery_done(kx_delivery *delivery) {
  return kx_claim_cursor_read_all(delivery->cursor) && delivery->flight == NULL &&
         kx_claim_cursor_settled(delivery->cursor) && kx_claim_cursor_kept(delivery->cursor);
}

kx_status kx_delivery_step(kx_delivery *delivery, kx_error *err) {
  bool packed = false;
  kx_status status = kx_claim_cursor_ask(delivery->cursor, err);
  if (status == KX_OK)
    status = pack(delivery, &packed, err);
  if (status == KX_OK)
    status = progress(delivery, packed ? 0 : WAIT_MS, err);
  return status == KX_OK ? take_settled(delivery, err) : status;
}

/* A page of which a part is in flight: the other part is put back, so that the claim is settled
 * up to the page's end. */
static kx_status give_up_page(kx_delivery *delivery, kx_error *err) {
  kx_slice rest;
  if (delivery->cursor->taken == 0)
    return KX_OK;
  rest = kx_claim_cursor_rest(delivery->cursor);
  kx_claim_cursor_take(delivery->cursor, rest.len, kx_newlines_count(rest));
  kx_status status = kx_unsent_put_back(&delivery->unsent, rest, delivery->winding_up, err);
  if (status == KX_OK)
    status = leave_page(delivery, err);
  kx_claim_cursor_draw(delivery->cursor, 0);
  return status;
}

/* Settles the page that was begun, once nothing is in flight. */
static kx_status settle_page(kx_delivery *delivery, bool *done, kx_error *err) {
  kx_status status = give_up_page(delivery, err);
  if (status == KX_OK)
    status = kx_claim_cursor_keep(delivery->cursor, err);
  if (status == KX_OK)
    status = kx_pipeline_drain(delivery->unsent.data, err);
  *done = status == KX_OK && kx_claim_cursor_kept(delivery->cursor);
  return status;
}

kx_status kx_delivery_wind_up(kx_delivery *delivery, bool *done, kx_error *err) {
  kx_status status = KX_OK;
  *done = false;
  delivery->winding_up = true;
  kx_sender_stop(delivery->sender);
  if (delivery->flight != NULL)
    status = close_flight(delivery, err);
  if (status == KX_OK)
    status = progress(delivery, WAIT_MS, err);
  if (status == KX_OK)
    status = take_settled(delivery, err);
  if (status != KX_OK || kx_sender_busy(delivery->sender) ||
      kx_pipeline_owed(delivery->unsent.data) > 0 || !kx_claim_cursor_settled(delivery->cursor))
    return status;
  return settle_page(delivery, done, err);
}

void kx_delivery_abort(kx_delivery *delivery) {
  delivery->flight = NULL;
  kx_sender_abort(delivery->sender);
}
