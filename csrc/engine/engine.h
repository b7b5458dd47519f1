/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One background thread in each process, for hosts whose own threads must not wait. It stores
 * what channels take in, and carries out calls that are posted to it.
 *
 * The first use after a fork starts the thread; loading the module never does. The thread
 * blocks all signals, runs on any processor, and owns every connection that it opens. It
 * stops when the last host detaches and when the process exits, and stores what was taken in
 * before that. */

#ifndef KX_ENGINE_ENGINE_H
#define KX_ENGINE_ENGINE_H

#include "base/error.h"
#include "engine/calls.h"
#include "engine/channel.h"
#include "exporter/settings.h"

/* Makes a channel and takes over `settings`, also on failure. Starts nothing. */
kx_status kx_engine_open_channel(kx_channel **out, kx_settings *settings, kx_error *err);

/* The caller does not use the channel any more. What it has taken in is stored first. */
void kx_engine_release_channel(kx_channel *channel);

/* True when the thread runs, in this process. */
bool kx_engine_running(void);

/* Starts the thread if it does not run. */
kx_status kx_engine_start(kx_error *err);

/* A host, for example a Lua state, begins to use the engine; and stops using it. The thread
 * stops with the last host. */
void kx_engine_attach(void);
void kx_engine_detach(void);

/* Stores what there is, for at most the time that the channels' settings allow, and stops the
 * thread. Idempotent. kx_engine_start can start it again. */
void kx_engine_stop(void);

/* Posts a call. Fails when too many calls wait already. The caller then asks kx_engine_done
 * until that is true and releases the call, or abandons it. */
kx_status kx_engine_post(kx_call *call, kx_error *err);
bool kx_engine_done(const kx_call *call);

/* The caller does not wait for the call any more: it is released when it is done. */
void kx_engine_abandon(kx_call *call);

#endif
