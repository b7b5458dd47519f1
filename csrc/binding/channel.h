/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A channel of the engine as Lua sees it: it takes in events and reports without waiting, and
 * calls are posted to it. */

#ifndef KX_BINDING_CHANNEL_H
#define KX_BINDING_CHANNEL_H

#include "binding/event.h"
#include "engine/engine.h"

#include <lua.h>

/* The userdata. */
struct kx_lua_channel {
  kx_channel *channel;  /* NULL when it is closed */
  kx_settings settings; /* until the channel takes them over */
  kx_buf scratch;
  kx_uses uses;
  kx_lua_time time;
  size_t event_bytes; /* the most that an event may have, its newline included */
};

/* channel(settings) -> a channel whose engine is not started */
int kx_lua_channel_new(lua_State *L);

/* drain(): see kx_engine_stop */
int kx_lua_drain(lua_State *L);

/* Registers the type and pushes the table of its methods. */
void kx_lua_channel_type(lua_State *L);

/* Returns argument 1. Raises when it is not a channel, or when it is closed. */
struct kx_lua_channel *kx_lua_channel_get(lua_State *L);

#endif
