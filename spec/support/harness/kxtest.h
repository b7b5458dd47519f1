/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The C core laid open to the specs: a Lua module `kxtest`, built from the
 * core's sources and the files kxtest*.c, loaded by Lua 5.4 and LuaJIT. It is
 * never installed. Each kxtest_*.c adds the functions for a group of modules to
 * the table on top of the stack. */

#ifndef KXTEST_H
#define KXTEST_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "base/error.h"

/* error, digest, redis_url */
void kxtest_pure(lua_State *L);

/* buf, as objects */
void kxtest_buf(lua_State *L);

void kxtest_json(lua_State *L);
void kxtest_sigv4(lua_State *L);
void kxtest_http(lua_State *L);

/* pack, kinesis, tickets, lines */
void kxtest_export(lua_State *L);

/* stats_key, stats_time */
void kxtest_stats_key(lua_State *L);

/* usage, as objects; bucket names */
void kxtest_usage(lua_State *L);

/* sums, tally, as objects */
void kxtest_tally(lua_State *L);

/* forks */
void kxtest_process(lua_State *L);

/* pin */
void kxtest_load(lua_State *L);

/* allocation: counted, made to fail, looked at when freed */
void kxtest_memory(lua_State *L);

/* Adds the functions of a list to the table on top of the stack (luaL_setfuncs
 * for Lua 5.1's sake). */
void kxtest_add(lua_State *L, const luaL_Reg *functions);

/* The string argument `arg` as a slice. */
kx_slice kxtest_slice(lua_State *L, int arg);

/* The string field `name` of the table at `arg`; "" when it is absent. */
kx_slice kxtest_field(lua_State *L, int arg, const char *name);

/* Pushes the content of a buffer and frees it; nil when it has failed. */
void kxtest_push_buf(lua_State *L, kx_buf *buf);

/* Pushes nil, the text and the code's name: how a function ends that failed. */
int kxtest_failed(lua_State *L, const kx_error *err);

#endif
