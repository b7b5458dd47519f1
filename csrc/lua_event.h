/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Events as Lua programs give them: JSON text, or a flat table that becomes
 * JSON as the data contract writes it: the known members in its order, others
 * after them by name, every value a string, no spaces. */

#ifndef KX_LUA_EVENT_H
#define KX_LUA_EVENT_H

#include "buf.h"

#include <lua.h>

/* Raises an error unless the value at `index` is a string or a flat table with
 * string keys and string, number, boolean or null values. `n` is its place in
 * the list, for the message. */
void kx_lua_event_check(lua_State *L, int index, int n);

/* Writes a checked table's JSON into `out`, emptied first. `time_gen` is used
 * when the table has none. Raises nothing. */
void kx_lua_event_write(lua_State *L, int index, const char *time_gen, kx_buf *out);

#endif
