/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Batches on their way: signed, sent, judged, sent again. Knows nothing of
 * where events come from or go back to.
 *
 * The caller packs into an idle flight, submits it, and later gets it back
 * settled: what is still in its batch was not accepted. How many flights there
 * are is fixed, so memory is bounded by them; a batch that must be sent in
 * halves borrows a flight for as long. Refusals are tried again after a
 * while (kx_sender_backoff_ms); calls in flight are halved when the service asks to
 * slow down and grow by one a round of successes. */

#ifndef KX_KINESIS_SENDER_H
#define KX_KINESIS_SENDER_H

#include "base/stats.h"
#include "exporter/settings.h"
#include "http/http.h"
#include "kinesis/api.h"
#include "kinesis/batch.h"

typedef struct kx_sender kx_sender;

/* What became of a flight, and what its caller does with the events that are
 * still in its batch. */
typedef enum kx_flight_result {
  KX_DELIVERED, /* nothing is left */
  KX_REFUSED,   /* they stay pending */
  KX_TOO_LARGE  /* one event that the service finds too large: reject it */
} kx_flight_result;

typedef enum kx_flight_state {
  KX_FLIGHT_IDLE,
  KX_FLIGHT_PACKING, /* with the caller */
  KX_FLIGHT_READY,   /* to be sent as soon as there is room */
  KX_FLIGHT_WAITING, /* to be sent again at `due_ms` */
  KX_FLIGHT_FLYING,
  KX_FLIGHT_SETTLED
} kx_flight_state;

/* A batch and its journey. Owned by the sender. */
typedef struct kx_flight {
  kx_batch batch;
  kx_flight_result result; /* when settled */
  unsigned *parts;         /* the caller's: how many flights its batch has become */
  kx_flight_state state;
  kx_http_call call;
  char hash[65]; /* of the body, "" when it has changed */
  int attempts;  /* in a row that brought nothing */
  int clock_attempts;
  int64_t due_ms;
  int64_t skew;    /* the clock correction it was signed with */
  unsigned signer; /* the generation of credentials likewise */
  bool borrowed;   /* for a split: freed when released */
  struct kx_flight *next;
} kx_flight;

/* Makes a client for the endpoint that the settings name, or the region's. */
kx_status kx_sender_reach(kx_http **out, const kx_settings *settings, kx_error *err);

/* Makes a sender for the settings; nothing is connected. KX_CONFIG says which
 * setting is missing or wrong. */
kx_status kx_sender_open(kx_sender **out, const kx_settings *settings, kx_stats *stats,
                         kx_error *err);

/* Gives credentials (`session_token` may be NULL); they are copied. */
kx_status kx_sender_credentials(kx_sender *sender, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err);

/* True when calls wait for fresh credentials. */
bool kx_sender_wants_credentials(const kx_sender *sender);

/* How records are framed and limited, for kx_batch_pack. */
const kx_frame *kx_sender_frame(const kx_sender *sender);
const kx_limits *kx_sender_limits(const kx_sender *sender);

/* The limits that these settings come to. */
kx_limits kx_sender_limits_of(const kx_settings *settings);

/* Begins a run: forgets how the last one ended. */
void kx_sender_begin(kx_sender *sender);

/* A flight with an empty batch to pack into, or NULL while all are in use. */
kx_flight *kx_sender_idle(kx_sender *sender);

/* Closes the flight's batch and sends it when there is room. */
kx_status kx_sender_submit(kx_sender *sender, kx_flight *flight, unsigned *parts, kx_error *err);

/* Starts what is due, waits at most `timeout_ms` for calls and watched
 * descriptors, and judges the calls that ended. */
kx_status kx_sender_wait(kx_sender *sender, kx_http_watch *watches, size_t n, int timeout_ms,
                         kx_error *err);

/* The next settled flight, or NULL. Give it back with kx_sender_release. */
kx_flight *kx_sender_settled(kx_sender *sender);
void kx_sender_release(kx_sender *sender, kx_flight *flight);

/* Starts no call any more: flights that are not in the air are settled as
 * refused. */
void kx_sender_stop(kx_sender *sender);

/* True when the sender has stopped, by itself or by kx_sender_stop. `why` then
 * tells a failure; its code is KX_OK when the service only refused. */
bool kx_sender_stopped(const kx_sender *sender, kx_error *why);

/* True when flights are ready, waiting or in the air, or settled and not yet
 * released. */
bool kx_sender_busy(const kx_sender *sender);

/* How long a batch waits before it is sent again, after so many attempts in a row that
 * brought nothing: a random time up to 100 ms for the first, twice as long for each
 * further one, 20 s at most (AWS Architecture Blog, "Exponential Backoff And Jitter"; the
 * figures are those of AWS's SDK for JavaScript). It is at least as long as the service
 * asks for (`asked_ms`, or -1), but then also 20 s at most. */
int64_t kx_sender_backoff_ms(int attempts, int64_t asked_ms);

/* Drops every flight; what was in the air is unknown. */
void kx_sender_abort(kx_sender *sender);

/* Releases everything and wipes the credentials. NULL is allowed. */
void kx_sender_close(kx_sender *sender);

#endif
