/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One background thread a process, for hosts whose own threads must not wait: it
 * stores what channels take in, and carries out calls that are posted to it.
 *
 * It is started by the first use after a fork, never by loading the module; it blocks
 * all signals, runs on any processor, and owns every connection that it opens. It is
 * stopped, and what was taken in is stored before, when the last host detaches and when
 * the process exits. */

#ifndef KX_ENGINE_ENGINE_H
#define KX_ENGINE_ENGINE_H

#include "base/error.h"
#include "engine/ingest_buffer.h"
#include "engine/ingest_writer.h"
#include "exporter/settings.h"

/* What an exporter has in the engine: its settings, its intake, and the host of its
 * calls. */
typedef struct kx_channel kx_channel;

/* Something that the thread is to do for a channel. */
typedef struct kx_call {
  struct kx_call *next;
  kx_channel *channel;
  void (*run)(struct kx_call *call, void **host); /* may set what is the channel's host */
  void (*release)(struct kx_call *call);
  bool done, cancelled, abandoned;
} kx_call;

/* Makes a channel, taking over `settings` (also on failure). Starts nothing. `end_host`
 * releases what its calls have made its host, in the thread. */
kx_status kx_channel_open(kx_channel **out, kx_settings *settings, void (*end_host)(void *host),
                          kx_error *err);

/* The caller uses it no more. What it has taken in is stored first. */
void kx_channel_release(kx_channel *channel);

const kx_settings *kx_channel_settings(const kx_channel *channel);

/* As kx_ingest_buffer_event and kx_ingest_buffer_reports, but for waking the thread, which these do:
 * never KX_TAKEN_WAKE. The engine must be running. */
kx_taken kx_channel_event(kx_channel *channel, kx_slice event, const char *why);
kx_taken kx_channel_reports(kx_channel *channel, const kx_uses *uses, int64_t n);

/* What it has taken in, and how storing that goes. */
void kx_channel_look(kx_channel *channel, kx_ingest_counts *counts, kx_ingest_writer_state *state);

/* Lets what it has taken in be stored at once. kx_channel_stored tells when that is done,
 * or when an attempt has failed since: then, what is left stays to be stored. */
typedef struct kx_hurry {
  kx_ingest_counts taken;
  int64_t failures;
} kx_hurry;

kx_hurry kx_channel_hurry(kx_channel *channel);
bool kx_channel_stored(kx_channel *channel, const kx_hurry *hurry);

/* Is the thread running, in this very process? */
bool kx_engine_running(void);

/* Starts it if it is not. */
kx_status kx_engine_start(kx_error *err);

/* A host, a Lua state say, begins to use the engine; and ends, which stops the thread
 * when it was the last one. */
void kx_engine_attach(void);
void kx_engine_detach(void);

/* Stores what there is, for as long as the channels' settings allow, and stops the
 * thread. Idempotent; the next start begins anew. */
void kx_engine_stop(void);

/* Posts a call. Afterwards the caller asks kx_call_done until that is true, and then
 * releases it; or abandons it. Fails when too many are waiting. */
kx_status kx_engine_post(kx_call *call, kx_error *err);
bool kx_call_done(const kx_call *call);
void kx_call_abandon(kx_call *call);

#endif
