/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Events from Lua programs: a JSON text, or a flat table. A table becomes JSON in the form of the
 * data contract: the known members in its order, the others after them by name, each value a
 * string, no spaces. */

#ifndef KX_BINDING_EVENT_H
#define KX_BINDING_EVENT_H

#include "base/buf.h"

#include <lua.h>

enum { KX_EVENT_KNOWN = 9, KX_EVENT_FIELDS = 64 };

/* A value of a table. `kind` is its Lua type, LUA_TNONE when there is no value. */
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

/* The parts of a table, which still owns the texts. Of `other`, the first `others` are set. */
typedef struct kx_lua_event {
  kx_lua_value known[KX_EVENT_KNOWN];
  size_t others;
  struct kx_lua_field {
    kx_slice name;
    kx_lua_value value;
  } other[KX_EVENT_FIELDS];
} kx_lua_event;

/* The time for events of this moment. All-zero is a valid start. */
typedef struct kx_lua_time {
  int64_t seconds;
  char text[32];
} kx_lua_time;

/* The time now, in UTC, as "20151130 10:05:20". */
const char *kx_lua_time_gen(kx_lua_time *time);

/* Reads the parts of the table at `index`, which is at least 1. Raises unless the table is flat,
 * its keys are strings, and its values are strings, numbers, booleans or null. `n` is its number
 * in the list, for the message. */
void kx_lua_event_read(lua_State *L, int index, int n, kx_lua_event *out);

/* Makes the same check for a value that may also be a JSON text, which is not checked. */
void kx_lua_event_check(lua_State *L, int index, int n);

/* Empties `out` and writes the event to it as JSON. `time_gen` is used when the event has
 * none. */
void kx_lua_event_write(kx_lua_event *event, const char *time_gen, kx_buf *out);

#endif
