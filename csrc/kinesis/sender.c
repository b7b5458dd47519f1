/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kinesis/sender.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "kinesis/signer.h"

#include <stdio.h>
#include <stdlib.h>

enum {
  BACKOFF_BASE_MS = 100,
  BACKOFF_CAP_MS = 20000,
  CLOCK_TOLERANCE = 60, /* seconds; the services allow five minutes */
  CLOCK_ATTEMPTS = 3,
  REFRESH_ATTEMPTS = 3
};

struct kx_sender {
  kx_http *http;
  kx_signer signing;
  kx_frame frame;
  kx_limits limits;
  kx_buf partition_key; /* as the inside of a JSON string */
  int max_attempts;
  double most, window; /* calls at once: allowed, and at the moment */
  kx_flight *flights;  /* every one there is, in the order of packing */
  bool stopped;
  kx_error failure;
  unsigned wanted; /* the generation of credentials that calls wait for */
  int refreshes;   /* in a row without a success */
  kx_stats *stats;
};

static void forget_hash(kx_flight *flight) {
  flight->hash[0] = '\0';
}

static kx_flight *new_flight(kx_sender *sender) {
  kx_flight *flight = calloc(1, sizeof *flight), **at = &sender->flights;
  if (flight == NULL)
    return NULL;
  flight->call.owner = flight;
  while (*at != NULL)
    at = &(*at)->next;
  *at = flight;
  return flight;
}

static void unlink_flight(kx_sender *sender, kx_flight *flight) {
  kx_flight **at = &sender->flights;
  while (*at != flight)
    at = &(*at)->next;
  *at = flight->next;
  flight->next = NULL;
}

static void free_flight(kx_sender *sender, kx_flight *flight) {
  if (sender->http != NULL)
    kx_http_abort(sender->http, &flight->call);
  unlink_flight(sender, flight);
  kx_batch_free(&flight->batch);
  kx_buf_free(&flight->call.reply);
  free(flight);
}

static void settle(kx_flight *flight, kx_flight_result result) {
  flight->state = KX_FLIGHT_SETTLED;
  flight->result = result;
}

void kx_sender_stop(kx_sender *sender) {
  sender->stopped = true;
  for (kx_flight *f = sender->flights; f != NULL; f = f->next)
    if (f->state == KX_FLIGHT_READY || f->state == KX_FLIGHT_WAITING)
      settle(f, KX_REFUSED);
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

static int64_t backoff(int attempts) {
  int64_t most = BACKOFF_BASE_MS;
  for (int i = 1; i < attempts && most < BACKOFF_CAP_MS; i++)
    most *= 2;
  return (int64_t)kx_random_below((uint64_t)(most < BACKOFF_CAP_MS ? most : BACKOFF_CAP_MS) + 1);
}

int64_t kx_sender_backoff_ms(int attempts, int64_t asked_ms) {
  int64_t own_ms = backoff(attempts);
  if (asked_ms > BACKOFF_CAP_MS)
    asked_ms = BACKOFF_CAP_MS;
  return asked_ms > own_ms ? asked_ms : own_ms;
}

/* No attempt is left. Records refused one by one may be a matter of these
 * records only; anything else concerns every call. */
static void give_up(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  settle(flight, KX_REFUSED);
  if (verdict->throttled)
    kx_sender_stop(sender);
  else if (!verdict->by_record)
    fail(sender, &verdict->error);
}

static void retry(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict, bool brought) {
  flight->attempts = brought ? 1 : flight->attempts + 1;
  if (flight->attempts >= sender->max_attempts) {
    give_up(sender, flight, verdict);
    return;
  }
  flight->state = KX_FLIGHT_WAITING;
  flight->due_ms = kx_monotonic_ms() +
                   kx_sender_backoff_ms(flight->attempts, flight->call.retry_after_ms);
}

/* Other calls signed with the old token fail too and ask for nothing new. */
static void refresh(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  flight->state = KX_FLIGHT_READY;
  if (flight->signer != sender->signing.generation)
    return;
  if (sender->wanted > sender->signing.generation)
    return;
  if (++sender->refreshes > REFRESH_ATTEMPTS) {
    settle(flight, KX_REFUSED);
    fail(sender, &verdict->error);
    return;
  }
  sender->wanted = sender->signing.generation + 1;
  sender->stats->credential_refreshes++;
}

/* The answer's Date header tells the service's time: when ours is off, that is
 * why the signature was refused. */
static bool corrected_clock(kx_sender *sender, kx_flight *flight) {
  int64_t off = flight->call.date - kx_wall_us() / 1000000;
  if (flight->call.date < 0 || ++flight->clock_attempts > CLOCK_ATTEMPTS)
    return false;
  if (llabs(off - flight->skew) < CLOCK_TOLERANCE)
    return false;
  if (llabs(off - sender->signing.skew) >= CLOCK_TOLERANCE) {
    sender->signing.skew = off;
    sender->stats->clock_corrections++;
  }
  flight->state = KX_FLIGHT_READY;
  return true;
}

static void stop_at(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  settle(flight, KX_REFUSED);
  fail(sender, &verdict->error);
}

static void give_up_event(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  if (kx_kinesis_may_reject(sender->signing.dialect, flight->batch.raw))
    settle(flight, KX_TOO_LARGE);
  else
    stop_at(sender, flight, verdict);
}

static void halve(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  const kx_dialect *dialect = sender->signing.dialect;
  kx_flight *rest;
  kx_error error;
  if (!kx_kinesis_may_split(dialect, flight->batch.raw)) {
    stop_at(sender, flight, verdict);
    return;
  }
  rest = new_flight(sender);
  if (rest == NULL) {
    settle(flight, KX_REFUSED);
    kx_fail_memory(&error);
    fail(sender, &error);
    return;
  }
  rest->borrowed = true;
  forget_hash(flight);
  if (!kx_batch_split(&flight->batch, &rest->batch, &sender->frame)) {
    free_flight(sender, rest);
    give_up_event(sender, flight, verdict);
    return;
  }
  sender->stats->splits++;
  rest->parts = flight->parts;
  ++*rest->parts;
  rest->state = flight->state = KX_FLIGHT_READY;
}

static size_t events_kept(const kx_batch *batch, const kx_verdict *verdict) {
  size_t n = 0;
  for (size_t i = 0; i < batch->n_records; i++)
    n += verdict->keep[i] ? batch->records[i].events : 0;
  return n;
}

/* Counts what was accepted and drops it from the batch. True if there was any. */
static bool take_accepted(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  kx_batch *batch = &flight->batch;
  size_t n = batch->n_records - verdict->refused;
  if (!verdict->by_record)
    return false;
  sender->stats->events_accepted += (int64_t)(batch->events - events_kept(batch, verdict));
  sender->stats->records_refused += (int64_t)verdict->refused;
  if (n > 0) {
    kx_batch_keep(batch, &sender->frame, verdict->keep);
    forget_hash(flight);
  }
  return n > 0;
}

static void succeed(kx_sender *sender, kx_flight *flight) {
  settle(flight, KX_DELIVERED);
  grow_window(sender);
}

static void act(kx_sender *sender, kx_flight *flight, const kx_verdict *verdict) {
  bool brought = take_accepted(sender, flight, verdict);
  if (brought)
    sender->refreshes = 0;
  if (verdict->throttled) {
    sender->stats->throttled++;
    shrink_window(sender);
  }
  sender->stats->unknown_outcomes += verdict->unknown;
  if (verdict->action == KX_ACCEPTED)
    succeed(sender, flight);
  else if (verdict->action == KX_RETRY)
    retry(sender, flight, verdict, brought);
  else if (verdict->action == KX_REFRESH)
    refresh(sender, flight, verdict);
  else if (verdict->action == KX_SPLIT)
    halve(sender, flight, verdict);
  else if (verdict->action == KX_STOP || !corrected_clock(sender, flight))
    stop_at(sender, flight, verdict);
  if (sender->stopped)
    kx_sender_stop(sender);
}

static void judge(kx_sender *sender, kx_flight *flight) {
  const kx_http_call *call = &flight->call;
  size_t n = flight->batch.n_records;
  kx_verdict verdict;
  if (call->end == KX_HTTP_ANSWERED)
    kx_kinesis_read(sender->signing.dialect, call->status, kx_buf_view(&call->reply),
                    call->error_type, n, &verdict);
  else
    kx_kinesis_unanswered(n, call->end == KX_HTTP_UNKNOWN, call->why, &verdict);
  if (call->tls_failed) {
    verdict.action = KX_STOP;
    kx_fail(&verdict.error, KX_HTTP,
            "%s: check the endpoint option, or name the certificate authority in ca_file",
            call->why);
  }
  act(sender, flight, &verdict);
}

static kx_status launch(kx_sender *sender, kx_flight *flight, kx_error *err) {
  kx_signed headers = {0};
  kx_slice body = kx_buf_view(&flight->batch.body);
  kx_status status = KX_OK;
  if (flight->hash[0] == '\0')
    status = kx_sha256_hex(body, flight->hash, err);
  if (status == KX_OK)
    status = kx_signer_headers(&sender->signing, kx_http_host(sender->http),
                               kx_http_path(sender->http), flight->hash, &headers, err);
  if (status == KX_OK) {
    flight->call.body = body;
    flight->call.headers = headers.list;
    status = kx_http_start(sender->http, &flight->call, err);
  }
  kx_buf_wipe(&headers.text);
  flight->call.headers = NULL;
  if (status != KX_OK)
    return status;
  flight->state = KX_FLIGHT_FLYING;
  flight->skew = sender->signing.skew;
  flight->signer = sender->signing.generation;
  sender->stats->calls++;
  sender->stats->retries += flight->attempts > 0;
  sender->stats->records_sent += (int64_t)flight->batch.n_records;
  sender->stats->bytes_sent += (int64_t)body.len;
  return KX_OK;
}

static size_t in_state(const kx_sender *sender, kx_flight_state state) {
  size_t n = 0;
  for (const kx_flight *f = sender->flights; f != NULL; f = f->next)
    n += f->state == state;
  return n;
}

static bool due(const kx_flight *flight, int64_t now) {
  return flight->state == KX_FLIGHT_READY ||
         (flight->state == KX_FLIGHT_WAITING && flight->due_ms <= now);
}

static kx_status launch_due(kx_sender *sender, kx_error *err) {
  kx_status status = KX_OK;
  int64_t now = kx_monotonic_ms();
  size_t flying = in_state(sender, KX_FLIGHT_FLYING);
  for (kx_flight *f = sender->flights; f != NULL && status == KX_OK; f = f->next) {
    if (flying >= (size_t)sender->window || sender->stopped || kx_sender_wants_credentials(sender))
      break;
    if (due(f, now)) {
      status = launch(sender, f, err);
      flying++;
    }
  }
  sender->stats->in_flight = (int64_t)in_state(sender, KX_FLIGHT_FLYING);
  sender->stats->concurrency = (int64_t)sender->window;
  return status;
}

/* How long nothing but a call's end or a descriptor is to be expected. */
static int patience(const kx_sender *sender, int timeout_ms) {
  int64_t now = kx_monotonic_ms(), wait = timeout_ms;
  for (const kx_flight *f = sender->flights; f != NULL; f = f->next)
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
  kx_flight *f = sender->flights;
  while (f != NULL && f->state != KX_FLIGHT_IDLE)
    f = f->next;
  if (f == NULL || sender->stopped)
    return NULL;
  unlink_flight(sender, f);
  kx_flight **at = &sender->flights;
  while (*at != NULL)
    at = &(*at)->next;
  *at = f;
  f->state = KX_FLIGHT_PACKING;
  return f;
}

kx_status kx_sender_submit(kx_sender *sender, kx_flight *flight, unsigned *parts, kx_error *err) {
  kx_batch_close(&flight->batch, &sender->frame);
  flight->parts = parts;
  flight->attempts = flight->clock_attempts = 0;
  forget_hash(flight);
  flight->state = KX_FLIGHT_READY;
  if (!kx_buf_ok(&flight->batch.body))
    return kx_fail_memory(err);
  sender->stats->batches++;
  if (sender->stopped)
    settle(flight, KX_REFUSED);
  return KX_OK;
}

kx_flight *kx_sender_settled(kx_sender *sender) {
  kx_flight *f = sender->flights;
  while (f != NULL && f->state != KX_FLIGHT_SETTLED)
    f = f->next;
  return f;
}

void kx_sender_release(kx_sender *sender, kx_flight *flight) {
  if (flight->borrowed) {
    free_flight(sender, flight);
    return;
  }
  kx_batch_clear(&flight->batch);
  flight->state = KX_FLIGHT_IDLE;
}

bool kx_sender_stopped(const kx_sender *sender, kx_error *why) {
  if (why != NULL)
    *why = sender->failure;
  return sender->stopped;
}

bool kx_sender_busy(const kx_sender *sender) {
  return in_state(sender, KX_FLIGHT_READY) + in_state(sender, KX_FLIGHT_WAITING) +
           in_state(sender, KX_FLIGHT_FLYING) + in_state(sender, KX_FLIGHT_SETTLED) >
         0;
}

void kx_sender_begin(kx_sender *sender) {
  sender->stopped = false;
  sender->failure = (kx_error){0};
  sender->refreshes = 0;
  sender->wanted = sender->signing.generation;
}

void kx_sender_abort(kx_sender *sender) {
  for (kx_flight *f = sender->flights, *next; f != NULL; f = next) {
    next = f->next;
    kx_http_abort(sender->http, &f->call);
    kx_sender_release(sender, f);
  }
  sender->stats->in_flight = 0;
}

bool kx_sender_wants_credentials(const kx_sender *sender) {
  return sender->signing.generation == 0 || sender->wanted > sender->signing.generation;
}

kx_status kx_sender_credentials(kx_sender *sender, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err) {
  return kx_signer_credentials(
    &sender->signing, access_key_id, secret_access_key, session_token, err);
}

const kx_frame *kx_sender_frame(const kx_sender *sender) {
  return &sender->frame;
}

const kx_limits *kx_sender_limits(const kx_sender *sender) {
  return &sender->limits;
}

/* The key as a JSON string, without its quotes: they belong to the frame. */
static kx_status take_partition_key(kx_sender *sender, const char *key, kx_error *err) {
  kx_json_quote(&sender->partition_key, kx_str(key));
  if (!kx_buf_ok(&sender->partition_key))
    return kx_fail_memory(err);
  sender->partition_key.data[sender->partition_key.len - 1] = '\0';
  return KX_OK;
}

static kx_status take_frame(kx_sender *sender, const kx_settings *settings, kx_error *err) {
  const char *key = settings->text[KX_SET_PARTITION_KEY];
  kx_status status = key != NULL ? take_partition_key(sender, key, err) : KX_OK;
  if (status != KX_OK)
    return status;
  return kx_kinesis_frame(sender->signing.dialect, settings->text[KX_SET_STREAM],
                          key != NULL ? sender->partition_key.data + 1 : NULL, &sender->frame, err);
}

kx_status kx_sender_reach(kx_http **out, const kx_settings *settings, kx_error *err) {
  kx_buf url = {0};
  if (settings->text[KX_SET_ENDPOINT] != NULL)
    kx_buf_puts(&url, settings->text[KX_SET_ENDPOINT]);
  else
    kx_kinesis_endpoint(kx_kinesis_dialect(settings->text[KX_SET_SINK]),
                        settings->text[KX_SET_REGION], &url);
  kx_buf_putc(&url, '\0');
  kx_status status = kx_buf_ok(&url) ? KX_OK : kx_fail_memory(err);
  kx_http_config config = {
    .url = url.data,
    .ca_file = settings->text[KX_SET_CA_FILE],
    .proxy = settings->text[KX_SET_PROXY],
    .connect_timeout_ms = (long)settings->number[KX_SET_CONNECT_TIMEOUT_MS],
    .request_timeout_ms = (long)settings->number[KX_SET_REQUEST_TIMEOUT_MS],
    .max_connections = (size_t)settings->number[KX_SET_CONCURRENCY],
  };
  if (status == KX_OK)
    status = kx_http_open(out, &config, err);
  kx_buf_free(&url);
  return status;
}

kx_limits kx_sender_limits_of(const kx_settings *settings) {
  const int64_t *number = settings->number;
  kx_limits wanted = {
    .record_bytes = (size_t)number[KX_SET_RECORD_BYTES],
    .batch_bytes = (size_t)number[KX_SET_BATCH_BYTES],
    .batch_records = (size_t)number[KX_SET_BATCH_RECORDS],
    .events_per_record = (size_t)number[KX_SET_EVENTS_PER_RECORD],
  };
  return kx_kinesis_limits(kx_kinesis_dialect(settings->text[KX_SET_SINK]), wanted);
}

static kx_status check_required(const kx_settings *settings, kx_error *err) {
  if (settings->text[KX_SET_STREAM] == NULL)
    return kx_fail(err, KX_CONFIG,
                   "no stream: set the stream option, KINESIS_EXPORTER_STREAM or "
                   "--stream");
  if (settings->text[KX_SET_REGION] == NULL)
    return kx_fail(err, KX_CONFIG, "no region: set the region option, AWS_REGION or --region");
  return KX_OK;
}

/* One more flight than calls at once: it is packed while the others fly. */
static kx_status make_flights(kx_sender *sender, size_t n, kx_error *err) {
  while (n-- > 0)
    if (new_flight(sender) == NULL)
      return kx_fail_memory(err);
  return KX_OK;
}

kx_status kx_sender_open(kx_sender **out, const kx_settings *settings, kx_stats *stats,
                         kx_error *err) {
  kx_sender *sender;
  kx_status status = check_required(settings, err);
  *out = NULL;
  if (status != KX_OK)
    return status;
  sender = calloc(1, sizeof *sender);
  if (sender == NULL)
    return kx_fail_memory(err);
  sender->stats = stats;
  sender->signing.dialect = kx_kinesis_dialect(settings->text[KX_SET_SINK]);
  sender->signing.region = settings->text[KX_SET_REGION];
  sender->max_attempts = (int)settings->number[KX_SET_MAX_ATTEMPTS];
  sender->most = sender->window = (double)settings->number[KX_SET_CONCURRENCY];
  sender->limits = kx_sender_limits_of(settings);
  status = take_frame(sender, settings, err);
  if (status == KX_OK)
    status = kx_sender_reach(&sender->http, settings, err);
  if (status == KX_OK)
    status = make_flights(sender, (size_t)sender->most + 1, err);
  if (status == KX_OK)
    *out = sender;
  else
    kx_sender_close(sender);
  return status;
}

void kx_sender_close(kx_sender *sender) {
  if (sender == NULL)
    return;
  while (sender->flights != NULL)
    free_flight(sender, sender->flights);
  kx_http_close(sender->http);
  kx_signer_close(&sender->signing);
  kx_buf_free(&sender->frame.head);
  kx_buf_free(&sender->partition_key);
  free(sender);
}
