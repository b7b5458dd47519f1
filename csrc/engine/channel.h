/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What one exporter has in the engine: its settings, its ingest buffer with the writer that
 * empties it, and the host of its calls. kx_engine_open_channel makes a channel. */

#ifndef KX_ENGINE_CHANNEL_H
#define KX_ENGINE_CHANNEL_H

#include "base/error.h"
#include "engine/ingest_buffer.h"
#include "engine/ingest_writer.h"
#include "engine/monitor.h"
#include "exporter/settings.h"

typedef struct kx_channel {
  struct kx_channel *next;
  kx_monitor *monitor; /* the engine's; guards `released`, `state` and `hurried` */
  kx_settings settings;
  bool released; /* the host does not use the channel any more */
  kx_ingest_buffer buffer;
  kx_ingest_writer writer;      /* used by the engine's thread only, as `open` and the host are */
  bool open;                    /* the writer is open, in this process */
  kx_ingest_writer_state state; /* a copy of the writer's */
  kx_ingest_counts hurried;     /* what was taken in until then is to be stored at once */
  void *host;                   /* what the first call made for all calls; NULL before that */
  void (*end_host)(void *host); /* releases the host */
} kx_channel;

/* Makes a channel and takes over `settings`, also on failure. Nothing is connected. */
kx_status kx_channel_make(kx_channel **out, kx_monitor *monitor, kx_settings *settings,
                          kx_error *err);

/* Releases a channel that is in no list, with everything that it holds. */
void kx_channel_free(kx_channel *channel);

/* Adds a channel to a list, and removes one that is in it. */
void kx_channel_link(kx_channel **first, kx_channel *channel);
void kx_channel_unlink(kx_channel **first, const kx_channel *channel);

/* For threads of the host
 *
 * kx_channel_event and kx_channel_reports do what kx_ingest_buffer_event and
 * kx_ingest_buffer_reports do, and wake the thread where that is needed: they never return
 * KX_TAKEN_WAKE. The engine must be running. */
kx_taken kx_channel_event(kx_channel *channel, kx_slice event, const char *why);
kx_taken kx_channel_reports(kx_channel *channel, const kx_uses *uses, int64_t n);

/* Tells what the channel has taken in, and how storing it goes. */
void kx_channel_inspect(kx_channel *channel, kx_ingest_counts *counts,
                        kx_ingest_writer_state *state);

/* kx_channel_hurry has everything that was taken in stored at once. kx_channel_stored is true
 * when that is done, or when an attempt has failed since: what is left is stored later. */
typedef struct kx_hurry {
  kx_ingest_counts taken;
  int64_t failures;
} kx_hurry;

kx_hurry kx_channel_hurry(kx_channel *channel);
bool kx_channel_stored(kx_channel *channel, const kx_hurry *hurry);

/* For the engine's thread
 *
 * kx_channel_work writes a part of what is due to Redis; with `all`, also what is not due yet.
 * True when there is more to do at once; otherwise `*at_ms` is lowered to the time when there
 * will be. The caller does not hold the mutex. */
bool kx_channel_work(kx_channel *channel, bool all, int64_t *at_ms);

/* True when Redis has everything that was taken in. */
bool kx_channel_is_stored(kx_channel *channel);

/* True while something is left that kx_channel_hurry asked for. */
bool kx_channel_is_hurried(kx_channel *channel);

/* Ends the host and closes the connections. What is not stored stays in memory. */
void kx_channel_hang_up(kx_channel *channel);

/* In the child process of a fork: begins with an empty buffer. What the parent's thread used is
 * not touched, since its state is not known. */
void kx_channel_forget(kx_channel *channel);

#endif
