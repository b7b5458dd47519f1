/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Values on their way to Lua and from it: results, errors, and fields of tables. */

#ifndef KX_BINDING_VALUES_H
#define KX_BINDING_VALUES_H

#include "base/error.h"
#include "control/lease.h"

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

/* Pushes nil, the message and the code. */
int kx_lua_failed(lua_State *L, const kx_error *error);

/* Pushes the value; after a failure, what kx_lua_failed pushes. */
int kx_lua_boolean(lua_State *L, kx_status status, const kx_error *error, bool value);
int kx_lua_integer(lua_State *L, kx_status status, const kx_error *error, int64_t value);

/* Pushes the name of an outcome, nil for KX_ALL. */
void kx_lua_push_outcome(lua_State *L, kx_outcome outcome);

/* Sets a field of the table on top of the stack. An empty C string sets nothing. */
void kx_lua_set_integer(lua_State *L, const char *name, int64_t value);
void kx_lua_set_slice(lua_State *L, const char *name, kx_slice value);
void kx_lua_set_text(lua_State *L, const char *name, const char *value);

/* Pushes a field of the table at `table`. Raises when it is neither a string nor nil.
 * Returns the string that was pushed, NULL for nil. */
const char *kx_lua_text_field(lua_State *L, int table, const char *name);

/* Adds functions to the table on top of the stack. */
void kx_lua_add_functions(lua_State *L, const luaL_Reg *list);

#endif
