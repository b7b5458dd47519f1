/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Events as Lua programs give them: JSON text, or a flat table that becomes
 * JSON as the data contract writes it: the known members in its order, others
 * after them by name, every value a string, no spaces. */

#ifndef KX_BINDING_EVENT_H
#define KX_BINDING_EVENT_H

#include "base/buf.h"

#include <lua.h>

enum { KX_EVENT_KNOWN = 9, KX_EVENT_FIELDS = 64 };

/* A value as a table has it; `kind` is its Lua type, LUA_TNONE where there is none. */
typedef struct kx_lua_value {
  int kind;
  bool is_integer;
  union {
    kx_slice text;
    lua_Number number;
    int64_t integer;
    bool boolean;
  } as;
} kx_lua_value;

/* A table taken apart; texts stay the table's. Only what `others` counts is set. */
typedef struct kx_lua_event {
  kx_lua_value known[KX_EVENT_KNOWN];
  size_t others;
  struct kx_lua_field {
    kx_slice name;
    kx_lua_value value;
  } other[KX_EVENT_FIELDS];
} kx_lua_event;

/* The time that events of this moment have. All-zero knows none yet. */
typedef struct kx_lua_time {
  int64_t seconds;
  char text[32];
} kx_lua_time;

/* "20151130 10:05:20" of now, in UTC. */
const char *kx_lua_time_gen(kx_lua_time *time);

/* Takes the table at `index` (from 1 on) apart. Raises an error unless it is flat,
 * with string keys and string, number, boolean or null values; `n` is its place in the
 * list, for the message. */
void kx_lua_event_read(lua_State *L, int index, int n, kx_lua_event *out);

/* The same check for what may also be JSON text, which is not looked at. */
void kx_lua_event_check(lua_State *L, int index, int n);

/* Writes an event's JSON into `out`, emptied first. `time_gen` is used when it has
 * none. */
void kx_lua_event_write(kx_lua_event *event, const char *time_gen, kx_buf *out);

#endif
