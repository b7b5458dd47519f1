/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/export.h"

#include "base/clock.h"
#include "events/claim_cursor.h"
#include "exporter/delivery.h"

#include <stdlib.h>

enum { ENTRIES_PER_CALL = 2 };

/* What is done next; each turn does a bounded piece of it. */
enum phase {
  CLAIM,   /* claim the events of the source */
  RUN,     /* read, pack, send, settle */
  WIND_UP, /* stopping: wait for calls, put back batches and the rest of the page */
  RETURN,  /* put back the rest of the claim */
  ENDED
};

struct kx_export {
  kx_export_parts p;
  enum phase phase;
  const kx_source *source;
  bool hold;   /* nothing is sent: the events of the outbox go to the pending set */
  bool looked; /* for an older claim of this source */
  bool older;  /* there is one: claim again after it */
  int64_t limit, claimed, total, accepted_before;

  kx_claim_cursor cursor;
  kx_delivery delivery;

  bool stopping;
  kx_outcome outcome;
  kx_error failure;
};

static const char *owner(const kx_export *self) {
  return self->p.lease->lock->token;
}

static void set_partial(kx_export *self) {
  if (self->outcome == KX_ALL)
    self->outcome = KX_PARTIAL;
}

void kx_export_stop(kx_export *self) {
  self->stopping = true;
  set_partial(self);
}

static void next_source(kx_export *self) {
  self->looked = self->older = false;
  self->claimed = 0;
  self->phase = ++self->source < kx_sources + KX_SOURCES ? CLAIM : ENDED;
}

/* When an export ends early, the events of the outbox go to the pending set, where a Ruby exporter
 * finds them. */
static void end_early(kx_export *self) {
  if (self->hold) {
    self->phase = ENDED;
    return;
  }
  self->hold = true;
  self->source = &kx_sources[KX_SOURCES - 2];
  next_source(self);
}

static void claim_ended(kx_export *self) {
  bool again = self->older && (self->hold || !self->stopping);
  self->older = false;
  if (self->stopping && !again)
    end_early(self);
  else if (again)
    self->phase = CLAIM;
  else
    next_source(self);
}

static kx_status look_for_claim(kx_export *self, kx_error *err) {
  self->looked = true;
  return kx_source_claimed(self->source, self->p.data, &self->older, err);
}

/* Moves events to the claim, some of them each turn, until the claim has `limit` events. */
static kx_status fill(kx_export *self, bool *filled, kx_error *err) {
  int64_t moved = 0;
  kx_status status = KX_OK;
  if (self->limit > 0)
    status =
      kx_source_claim_some(self->source, self->p.data, owner(self), self->limit, &moved, err);
  self->limit -= moved;
  self->claimed += moved;
  *filled = moved == 0 || self->limit == 0;
  return status;
}

static kx_status finish(kx_export *self, kx_error *err) {
  kx_status status = kx_claim_cursor_finish(&self->cursor, err);
  claim_ended(self);
  return status;
}

/* After a failover the next export continues the claim if the replicas have it. If they lack it,
 * the events are in the source again: they are sent twice, not lost. */
static void let_replicas_have_claim(kx_export *self) {
  (void)kx_replicas_wait(self->p.data, NULL);
}

static kx_status claim_all(kx_export *self, kx_error *err) {
  kx_status status = kx_claim_cursor_claim(&self->cursor, self->source, err);
  if (status != KX_OK)
    return status;
  if (self->cursor.size == 0) {
    next_source(self);
    return KX_OK;
  }
  if (kx_claim_cursor_at_end(&self->cursor))
    return finish(self, err);
  let_replicas_have_claim(self);
  self->phase = RUN;
  return KX_OK;
}

static kx_status return_claim(kx_export *self, kx_error *err) {
  kx_status status = kx_claim_cursor_claim(&self->cursor, self->source, err);
  self->phase = RETURN;
  return status;
}

static kx_status claim_limited(kx_export *self, kx_error *err) {
  bool filled = false;
  kx_status status;
  if (self->older)
    return return_claim(self, err);
  status = fill(self, &filled, err);
  if (status != KX_OK || !filled)
    return status;
  if (self->claimed > 0)
    return claim_all(self, err);
  next_source(self);
  return KX_OK;
}

static kx_status claim(kx_export *self, kx_error *err) {
  kx_status status = self->looked ? KX_OK : look_for_claim(self, err);
  if (status != KX_OK)
    return status;
  if (self->hold)
    return return_claim(self, err);
  if (!self->stopping)
    return self->limit >= 0 ? claim_limited(self, err) : claim_all(self, err);
  if (self->claimed > 0)
    return return_claim(self, err);
  end_early(self);
  return KX_OK;
}

static kx_status run(kx_export *self, kx_error *err) {
  kx_status status = kx_delivery_step(&self->delivery, err);
  if (self->delivery.refused)
    set_partial(self);
  if (kx_sender_stopped(self->p.sender, &self->failure))
    kx_export_stop(self);
  if (self->stopping)
    self->phase = WIND_UP;
  if (status == KX_OK && !self->stopping && kx_delivery_done(&self->delivery))
    return finish(self, err);
  return status;
}

static kx_status wind_up(kx_export *self, kx_error *err) {
  bool done = false;
  kx_status status = kx_delivery_wind_up(&self->delivery, &done, err);
  if (status == KX_OK && done) {
    kx_claim_cursor_rewind(&self->cursor);
    self->phase = RETURN;
  }
  return status;
}

static kx_status return_page(kx_export *self, kx_error *err) {
  kx_slice rest;
  kx_status status = kx_claim_cursor_ask(&self->cursor, err);
  if (status == KX_OK)
    status = kx_pipeline_drain(self->p.data, err);
  if (status != KX_OK || kx_claim_cursor_page(&self->cursor) == NULL)
    return status;
  rest = kx_claim_cursor_rest(&self->cursor);
  if (rest.len > 0)
    status = kx_unsent_put_back(&self->delivery.unsent, rest, true, err);
  if (status == KX_OK)
    status =
      kx_unsent_reject_empty(&self->delivery.unsent, kx_claim_cursor_page(&self->cursor), err);
  return status == KX_OK ? kx_claim_cursor_return_page(&self->cursor, err) : status;
}

static kx_status read_back(kx_export *self, kx_error *err) {
  kx_status status;
  if (!kx_claim_cursor_at_end(&self->cursor) && !kx_claim_cursor_read_all(&self->cursor))
    return return_page(self, err);
  status = kx_pipeline_drain(self->p.data, err);
  return status == KX_OK ? finish(self, err) : status;
}

static kx_status return_rest(kx_export *self, kx_error *err) {
  bool done = false;
  kx_status status;
  if (self->source->to_set)
    return read_back(self, err);
  status = kx_source_unclaim(self->source, self->p.data, owner(self), &done, err);
  if (status == KX_OK && done)
    claim_ended(self);
  return status;
}

static void heed_flag(kx_export *self) {
  if (self->p.lease->off && self->outcome != KX_DISABLED) {
    kx_export_stop(self);
    self->outcome = KX_DISABLED;
  }
}

static kx_status turn(kx_export *self, kx_error *err) {
  kx_status status = kx_lease_mind(self->p.lease, err);
  if (status == KX_OK)
    status = kx_claim_cursor_stay(&self->cursor, err);
  if (status != KX_OK)
    return status;
  heed_flag(self);
  switch (self->phase) {
    case CLAIM: return claim(self, err);
    case RUN: return run(self, err);
    case WIND_UP: return wind_up(self, err);
    default: return return_rest(self, err);
  }
}

/* Ends as a crash does: the claim stays. Replies that Redis still owes point into this export, so
 * the connection is reset. */
static void break_off(kx_export *self) {
  if (self->phase == ENDED)
    return;
  self->phase = ENDED;
  kx_delivery_abort(&self->delivery);
  kx_redis_reset(self->p.data);
}

kx_status kx_export_step(kx_export *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                         kx_error *err) {
  kx_status status = KX_OK;
  while (status == KX_OK && self->phase != ENDED && kx_monotonic_ms() <= until_ms) {
    status = turn(self, err);
    if (kx_export_wants_credentials(self))
      break;
  }
  if (status != KX_OK)
    break_off(self);
  *done = self->phase == ENDED;
  *outcome = self->outcome;
  if (!*done || status != KX_OK || self->failure.code == KX_OK)
    return status;
  return kx_fail(err, self->failure.code, "%s", self->failure.text);
}

bool kx_export_wants_credentials(const kx_export *self) {
  return self->phase == RUN && !self->stopping && kx_sender_wants_credentials(self->p.sender);
}

int64_t kx_export_accepted(const kx_export *self) {
  return self->p.stats->events_accepted - self->accepted_before;
}

int64_t kx_export_total(const kx_export *self) {
  return self->total;
}

kx_status kx_export_begin(kx_export **out, const kx_export_parts *parts, int64_t limit, bool hold,
                          kx_error *err) {
  kx_export *self = calloc(1, sizeof *self);
  *out = self;
  if (self == NULL)
    return kx_fail_memory(err);
  self->phase = ENDED;
  self->p = *parts;
  self->delivery = (kx_delivery){
    .cursor = &self->cursor,
    .sender = parts->sender,
    .unsent = {parts->data, parts->lease, parts->stats},
  };
  kx_status status = kx_claim_cursor_make(
    &self->cursor, parts->data, owner(self), parts->concurrency * ENTRIES_PER_CALL, err);
  if (status == KX_OK)
    status = kx_claim_count(parts->data, &self->total, err);
  if (status != KX_OK)
    return status;
  self->phase = CLAIM;
  self->source = hold ? &kx_sources[KX_SOURCES - 1] : kx_sources;
  self->hold = hold;
  self->limit = limit;
  self->accepted_before = parts->stats->events_accepted;
  kx_sender_begin(parts->sender);
  return KX_OK;
}

void kx_export_free(kx_export *self) {
  if (self == NULL)
    return;
  break_off(self);
  kx_claim_cursor_free(&self->cursor);
  free(self);
}
