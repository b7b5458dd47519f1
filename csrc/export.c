/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "export.h"

#include "clock.h"
#include "flag.h"
#include "inbox.h"
#include "lines.h"
#include "reader.h"
#include "rejected.h"
#include "tickets.h"

#include <stdlib.h>

enum { WAIT_MS = 50, TICK_MS = 1000, TICKETS_PER_CALL = 2 };

/* What is done next; each turn does a bounded piece of it. */
enum phase {
  CLAIM,   /* take the source's events in hand */
  RUN,     /* read, pack, send, settle */
  WIND_UP, /* stopping: calls end, batches and the rest of the page go back */
  RETURN,  /* the rest of the claim goes back */
  END,     /* release the lock */
  ENDED
};

struct kx_export {
  kx_export_parts p;
  enum phase phase;
  kx_source source;
  bool looked; /* for an older claim of this source */
  bool older;  /* there is one: after it, claim again */
  int64_t limit, claimed, total, accepted_before;

  kx_reader reader;
  size_t used;   /* bytes of the reader's page that are packed */
  size_t passed; /* events among them */
  kx_place packed;
  kx_flight *flight; /* being packed */
  kx_tickets tickets;
  kx_place kept; /* what Redis knows to be settled */
  bool keeping;  /* and is being told */
  bool returning;

  bool ticking;
  int64_t tick_ms, lease_ms; /* when last asked; until when the lock is surely ours */
  bool stopping;
  kx_ending ending;
  kx_error failure;
};

static const char *owner(const kx_export *self) {
  return self->p.lock->token;
}

void kx_export_stop(kx_export *self) {
  self->stopping = true;
  if (self->ending == KX_ALL)
    self->ending = KX_PARTIAL;
}

/* The flag and the lock are looked at whenever a batch is submitted, and once a
 * second, without waiting for the answer. */

static kx_status flag_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_export *self = arg;
  (void)err;
  if (!kx_flag_is_on(reply)) {
    kx_export_stop(self);
    self->ending = KX_DISABLED;
  }
  return KX_OK;
}

static kx_status renewal_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_export *self = arg;
  self->ticking = false;
  if (kx_reply_integer(reply) != 1)
    return kx_fail(err, KX_LOST,
                   "the lock expired or was taken during the export: "
                   "raise lock_ttl_seconds if this machine stalls");
  self->lease_ms = self->tick_ms + self->p.lock->ttl_ms;
  return KX_OK;
}

static kx_status tick(kx_export *self, kx_error *err) {
  kx_status status;
  if (self->ticking)
    return KX_OK;
  self->ticking = true;
  self->tick_ms = kx_monotonic_ms();
  status = kx_flag_ask(self->p.main, flag_answered, self, err);
  if (status == KX_OK)
    status = kx_lock_renew(self->p.lock, self->p.main, renewal_answered, self, err);
  return status;
}

static kx_status mind_lock(kx_export *self, kx_error *err) {
  int64_t now, every = self->p.lock->ttl_ms / 4;
  kx_status status = kx_redis_progress(self->p.main, err);
  if (status != KX_OK)
    return status;
  now = kx_monotonic_ms();
  if (now > self->lease_ms)
    return kx_fail(err, KX_LOST,
                   "the lock was not renewed in time: "
                   "raise lock_ttl_seconds if this machine or Redis stalls");
  if (now - self->tick_ms < (every < TICK_MS ? every : TICK_MS))
    return KX_OK;
  return tick(self, err);
}

/* Only the lock's holder may touch the pending set: a Ruby exporter rewrites it
 * under its lock and would drop what was added meanwhile. So the lock is asked
 * for once more, and waited for, right before. */
static kx_status confirm_lock(kx_export *self, kx_error *err) {
  kx_status status = kx_redis_drain(self->p.main, err);
  if (status == KX_OK)
    status = tick(self, err);
  return status == KX_OK ? kx_redis_drain(self->p.main, err) : status;
}

static kx_status put_back(kx_export *self, kx_slice events, kx_error *err) {
  kx_status status = confirm_lock(self, err);
  return status == KX_OK ? kx_pending_put_back(self->p.data, owner(self), events, err) : status;
}

/* Keeping: Redis is told how far the claim is settled. */

static kx_status keep_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_export *self = arg;
  self->keeping = false;
  return kx_claim_check(kx_reply_integer(reply), err);
}

static kx_status keep_chunks(kx_export *self, const kx_place *settled, kx_error *err) {
  int64_t chunks = settled->chunks - self->kept.chunks;
  kx_reader_trimmed(&self->reader, chunks);
  return kx_inbox_settle(self->p.data, owner(self), chunks, settled->events - self->kept.events,
                         keep_answered, self, err);
}

static bool kept_up(const kx_export *self, const kx_place *settled) {
  return settled->scan.settled == self->kept.scan.settled && settled->chunks == self->kept.chunks;
}

static kx_status keep(kx_export *self, kx_error *err) {
  const kx_place *settled = kx_tickets_settled(&self->tickets);
  kx_status status;
  if (self->keeping || kept_up(self, settled))
    return KX_OK;
  self->keeping = true;
  if (self->source == KX_SOURCE_INBOX)
    status = keep_chunks(self, settled, err);
  else
    status = kx_pending_settle(self->p.data, owner(self), &settled->scan, keep_answered, self, err);
  self->kept = *settled;
  return status;
}

/* Packing: the reader's pages go into flights. */

static kx_slice unpacked(const kx_export *self) {
  const kx_page *page = kx_reader_page(&self->reader);
  return (kx_slice){page->events.data + self->used, page->events.len - self->used};
}

static kx_status reject(kx_export *self, kx_slice event, const char *reason, kx_error *err) {
  kx_status status = kx_rejected_add(self->p.data, event, reason, kx_wall_us() / 1000000, err);
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
  kx_ticket *ticket = kx_tickets_draw(&self->tickets, &self->packed, 1);
  kx_status status = tick(self, err);
  self->flight = NULL;
  if (status == KX_OK)
    status = kx_sender_submit(self->p.sender, flight, &ticket->parts, err);
  return status;
}

static kx_status pack_page(kx_export *self, kx_error *err) {
  size_t used = 0, before = self->flight->batch.events;
  kx_packed packed = kx_pack(&self->flight->batch, kx_sender_frame(self->p.sender),
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
  if (self->flight == NULL && kx_tickets_left(&self->tickets))
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
  kx_tickets_draw(&self->tickets, &self->packed, 0);
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
  if (self->ending == KX_ALL)
    self->ending = KX_PARTIAL;
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
  kx_status status = mind_lock(self, err);
  if (status == KX_OK && flight->outcome == KX_REFUSED)
    status = put_back_batch(self, &flight->batch, err);
  else if (status == KX_OK && flight->outcome == KX_TOO_LARGE)
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
  kx_redis *redis[] = {self->p.data, self->p.main};
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
  self->source++;
  self->phase = self->source < KX_SOURCES ? CLAIM : END;
}

static void claim_ended(kx_export *self) {
  bool again = self->older && !self->stopping;
  self->older = false;
  if (self->stopping)
    self->phase = END;
  else if (again)
    self->phase = CLAIM;
  else
    next_source(self);
}

static kx_status look(kx_export *self, kx_error *err) {
  self->looked = true;
  return kx_claim_exists(
    self->p.data, self->source == KX_SOURCE_SET ? KX_KEY_CLAIMED : KX_KEY_INBOX_CLAIMED,
    &self->older, err);
}

/* With a limit the claim is filled with that many events, a slice a turn. */
static kx_status fill(kx_export *self, bool *filled, kx_error *err) {
  int64_t moved = 0;
  kx_status status = KX_OK;
  if (self->limit > 0 && self->source == KX_SOURCE_SET)
    status = kx_pending_claim_some(self->p.data, owner(self), self->limit, &moved, err);
  else if (self->limit > 0)
    status = kx_inbox_claim_some(self->p.data, owner(self), self->limit, &moved, err);
  self->limit -= moved;
  self->claimed += moved;
  *filled = moved == 0 || self->limit == 0;
  return status;
}

static kx_status take_claim(kx_export *self, int64_t *size, kx_error *err) {
  kx_place from = {.scan.cursor = "0"};
  kx_status status;
  if (self->source == KX_SOURCE_SET)
    status = kx_pending_claim(self->p.data, owner(self), size, &from.scan, err);
  else
    status = kx_inbox_claim(self->p.data, owner(self), size, err);
  self->packed = self->kept = from;
  self->used = self->passed = 0;
  kx_tickets_begin(&self->tickets, &from);
  kx_reader_begin(&self->reader, self->source, &from.scan, *size);
  return status;
}

/* A set that an earlier export settled to its end, and did not live to forget. */
static bool at_end(const kx_place *place) {
  return place->scan.settled > 0 && strcmp(place->scan.cursor, "0") == 0;
}

static kx_status finish(kx_export *self, kx_error *err) {
  kx_status status = KX_OK;
  if (self->source == KX_SOURCE_SET)
    status = kx_pending_finish(self->p.data, owner(self), err);
  claim_ended(self);
  return status;
}

static kx_status claim_all(kx_export *self, kx_error *err) {
  int64_t size = 0;
  kx_status status = take_claim(self, &size, err);
  if (status != KX_OK)
    return status;
  if (size == 0) {
    next_source(self);
    return KX_OK;
  }
  if (at_end(&self->packed))
    return finish(self, err);
  self->phase = RUN;
  return KX_OK;
}

static void begin_return(kx_export *self) {
  self->packed = self->kept;
  self->used = 0;
  self->returning = false;
  kx_tickets_begin(&self->tickets, &self->kept);
  kx_reader_begin(&self->reader, self->source, &self->kept.scan, 0);
  self->phase = RETURN;
}

static kx_status return_claim(kx_export *self, kx_error *err) {
  int64_t size;
  kx_status status = take_claim(self, &size, err);
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
  if (!self->stopping)
    return self->limit >= 0 ? claim_limited(self, err) : claim_all(self, err);
  if (self->claimed > 0)
    return return_claim(self, err);
  self->phase = END;
  return KX_OK;
}

static bool run_is_over(kx_export *self) {
  return kx_reader_done(&self->reader) && self->flight == NULL && kx_tickets_done(&self->tickets) &&
         !self->keeping && kept_up(self, kx_tickets_settled(&self->tickets));
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
  self->passed += kx_lines_count(unpacked(self));
  status = put_back(self, unpacked(self), err);
  if (status == KX_OK)
    status = leave_page(self, err);
  kx_tickets_draw(&self->tickets, &self->packed, 0);
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
      !kx_tickets_done(&self->tickets))
    return status;
  status = give_up_page(self, err);
  if (status == KX_OK)
    status = keep(self, err);
  if (status == KX_OK)
    status = kx_redis_drain(self->p.data, err);
  if (status == KX_OK && kept_up(self, kx_tickets_settled(&self->tickets)))
    begin_return(self);
  return status;
}

/* The set goes back page by page, in one step where that is possible. */
static kx_status return_members(kx_export *self, kx_error *err) {
  const kx_page *page;
  kx_status status = kx_reader_ask(&self->reader, self->p.data, err);
  if (status == KX_OK)
    status = kx_redis_drain(self->p.data, err);
  page = kx_reader_page(&self->reader);
  if (status != KX_OK || page == NULL)
    return status;
  if (page->events.len > 0)
    status = put_back(self, kx_buf_view(&page->events), err);
  if (status == KX_OK)
    status = leave_page(self, err);
  kx_tickets_draw(&self->tickets, &self->packed, 0);
  return status == KX_OK ? keep(self, err) : status;
}

static kx_status return_set(kx_export *self, kx_error *err) {
  bool done = false;
  kx_status status = KX_OK;
  if (!self->returning)
    status = confirm_lock(self, err);
  if (status == KX_OK && !self->returning)
    status = kx_pending_unclaim(self->p.data, owner(self), &done, err);
  self->returning = true;
  if (status != KX_OK)
    return status;
  if (done)
    claim_ended(self);
  else if (at_end(&self->kept) || kx_reader_done(&self->reader))
    return finish(self, err);
  else
    return return_members(self, err);
  return KX_OK;
}

static kx_status return_inbox(kx_export *self, kx_error *err) {
  bool done = false;
  kx_status status = kx_inbox_unclaim(self->p.data, owner(self), &done, err);
  if (done)
    claim_ended(self);
  return status;
}

static kx_status give_back(kx_export *self, kx_error *err) {
  return self->source == KX_SOURCE_SET ? return_set(self, err) : return_inbox(self, err);
}

static kx_status end(kx_export *self, kx_error *err) {
  bool released;
  kx_status status = kx_redis_drain(self->p.main, err);
  if (status == KX_OK)
    status = kx_lock_release(self->p.lock, self->p.main, kx_str(owner(self)), &released, err);
  self->phase = ENDED;
  if (self->failure.code == KX_OK)
    return status;
  *err = self->failure;
  return self->failure.code;
}

static kx_status turn(kx_export *self, kx_error *err) {
  kx_status status = mind_lock(self, err);
  if (status != KX_OK)
    return status;
  switch (self->phase) {
    case CLAIM: return claim(self, err);
    case RUN: return run(self, err);
    case WIND_UP: return wind_up(self, err);
    case RETURN: return give_back(self, err);
    default: return end(self, err);
  }
}

/* Breaks off as a crash would: what is claimed stays claimed. Replies that are
 * still owed point into this run, and a connection may have gone unnoticed: the
 * lock is released over a new one. */
static void break_off(kx_export *self) {
  self->phase = ENDED;
  self->flight = NULL;
  kx_sender_abort(self->p.sender);
  kx_redis_reset(self->p.data);
  kx_redis_reset(self->p.main);
}

static void give_up_lock(kx_export *self) {
  bool released;
  if (self->phase != ENDED) {
    break_off(self);
    (void)kx_lock_release(self->p.lock, self->p.main, kx_str(owner(self)), &released, NULL);
  }
}

kx_status kx_export_step(kx_export *self, int ms, bool *done, kx_ending *ending, kx_error *err) {
  int64_t until = kx_monotonic_ms() + ms;
  kx_status status = KX_OK;
  while (status == KX_OK && self->phase != ENDED && kx_monotonic_ms() <= until) {
    status = turn(self, err);
    if (kx_export_wants_credentials(self))
      break;
  }
  if (status != KX_OK)
    give_up_lock(self);
  *done = self->phase == ENDED;
  *ending = self->ending;
  return status;
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

static kx_export *new_export(const kx_export_parts *parts, int64_t limit, kx_error *err) {
  kx_export *self = calloc(1, sizeof *self);
  if (self == NULL ||
      kx_tickets_make(&self->tickets, parts->concurrency * TICKETS_PER_CALL, err) != KX_OK) {
    free(self);
    kx_fail_memory(err);
    return NULL;
  }
  self->p = *parts;
  self->phase = ENDED;
  self->limit = limit;
  self->accepted_before = parts->stats->events_accepted;
  return self;
}

static kx_status take_lock(kx_export *self, bool *taken, kx_error *err) {
  kx_status status = kx_redis_connect(self->p.data, err);
  self->tick_ms = kx_monotonic_ms();
  self->lease_ms = self->tick_ms + self->p.lock->ttl_ms;
  if (status == KX_OK)
    status = kx_lock_acquire(self->p.lock, self->p.main, taken, err);
  if (status != KX_OK || !*taken)
    return status;
  self->phase = CLAIM;
  status = kx_claim_own(self->p.data, owner(self), err);
  if (status == KX_OK)
    status = kx_claim_count(self->p.data, &self->total, err);
  return status;
}

kx_status kx_export_begin(kx_export **out, const kx_export_parts *parts, int64_t limit,
                          kx_ending *ending, kx_error *err) {
  bool enabled = false, taken = false;
  kx_export *self;
  kx_status status = kx_flag_enabled(parts->main, &enabled, err);
  *out = NULL;
  *ending = KX_DISABLED;
  if (status != KX_OK || !enabled)
    return status;
  self = new_export(parts, limit, err);
  if (self == NULL)
    return KX_MEMORY;
  status = take_lock(self, &taken, err);
  *ending = KX_LOCKED;
  if (status != KX_OK || !taken) {
    kx_export_free(self);
    return status;
  }
  kx_sender_begin(parts->sender);
  parts->stats->flushes++;
  *out = self;
  return KX_OK;
}

void kx_export_free(kx_export *self) {
  if (self == NULL)
    return;
  give_up_lock(self);
  kx_reader_free(&self->reader);
  kx_tickets_free(&self->tickets);
  free(self);
}
