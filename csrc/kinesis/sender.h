/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Signs and sends batches, reads what the answers mean, and sends again what was refused. It does
 * not know where events come from or go back to.
 *
 * The caller packs into an idle flight, submits it, and later gets it back settled: the events
 * that are still in its batch were not accepted. The number of flights is fixed, and so is the
 * memory they need; a batch that is sent in halves borrows one more flight until that one is
 * settled. A refused batch is sent again after a wait (base/backoff.h). The number of calls in
 * flight is halved when the service asks to slow down, and grows by one after as many successes
 * as there are calls in flight. */

#ifndef KX_KINESIS_SENDER_H
#define KX_KINESIS_SENDER_H

#include "base/stats.h"
#include "http/call.h"
#include "kinesis/config.h"
#include "kinesis/flight.h"

typedef struct kx_sender kx_sender;

/* Makes a sender; nothing is connected. KX_CONFIG says which option is wrong. */
kx_status kx_sender_open(kx_sender **out, const kx_kinesis_config *config, kx_stats *stats,
                         kx_error *err);

/* Sets the credentials (`session_token` may be NULL); they are copied. */
kx_status kx_sender_credentials(kx_sender *sender, const char *access_key_id,
                                const char *secret_access_key, const char *session_token,
                                kx_error *err);

/* True when calls wait for new credentials. */
bool kx_sender_wants_credentials(const kx_sender *sender);

/* How records are framed and limited, for kx_batch_pack. */
const kx_frame *kx_sender_frame(const kx_sender *sender);
const kx_limits *kx_sender_limits(const kx_sender *sender);

/* Begins an export: forgets how the last one ended. */
void kx_sender_begin(kx_sender *sender);

/* A flight with an empty batch to pack into, or NULL while all are in use. */
kx_flight *kx_sender_idle(kx_sender *sender);

/* Closes the flight's batch. It is sent as soon as a call more is allowed. `parts` counts the
 * flights that the batch becomes if it is split. */
kx_status kx_sender_submit(kx_sender *sender, kx_flight *flight, unsigned *parts, kx_error *err);

/* Starts the calls that are due, waits at most `timeout_ms` for calls and watched descriptors,
 * and handles the calls that ended. */
kx_status kx_sender_wait(kx_sender *sender, kx_http_watch *watches, size_t n, int timeout_ms,
                         kx_error *err);

/* The next settled flight, or NULL. Give it back with kx_sender_release. */
kx_flight *kx_sender_settled(kx_sender *sender);
void kx_sender_release(kx_sender *sender, kx_flight *flight);

/* Starts no more calls. Flights that are ready or waiting are settled as refused. */
void kx_sender_stop(kx_sender *sender);

/* True when the sender has stopped, after a failure or by kx_sender_stop. `why` then holds the
 * failure; its code is KX_OK if the service only refused records. */
bool kx_sender_stopped(const kx_sender *sender, kx_error *why);

/* True when flights are ready, waiting, flying, or settled but not released. */
bool kx_sender_busy(const kx_sender *sender);

/* Drops every flight. The outcome of those that were flying is unknown. */
void kx_sender_abort(kx_sender *sender);

/* Releases everything and wipes the credentials. NULL is allowed. */
void kx_sender_close(kx_sender *sender);

#endif
