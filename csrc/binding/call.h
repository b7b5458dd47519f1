/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Calls of an exporter's methods in the engine's thread. There each channel has a Lua state with an
 * exporter of its own, which only the thread touches. Arguments and results are copied, as bytes,
 * from one state to the other. */

#ifndef KX_BINDING_CALL_H
#define KX_BINDING_CALL_H

#include <lauxlib.h>

/* Registers the type of calls. call:poll() -> false; or true and what the method returned.
 * Raises what the method raised. */
void kx_lua_call_type(lua_State *L);

/* The method of a channel: channel:post(method, ...) -> a call | nil, message, code */
extern const luaL_Reg kx_lua_call_methods[];

#endif
