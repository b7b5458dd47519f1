/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/sender.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "kinesis/endpoint.h"

#include <stdlib.h>

enum {
  CLOCK_TOLERANCE = 60, /* seconds; the services allow five minutes */
  CLOCK_ATTEMPTS = 3,
  REFRESH_ATTEMPTS = 3
};

/* The figures of AWS's SDK for JavaScript. */
static const kx_backoff pauses = {.base_ms = 100, .cap_ms = 20000};

struct kx_sender {
  const kx_dialect *dialect;
  kx_http *http;
  kx_signer signer;
  kx_frame frame;
  kx_limits limits;
  int max_attempts;
  double most, window; /* calls at once: allowed, and at the moment */
  kx_flight_list flights;
  bool stopped;
  kx_error failure;
  unsigned wanted; /* the generation of credentials that calls wait for */
  int refreshes;   /* in a row without a success */
  kx_stats *stats;
};

static void free_flight(kx_sender *sender, kx_flight *flight) {
  kx_http_abort(sender->http, &flight->call);
  kx_flight_free(&sender->flights, flight);
}

void kx_sender_stop(kx_sender *sender) {
  sender->stopped = true;
  for (kx_flight *f = sender->flights.first; f != NULL; f = f->next)
    if (f->state == KX_FLIGHT_READY || f->state == KX_FLIGHT_WAITING)
      kx_flight_settle(f, KX_REFUSED);
}

static void fail(kx_sender *sender, const kx_error *why) {
  if (sender->failure.code == KX_OK)
    sender->failure = *why;
  kx_sender_stop(sender);
}

static void shrink_window(kx_sender *sender) {
  sender->window = sender->window > 2 ? sender->window / 2 : 1;
}

static void grow_window(kx_sender *sender) {
  sender->window += 1 / sender->window;
  if (sender->window > sender->most)
    sender->window = sender->most;
}

/* Ends the flight and every other one: what failed here would fail for each call. */
static void stop_at(kx_sender *sender, kx_flight *flight, const kx_error *why) {
  kx_flight_settle(flight, KX_REFUSED);
  fail(sender, why);
}

/* No attempt is left. If the service refused some records one by one, the fault may lie in
 * these records alone; anything else concerns every call. */
static void give_up(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  kx_flight_settle(flight, KX_REFUSED);
  if (verdict->throttled)
    kx_sender_stop(sender);
  else if (!verdict->by_record)
    fail(sender, &verdict->error);
}

static void retry(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict, bool progress) {
  flight->attempts = progress ? 1 : flight->attempts + 1;
  if (flight->attempts >= sender->max_attempts) {
    give_up(sender, flight, verdict);
    return;
  }
  flight->state = KX_FLIGHT_WAITING;
  flight->due_ms = kx_monotonic_ms() +
                   kx_backoff_ms(&pauses, flight->attempts, flight->call.retry_after_ms);
}

/* Other calls that were signed with the old token fail too: they only wait for the new one. */
static void refresh(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  flight->state = KX_FLIGHT_READY;
  if (flight->generation != sender->signer.generation)
    return;
  if (sender->wanted > sender->signer.generation)
    return;
  if (++sender->refreshes > REFRESH_ATTEMPTS) {
    stop_at(sender, flight, &verdict->error);
    return;
  }
  sender->wanted = sender->signer.generation + 1;
  sender->stats->credential_refreshes++;
}

/* The answer's Date header is the service's time. If this machine's clock is wrong, that is
 * why the service refused the signature. */
static bool corrected_clock(kx_sender *sender, kx_flight *flight) {
  int64_t off = flight->call.date - kx_wall_us() / 1000000;
  if (flight->call.date < 0 || ++flight->clock_attempts > CLOCK_ATTEMPTS)
    return false;
  if (llabs(off - flight->skew) < CLOCK_TOLERANCE)
    return false;
  if (llabs(off - sender->signer.skew) >= CLOCK_TOLERANCE) {
    sender->signer.skew = off;
    sender->stats->clock_corrections++;
  }
  flight->state = KX_FLIGHT_READY;
  return true;
}

static void give_up_event(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  if (kx_api_may_reject(sender->dialect, flight->batch.raw))
    kx_flight_settle(flight, KX_TOO_LARGE);
  else
    stop_at(sender, flight, &verdict->error);
}

static void send_halves(kx_sender *sender, kx_flight *flight, kx_flight *rest) {
  sender->stats->splits++;
  rest->borrowed = true;
  rest->parts = flight->parts;
  ++*rest->parts;
  kx_flight_changed(flight);
  rest->state = flight->state = KX_FLIGHT_READY;
}

/* Without memory the flight still has all its events, and they stay pending. */
static void halve(kx_sender *sender, kx_flight *flight) {
  kx_error error;
  kx_flight *rest = kx_flight_new(&sender->flights);
  if (rest == NULL) {
    kx_fail_memory(&error);
    stop_at(sender, flight, &error);
  } else if (kx_batch_split(&flight->batch, &rest->batch, &sender->frame, &error) == KX_OK) {
    send_halves(sender, flight, rest);
  } else {
    free_flight(sender, rest);
    stop_at(sender, flight, &error);
  }
}

static void make_smaller(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  if (!kx_api_may_split(sender->dialect, flight->batch.raw))
    stop_at(sender, flight, &verdict->error);
  else if (flight->batch.events > 1)
    halve(sender, flight);
  else
    give_up_event(sender, flight, verdict);
}

/* Counts the accepted records and drops them from the batch. True if there were any. */
static bool take_accepted(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  kx_batch *batch = &flight->batch;
  size_t n = batch->n_records - verdict->refused;
  if (!verdict->by_record)
    return false;
  sender->stats->events_accepted += (int64_t)(batch->events - kx_batch_count(batch, verdict->keep));
  sender->stats->records_refused += (int64_t)verdict->refused;
  if (n > 0) {
    kx_batch_keep(batch, &sender->frame, verdict->keep);
    kx_flight_changed(flight);
  }
  return n > 0;
}

static void act(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  bool progress = take_accepted(sender, flight, verdict);
  if (progress)
    sender->refreshes = 0;
  if (verdict->throttled) {
    sender->stats->throttled++;
    shrink_window(sender);
  }
  sender->stats->unknown_outcomes += verdict->unknown;
  if (verdict->action == KX_ACCEPTED) {
    kx_flight_settle(flight, KX_DELIVERED);
    grow_window(sender);
  } else if (verdict->action == KX_RETRY)
    retry(sender, flight, verdict, progress);
  else if (verdict->action == KX_REFRESH)
    refresh(sender, flight, verdict);
  else if (verdict->action == KX_SPLIT)
    make_smaller(sender, flight, verdict);
  else if (verdict->action == KX_STOP || !corrected_clock(sender, flight))
    stop_at(sender, flight, &verdict->error);
  if (sender->stopped)
    kx_sender_stop(sender);
}

static void judge(kx_sender *sender, kx_flight *flight) {
  kx_verdict verdict;
  kx_api_judge(sender->dialect, &flight->call, flight->batch.n_records, &verdict);
  act(sender, flight, &verdict);
}

static kx_status sign(kx_sender *sender, kx_flight *flight, kx_signed *out, kx_error *err) {
  kx_status status = KX_OK;
  if (flight->hash[0] == '\0')
    status = kx_sha256_hex(kx_buf_view(&flight->batch.body), flight->hash, err);
  if (status == KX_OK)
    status = kx_endpoint_sign(
      sender->http, &sender->signer, sender->dialect->target, flight->hash, out, err);
  return status;
}

static void note_launch(kx_sender *sender, kx_flight *flight) {
  flight->state = KX_FLIGHT_FLYING;
  flight->skew = sender->signer.skew;
  flight->generation = sender->signer.generation;
  sender->stats->calls++;
  sender->stats->retries += flight->attempts > 0;
  sender->stats->records_sent += (int64_t)flight->batch.n_records;
  sender->stats->bytes_sent += (int64_t)flight->call.body.len;
}

static kx_status launch(kx_sender *sender, kx_flight *flight, kx_error *err) {
  kx_signed headers = {0};
  kx_status status = sign(sender, flight, &headers, err);
  if (status == KX_OK) {
    flight->call.body = kx_buf_view(&flight->batch.body);
    flight->call.headers = headers.list;
    status = kx_http_start(sender->http, &flight->call, err);
  }
  kx_buf_wipe(&headers.text);
  flight->call.headers = NULL;
  if (status == KX_OK)
    note_launch(sender, flight);
  return status;
}

static kx_status launch_due(kx_sender *sender, kx_error *err) {
  kx_status status = KX_OK;
  int64_t now = kx_monotonic_ms();
  size_t flying = kx_flight_count(&sender->flights, KX_FLIGHT_FLYING);
  for (kx_flight *f = sender->flights.first; f != NULL && status == KX_OK; f = f->next) {
    if (flying >= (size_t)sender->window || sender->stopped || kx_sender_wants_credentials(sender))
      break;
    if (kx_flight_due(f, now)) {
      status = launch(sender, f, err);
      flying++;
    }
  }
  sender->stats->in_flight = (int64_t)kx_flight_count(&sender->flights, KX_FLIGHT_FLYING);
  sender->stats->concurrency = (int64_t)sender->window;
  return status;
}

/* How long the sender has nothing to do unless a call ends or a descriptor is readable. */
static int patience(const kx_sender *sender, int timeout_ms) {
  int64_t now = kx_monotonic_ms(), wait = timeout_ms;
  for (const kx_flight *f = sender->flights.first; f != NULL; f = f->next)
    if (f->state == KX_FLIGHT_WAITING && f->due_ms - now < wait)
      wait = f->due_ms > now ? f->due_ms - now : 0;
  return (int)wait;
}

kx_status kx_sender_wait(kx_sender *sender, kx_http_watch *watches, size_t n, int timeout_ms,
                         kx_error *err) {
  kx_http_call *call;
  kx_status status = launch_due(sender, err);
  if (status == KX_OK)
    status = kx_http_wait(sender->http, watches, n, patience(sender, timeout_ms), err);
  while (status == KX_OK && (call = kx_http_ended(sender->http)) != NULL)
    judge(sender, call->owner);
  return status;
}

kx_flight *kx_sender_idle(kx_sender *sender) {
  kx_flight *f = kx_flight_first(&sender->flights, KX_FLIGHT_IDLE);
  if (f == NULL || sender->stopped)
    return NULL;
  kx_flight_move_last(&sender->flights, f);
  f->state = KX_FLIGHT_PACKING;
  return f;
}

kx_status kx_sender_submit(kx_sender *sender, kx_flight *flight, unsigned *parts, kx_error *err) {
  kx_batch_close(&flight->batch, &sender->frame);
  flight->parts = parts;
  flight->attempts = flight->clock_attempts = 0;
  kx_flight_changed(flight);
  flight->state = KX_FLIGHT_READY;
  if (!kx_buf_ok(&flight->batch.body))
    return kx_fail_memory(err);
  sender->stats->batches++;
  if (sender->stopped)
    kx_flight_settle(flight, KX_REFUSED);
  return KX_OK;
}

kx_flight *kx_sender_settled(kx_sender *sender) {
  return kx_flight_first(&sender->flights, KX_FLIGHT_SETTLED);
}

void kx_sender_release(kx_sender *sender, kx_flight *flight) {
  if (flight->borrowed)
    free_flight(sender, flight);
  else
    kx_flight_clear(flight);
}

bool kx_sender_stopped(const kx_sender *sender, kx_error *why) {
  if (why != NULL)
    *why = sender->failure;
  return sender->stopped;
}

bool kx_sender_busy(const kx_sender *sender) {
  return kx_flight_first(&sender->flights, KX_FLIGHT_READY) != NULL ||
         kx_flight_first(&sender->flights, KX_FLIGHT_WAITING) != NULL ||
         kx_flight_first(&sender->flights, KX_FLIGHT_FLYING) != NULL ||
         kx_flight_first(&sender->flights, KX_FLIGHT_SETTLED) != NULL;
}

void kx_sender_begin(kx_sender *sender) {
  sender->stopped = false;
  sender->failure = (kx_error){0};
  sender->refreshes = 0;
  sender->wanted = sender->signer.generation;
}

void kx_sender_abort(kx_sender *sender) {
  for (kx_flight *f = sender->flights.first, *next; f != NULL; f = next) {
    next = f->next;
    kx_http_abort(sender->http, &f->call);
    kx_sender_release(sender, f);
  }
  sender->stats->in_flight = 0;
}

bool kx_sender_wants_credentials(const kx_sender *sender) {
  return sender->signer.generation == 0 || sender->wanted > sender->signer.generation;
}

kx_status kx_sender_credentials(kx_sender *sender, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err) {
  return kx_signer_credentials(
    &sender->signer, access_key_id, secret_access_key, session_token, err);
}

const kx_frame *kx_sender_frame(const kx_sender *sender) {
  return &sender->frame;
}

const kx_limits *kx_sender_limits(const kx_sender *sender) {
  return &sender->limits;
}

kx_status kx_sender_open(kx_sender **out, const kx_kinesis_config *config, kx_stats *stats,
                         kx_error *err) {
  kx_sender *sender = calloc(1, sizeof *sender);
  *out = NULL;
  if (sender == NULL)
    return kx_fail_memory(err);
  sender->stats = stats;
  sender->dialect = config->dialect;
  sender->signer.region = config->region;
  sender->signer.service = config->dialect->service;
  sender->max_attempts = config->max_attempts;
  sender->most = sender->window = (double)config->concurrency;
  sender->limits = config->limits;
  kx_status status =
    kx_api_frame(config->dialect, config->stream, config->partition_key, &sender->frame, err);
  if (status == KX_OK)
    status = kx_endpoint_open(&sender->http, config, err);
  if (status == KX_OK) /* one more than calls at once: it is packed while the others fly */
    status = kx_flight_make(&sender->flights, config->concurrency + 1, err);
  if (status == KX_OK)
    *out = sender;
  else
    kx_sender_close(sender);
  return status;
}

void kx_sender_close(kx_sender *sender) {
  if (sender == NULL)
    return;
  while (sender->flights.first != NULL)
    free_flight(sender, sender->flights.first);
  kx_http_close(sender->http);
  kx_signer_close(&sender->signer);
  kx_frame_free(&sender->frame);
  free(sender);
}
