/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The userdata behind every exporter, and what the files that add methods to it
 * share: getting at it, and the ways in which a method ends. */

#ifndef KX_BINDING_OBJECT_H
#define KX_BINDING_OBJECT_H

#include "aws/request.h"
#include "counters/tally.h"
#include "exporter/exporter.h"

#include <lauxlib.h>
#include <lua.h>

#define KX_LUA_TYPE "kinesis_exporter.core"

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

/* An exporter, a worker's connection, a request for credentials, and scratch memory. */
struct kx_lua_object {
  kx_exporter exporter;
  kx_redis *queue; /* made when it is first needed */
  kx_request request;
  kx_buf scratch;
  kx_uses uses; /* of one report */
  bool open;
};

/* Registers its type. */
void kx_lua_object_type(lua_State *L);

/* Pushes an empty one, whose exporter is to be opened. */
struct kx_lua_object *kx_lua_object_push(lua_State *L);

/* Argument 1; raises when it is no exporter, or closed. */
struct kx_lua_object *kx_lua_get(lua_State *L);

/* The same for methods that a task in progress would be disturbed by. */
kx_exporter *kx_lua_get_idle(lua_State *L);

/* Pushes nil, the message and the code. */
int kx_lua_failed(lua_State *L, const kx_error *error);

/* Pushes the value, or what kx_lua_failed does. */
int kx_lua_boolean(lua_State *L, kx_status status, const kx_error *error, bool value);
int kx_lua_integer(lua_State *L, kx_status status, const kx_error *error, int64_t value);

/* Pushes the name of an outcome, nil for KX_ALL. */
void kx_lua_push_outcome(lua_State *L, kx_outcome outcome);

/* Sets a field of the table on top of the stack; a text only unless empty. */
void kx_lua_set_integer(lua_State *L, const char *name, int64_t value);
void kx_lua_set_text(lua_State *L, const char *name, const char *value);

/* Pushes the field, a string or nil, of the table at `table`; raises at anything
 * else. The result is what was pushed, NULL for nil. */
const char *kx_lua_text_field(lua_State *L, int table, const char *name);

/* Adds functions to the table on top of the stack. */
void kx_lua_add_functions(lua_State *L, const luaL_Reg *list);

/* The methods, a file each. */
extern const luaL_Reg kx_lua_exporter_methods[];
extern const luaL_Reg kx_lua_event_methods[];
extern const luaL_Reg kx_lua_export_methods[];
extern const luaL_Reg kx_lua_rejected_methods[];
extern const luaL_Reg kx_lua_buckets_methods[];
extern const luaL_Reg kx_lua_report_methods[];
extern const luaL_Reg kx_lua_queue_methods[];
extern const luaL_Reg kx_lua_history_methods[];
extern const luaL_Reg kx_lua_doctor_methods[];
extern const luaL_Reg kx_lua_request_methods[];

#endif
