/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/export.h"

#include "base/clock.h"
#include "base/newlines.h"
#include "events/checkpoint.h"
#include "events/rejected_events.h"
#include "events/source.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 50, ENTRIES_PER_CALL = 2 };

/* What is done next; each turn does a bounded piece of it. */
enum phase {
  CLAIM,   /* take the source's events in hand */
  RUN,     /* read, pack, send, settle */
  WIND_UP, /* stopping: calls end, batches and the rest of the page go back */
  RETURN,  /* the rest of the claim goes back */
  ENDED
};

struct kx_export {
  kx_export_parts p;
  enum phase phase;
  const kx_source *source;
  bool hold;   /* nothing is sent: the outbox goes to the pending set */
  bool looked; /* for an older claim of this source */
  bool older;  /* there is one: after it, claim again */
  int64_t limit, claimed, size, total, accepted_before;
  char run_id[64]; /* of the server that the claim is in */

  kx_reader reader;
  size_t used;   /* bytes of the reader's page that are packed */
  size_t passed; /* events among them */
  kx_place packed;
  kx_flight *flight; /* being packed */
  kx_checkpoint checkpoint;
  kx_place kept; /* what Redis knows to be settled */
  bool keeping;  /* and is being told */

  bool stopping;
  kx_outcome outcome;
  kx_error failure;
};

static const char *owner(const kx_export *self) {
  return self->p.lease->lock->token;
}

void kx_export_stop(kx_export *self) {
  self->stopping = true;
  if (self->outcome == KX_ALL)
    self->outcome = KX_PARTIAL;
}

/* What was put back while the lock was not ours may be gone again: it stays in the claim. A
 * Redis that is full takes what an export leaves when it ends; before that there may be no
 * end of what the service refuses. */
static kx_status put_back(kx_export *self, kx_slice events, kx_error *err) {
  kx_status status = kx_lease_confirm(self->p.lease, err);
  if (status == KX_OK)
    status = kx_pending_set_put_back(self->p.data, owner(self), events, self->phase != RUN, err);
  return status == KX_OK ? kx_lease_confirm(self->p.lease, err) : status;
}

/* Keeping: Redis is told how far the claim is settled. */

static kx_status keep_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_export *self = arg;
  self->keeping = false;
  return kx_claim_check(kx_reply_integer(reply), err);
}

static bool kept_up(const kx_export *self, const kx_place *settled) {
  return settled->scan.settled == self->kept.scan.settled && settled->chunks == self->kept.chunks;
}

static kx_status keep(kx_export *self, kx_error *err) {
  const kx_place *settled = kx_checkpoint_settled(&self->checkpoint);
  kx_status status;
  if (self->keeping || kept_up(self, settled))
    return KX_OK;
  self->keeping = true;
  kx_reader_trimmed(&self->reader, settled->chunks - self->kept.chunks);
  status = kx_source_settle(
    self->source, self->p.data, owner(self), &self->kept, settled, keep_answered, self, err);
  self->kept = *settled;
  return status;
}

/* Packing: the reader's pages go into flights. */

static kx_slice unpacked(const kx_export *self) {
  const kx_page *page = kx_reader_page(&self->reader);
  return (kx_slice){page->events.data + self->used, page->events.len - self->used};
}

static kx_status reject(kx_export *self, kx_slice event, const char *reason, kx_error *err) {
  kx_status status =
    kx_rejected_events_move(self->p.data, event, reason, kx_wall_us() / 1000000, err);
  self->p.stats->events_rejected += status == KX_OK;
  return status;
}

static kx_status reject_first(kx_export *self, kx_error *err) {
  kx_slice left = unpacked(self);
  size_t len = (size_t)((const char *)memchr(left.data, '\n', left.len) - left.data);
  self->used += len + 1;
  self->passed++;
  return reject(self, (kx_slice){left.data, len}, KX_REJECTED_LARGE, err);
}

static kx_status leave_page(kx_export *self, kx_error *err) {
  kx_status status = KX_OK;
  if (kx_reader_page(&self->reader)->empty > 0)
    status = reject(self, kx_str(""), KX_REJECTED_EMPTY, err);
  kx_reader_next(&self->reader, &self->packed);
  self->packed.events += (int64_t)self->passed;
  self->used = self->passed = 0;
  return status;
}

static kx_status submit(kx_export *self, kx_error *err) {
  kx_flight *flight = self->flight;
  kx_checkpoint_entry *entry = kx_checkpoint_draw(&self->checkpoint, &self->packed, 1);
  kx_status status = kx_lease_ask(self->p.lease, err);
  self->flight = NULL;
  if (status == KX_OK)
    status = kx_sender_submit(self->p.sender, flight, &entry->parts, err);
  return status;
}

static kx_status pack_page(kx_export *self, kx_error *err) {
  size_t used = 0, before = self->flight->batch.events;
  kx_packed packed = kx_batch_pack(&self->flight->batch, kx_sender_frame(self->p.sender),
                                   kx_sender_limits(self->p.sender), unpacked(self), &used);
  self->used += used;
  self->passed += self->flight->batch.events - before;
  if (packed == KX_PACKED_LARGE)
    return reject_first(self, err);
  return packed == KX_PACKED_FULL ? submit(self, err) : leave_page(self, err);
}

static bool may_pack(kx_export *self) {
  if (kx_reader_page(&self->reader) == NULL)
    return false;
  if (self->flight == NULL && kx_checkpoint_left(&self->checkpoint))
    self->flight = kx_sender_idle(self->p.sender);
  return self->flight != NULL;
}

/* The last batch is sent as it is. Pages that left nothing to send still move
 * the place that is settled. */
static kx_status pack_the_rest(kx_export *self, kx_error *err) {
  kx_flight *flight = self->flight;
  if (flight->batch.events > 0)
    return submit(self, err);
  self->flight = NULL;
  kx_sender_release(self->p.sender, flight);
  kx_checkpoint_draw(&self->checkpoint, &self->packed, 0);
  return KX_OK;
}

static kx_status pack(kx_export *self, bool *packed, kx_error *err) {
  kx_status status = KX_OK;
  *packed = may_pack(self);
  if (*packed)
    status = pack_page(self, err);
  if (status == KX_OK && self->flight != NULL && kx_reader_done(&self->reader))
    status = pack_the_rest(self, err);
  return status;
}

/* What the sender is done with: events that were not accepted go back before
 * their ticket closes. */

static kx_status put_back_batch(kx_export *self, const kx_batch *batch, kx_error *err) {
  kx_buf events = {0};
  kx_status status = KX_OK;
  for (size_t i = 0; i < batch->n_records; i++)
    kx_batch_events(batch, i, &events);
  if (!kx_buf_ok(&events))
    status = kx_fail_memory(err);
  else if (events.len > 0)
    status = put_back(self, kx_buf_view(&events), err);
  kx_buf_free(&events);
  if (status == KX_OK)
    self->p.stats->events_refused += (int64_t)batch->events;
  if (self->outcome == KX_ALL)
    self->outcome = KX_PARTIAL;
  return status;
}

static kx_status reject_batch(kx_export *self, const kx_batch *batch, kx_error *err) {
  kx_buf event = {0};
  kx_status status;
  kx_batch_events(batch, 0, &event);
  if (kx_buf_ok(&event) && event.len > 0)
    status = reject(self, (kx_slice){event.data, event.len - 1}, KX_REJECTED_LARGE, err);
  else
    status = kx_fail_memory(err);
  kx_buf_free(&event);
  return status;
}

static kx_status take_back(kx_export *self, kx_flight *flight, kx_error *err) {
  kx_status status = kx_lease_mind(self->p.lease, err);
  if (status == KX_OK && flight->result == KX_REFUSED)
    status = put_back_batch(self, &flight->batch, err);
  else if (status == KX_OK && flight->result == KX_TOO_LARGE)
    status = reject_batch(self, &flight->batch, err);
  if (status != KX_OK)
    return status;
  --*flight->parts;
  kx_sender_release(self->p.sender, flight);
  return KX_OK;
}

static kx_status take_settled(kx_export *self, kx_error *err) {
  kx_flight *flight;
  kx_status status = KX_OK;
  while (status == KX_OK && (flight = kx_sender_settled(self->p.sender)) != NULL)
    status = take_back(self, flight, err);
  return status == KX_OK ? keep(self, err) : status;
}

/* Lets Redis and the service progress, waiting for either at most `wait_ms`. */
static kx_status progress(kx_export *self, int wait_ms, kx_error *err) {
  kx_redis *redis[] = {self->p.data, self->p.lease->main};
  kx_http_watch watches[2];
  size_t n = 0;
  for (size_t i = 0; i < 2; i++)
    if (kx_redis_owed(redis[i]) > 0)
      watches[n++] = (kx_http_watch){kx_redis_fd(redis[i]), false};
  kx_status status = kx_sender_wait(self->p.sender, watches, n, wait_ms, err);
  for (size_t i = 0; i < 2 && status == KX_OK; i++)
    status = kx_redis_progress(redis[i], err);
  return status;
}

/* Phases. */

static void next_source(kx_export *self) {
  self->looked = self->older = false;
  self->claimed = 0;
  self->phase = ++self->source < kx_sources + KX_SOURCES ? CLAIM : ENDED;
}

/* What is in the outbox when an export ends early goes where a Ruby exporter
 * finds it. */
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

static kx_status look(kx_export *self, kx_error *err) {
  self->looked = true;
  return kx_source_claimed(self->source, self->p.data, &self->older, err);
}

/* With a limit the claim is filled with that many events, a slice a turn. */
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

static kx_status take_claim(kx_export *self, kx_error *err) {
  kx_place from;
  kx_status status =
    kx_source_claim(self->source, self->p.data, owner(self), &self->size, &from, err);
  self->packed = self->kept = from;
  self->used = self->passed = 0;
  kx_checkpoint_begin(&self->checkpoint, &from);
  kx_source_read(self->source, &self->reader, &from, self->size);
  return status;
}

/* A set that an earlier export settled to its end, and did not live to forget. */
static bool at_end(const kx_place *place) {
  return place->scan.settled > 0 && strcmp(place->scan.cursor, "0") == 0;
}

static kx_status finish(kx_export *self, kx_error *err) {
  kx_status status = kx_source_finish(self->source, self->p.data, owner(self), err);
  claim_ended(self);
  return status;
}

/* The claim that replicas have is gone on with after a failover. One that they lack is as
 * if there had been none: its events are sent again, not lost. */
static void let_replicas_have_claim(kx_export *self) {
  (void)kx_redis_replicated(self->p.data, NULL);
}

static kx_status claim_all(kx_export *self, kx_error *err) {
  kx_status status = take_claim(self, err);
  if (status != KX_OK)
    return status;
  if (self->size == 0) {
    next_source(self);
    return KX_OK;
  }
  if (at_end(&self->packed))
    return finish(self, err);
  let_replicas_have_claim(self);
  self->phase = RUN;
  return KX_OK;
}

static void begin_return(kx_export *self) {
  self->packed = self->kept;
  self->used = 0;
  kx_checkpoint_begin(&self->checkpoint, &self->kept);
  kx_source_read(self->source, &self->reader, &self->kept, self->size);
  self->phase = RETURN;
}

static kx_status return_claim(kx_export *self, kx_error *err) {
  kx_status status = take_claim(self, err);
  begin_return(self);
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
  kx_status status = self->looked ? KX_OK : look(self, err);
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

static bool run_is_over(kx_export *self) {
  return kx_reader_done(&self->reader) && self->flight == NULL &&
         kx_checkpoint_done(&self->checkpoint) && !self->keeping &&
         kept_up(self, kx_checkpoint_settled(&self->checkpoint));
}

static kx_status run(kx_export *self, kx_error *err) {
  bool packed = false;
  kx_status status = kx_reader_ask(&self->reader, self->p.data, err);
  if (status == KX_OK)
    status = pack(self, &packed, err);
  if (status == KX_OK)
    status = progress(self, packed ? 0 : WAIT_MS, err);
  if (status == KX_OK)
    status = take_settled(self, err);
  if (kx_sender_stopped(self->p.sender, &self->failure))
    kx_export_stop(self);
  if (self->stopping)
    self->phase = WIND_UP;
  if (status == KX_OK && !self->stopping && run_is_over(self))
    return finish(self, err);
  return status;
}

/* A page of which a part is on its way: the other part goes back, so that the
 * claim is settled up to the page's end. */
static kx_status give_up_page(kx_export *self, kx_error *err) {
  kx_status status;
  if (self->used == 0)
    return KX_OK;
  self->passed += kx_newlines_count(unpacked(self));
  status = put_back(self, unpacked(self), err);
  if (status == KX_OK)
    status = leave_page(self, err);
  kx_checkpoint_draw(&self->checkpoint, &self->packed, 0);
  return status;
}

static kx_status give_up_flight(kx_export *self, kx_error *err) {
  kx_flight *flight = self->flight;
  if (flight == NULL)
    return KX_OK;
  if (flight->batch.events > 0)
    return submit(self, err);
  self->flight = NULL;
  kx_sender_release(self->p.sender, flight);
  return KX_OK;
}

static kx_status wind_up(kx_export *self, kx_error *err) {
  kx_status status;
  kx_sender_stop(self->p.sender);
  status = give_up_flight(self, err);
  if (status == KX_OK)
    status = progress(self, WAIT_MS, err);
  if (status == KX_OK)
    status = take_settled(self, err);
  if (status != KX_OK || kx_sender_busy(self->p.sender) || kx_redis_owed(self->p.data) > 0 ||
      !kx_checkpoint_done(&self->checkpoint))
    return status;
  status = give_up_page(self, err);
  if (status == KX_OK)
    status = keep(self, err);
  if (status == KX_OK)
    status = kx_redis_drain(self->p.data, err);
  if (status == KX_OK && kept_up(self, kx_checkpoint_settled(&self->checkpoint)))
    begin_return(self);
  return status;
}

/* A list is settled up to the page's end. A set loses the page instead: Redis never has to
 * hold all of it twice. */
static kx_status settle_page(kx_export *self, kx_slice events, kx_error *err) {
  kx_status status = KX_OK;
  if (self->source->chunks == NULL && events.len > 0)
    status = kx_pending_set_let_go(self->p.data, owner(self), events, err);
  self->passed = kx_newlines_count(events);
  if (status == KX_OK)
    status = leave_page(self, err);
  if (status != KX_OK || self->source->chunks == NULL)
    return status;
  kx_checkpoint_draw(&self->checkpoint, &self->packed, 0);
  return keep(self, err);
}

static kx_status return_page(kx_export *self, kx_error *err) {
  const kx_page *page;
  kx_slice events;
  kx_status status = kx_reader_ask(&self->reader, self->p.data, err);
  if (status == KX_OK)
    status = kx_redis_drain(self->p.data, err);
  page = kx_reader_page(&self->reader);
  if (status != KX_OK || page == NULL)
    return status;
  events = kx_buf_view(&page->events);
  if (events.len > 0)
    status = put_back(self, events, err);
  return status == KX_OK ? settle_page(self, events, err) : status;
}

static kx_status read_back(kx_export *self, kx_error *err) {
  kx_status status;
  if (!at_end(&self->kept) && !kx_reader_done(&self->reader))
    return return_page(self, err);
  status = kx_redis_drain(self->p.data, err);
  return status == KX_OK ? finish(self, err) : status;
}

static kx_status give_back(kx_export *self, kx_error *err) {
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

/* The same process has all that it has answered; another one may lack some of it, and a
 * place in the claim may be another place there. */
static kx_status check_server(kx_export *self, kx_error *err) {
  const char *run_id = "";
  kx_status status = kx_redis_run_id(self->p.data, &run_id, err);
  if (status != KX_OK || strcmp(run_id, self->run_id) == 0)
    return status;
  return kx_fail(err, KX_REDIS,
                 "redis: another server has taken over during the export: the next one goes on");
}

/* Calls may take longer than a silent connection lasts. */
static kx_status stay_connected(kx_export *self, kx_error *err) {
  bool anew;
  kx_status status = kx_redis_stay(self->p.data, &anew, err);
  return status == KX_OK && anew ? check_server(self, err) : status;
}

static kx_status remember_server(kx_export *self, kx_error *err) {
  const char *run_id = "";
  kx_status status = kx_redis_run_id(self->p.data, &run_id, err);
  snprintf(self->run_id, sizeof self->run_id, "%s", run_id);
  return status;
}

static kx_status turn(kx_export *self, kx_error *err) {
  kx_status status = kx_lease_mind(self->p.lease, err);
  if (status == KX_OK)
    status = stay_connected(self, err);
  if (status != KX_OK)
    return status;
  heed_flag(self);
  switch (self->phase) {
    case CLAIM: return claim(self, err);
    case RUN: return run(self, err);
    case WIND_UP: return wind_up(self, err);
    default: return give_back(self, err);
  }
}

/* As a crash would: what is claimed stays claimed. Replies that are still owed
 * point into this run. */
static void break_off(kx_export *self) {
  if (self->phase == ENDED)
    return;
  self->phase = ENDED;
  self->flight = NULL;
  kx_sender_abort(self->p.sender);
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
  *err = self->failure;
  return self->failure.code;
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
  kx_status status =
    kx_checkpoint_make(&self->checkpoint, parts->concurrency * ENTRIES_PER_CALL, err);
  if (status == KX_OK)
    status = kx_claim_count(parts->data, &self->total, err);
  if (status != KX_OK)
    return status;
  self->p = *parts;
  status = remember_server(self, err);
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
  kx_reader_free(&self->reader);
  kx_checkpoint_free(&self->checkpoint);
  free(self);
}
