/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The Lua module `kxtest`, which gives the specs access to the C core. It is built from the
 * sources of the core and the files kxtest*.c. Lua 5.4 and LuaJIT load it. It is never
 * installed. Each kxtest_*.c adds the functions for some C files to the table on top of the
 * stack. */

#ifndef KXTEST_H
#define KXTEST_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "base/error.h"

/* error, crypto, redis/url */
void kxtest_pure(lua_State *L);

/* buf, as objects */
void kxtest_buf(lua_State *L);

void kxtest_json(lua_State *L);
void kxtest_sigv4(lua_State *L);
void kxtest_http(lua_State *L);

/* batch, api, checkpoint, newlines */
void kxtest_export(lua_State *L);

/* a flush, without the binding */
void kxtest_flush(lua_State *L);

/* stats_key, stats_time */
void kxtest_stats_key(lua_State *L);

/* increments, as objects; bucket names */
void kxtest_increments(lua_State *L);

/* count_map, tally, as objects */
void kxtest_tally(lua_State *L);

/* forks */
void kxtest_process(lua_State *L);

/* pin */
void kxtest_load(lua_State *L);

/* allocations: counts them, lets them fail, and reads what is freed */
void kxtest_memory(lua_State *L);

/* Adds the functions of a list to the table on top of the stack. Lua 5.1 has no luaL_setfuncs. */
void kxtest_add(lua_State *L, const luaL_Reg *functions);

/* Returns the string argument `arg` as a slice. */
kx_slice kxtest_slice(lua_State *L, int arg);

/* Returns the string field `name` of the table at `arg`; "" when it is absent. */
kx_slice kxtest_field(lua_State *L, int arg, const char *name);

/* Pushes the content of a buffer and frees it; nil when it has failed. */
void kxtest_push_buf(lua_State *L, kx_buf *buf);

/* Pushes the results of a function that failed: nil, the text and the name of the code. */
int kxtest_failed(lua_State *L, const kx_error *err);

#endif
