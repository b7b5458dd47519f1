/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/unsent.h"

#include "base/clock.h"
#include "events/pending_set.h"
#include "events/rejected_events.h"

kx_status kx_unsent_put_back(const kx_unsent *unsent, kx_slice events, bool when_full,
                             kx_error *err) {
  const char *owner = unsent->lease->lock->token;
  kx_status status = kx_lease_confirm(unsent->lease, err);
  if (status == KX_OK)
    status = kx_pending_set_put_back(unsent->data, owner, events, when_full, err);
  return status == KX_OK ? kx_lease_confirm(unsent->lease, err) : status;
}

kx_status kx_unsent_put_back_batch(const kx_unsent *unsent, const kx_batch *batch, bool when_full,
                                   kx_error *err) {
  kx_buf events = {0};
  kx_status status = KX_OK;
  for (size_t i = 0; i < batch->n_records; i++)
    kx_batch_events(batch, i, &events);
  if (!kx_buf_ok(&events))
    status = kx_fail_memory(err);
  else if (events.len > 0)
    status = kx_unsent_put_back(unsent, kx_buf_view(&events), when_full, err);
  kx_buf_free(&events);
  if (status == KX_OK)
    unsent->stats->events_refused += (int64_t)batch->events;
  return status;
}

kx_status kx_unsent_reject(const kx_unsent *unsent, kx_slice event, const char *reason,
                           kx_error *err) {
  kx_status status =
    kx_rejected_events_move(unsent->data, event, reason, kx_wall_us() / 1000000, err);
  unsent->stats->events_rejected += status == KX_OK;
  return status;
}

kx_status kx_unsent_reject_empty(const kx_unsent *unsent, const kx_page *page, kx_error *err) {
  return page->empty > 0 ? kx_unsent_reject(unsent, kx_str(""), KX_REJECTED_EMPTY, err) : KX_OK;
}

kx_status kx_unsent_reject_batch(const kx_unsent *unsent, const kx_batch *batch, kx_error *err) {
  kx_buf event = {0};
  kx_status status;
  kx_batch_events(batch, 0, &event);
  if (kx_buf_ok(&event) && event.len > 0)
    status =
      kx_unsent_reject(unsent, (kx_slice){event.data, event.len - 1}, KX_REJECTED_LARGE, err);
  else
    status = kx_fail_memory(err);
  kx_buf_free(&event);
  return status;
}
