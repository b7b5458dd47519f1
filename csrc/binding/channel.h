/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The engine as Lua sees it: a channel, which takes events and reports without
 * waiting and posts calls, and the calls' tickets. */

#ifndef KX_BINDING_CHANNEL_H
#define KX_BINDING_CHANNEL_H

#include "binding/event.h"
#include "engine/engine.h"

#include <lua.h>

#define KX_LUA_CHANNEL "kinesis_exporter.channel"

/* The userdata. */
struct kx_lua_channel {
  kx_channel *channel; /* NULL when it is closed */
  kx_buf scratch;
  kx_uses uses;
  kx_lua_time time;
  size_t event_bytes; /* of an event, at most, its newline included */
};

/* channel(settings) -> one that is not started */
int kx_lua_channel_new(lua_State *L);

/* drain(): see kx_engine_stop */
int kx_lua_drain(lua_State *L);

/* Registers its type, and that of tickets. */
void kx_lua_channel_type(lua_State *L);

/* Argument 1; raises when it is no channel, or closed. */
struct kx_lua_channel *kx_lua_channel_get(lua_State *L);

/* channel:recorder() -> a function that takes an event: true; false when the engine has
 * to be started first; or nil, message and code. channel:reporter(): the same for a
 * report, or a list of them. */
int kx_lua_recorder(lua_State *L);
int kx_lua_reporter(lua_State *L);

/* channel:post(method, ...) -> a ticket, or nil, message and code. ticket:poll() ->
 * false, or true and what the method of a core has returned; raises what it raised. */
int kx_lua_post(lua_State *L);
void kx_lua_call_type(lua_State *L);

/* Ends what calls have made a channel's host. */
void kx_lua_end_host(void *host);

#endif
