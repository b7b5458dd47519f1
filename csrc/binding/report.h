/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reports from Lua programs. */

#ifndef KX_BINDING_REPORT_H
#define KX_BINDING_REPORT_H

#include "counters/tally.h"

#include <lauxlib.h>

/* Appends the uses of the report at `index`, which is at least 1, to `uses`. `now` is its time, in
 * seconds since the epoch, if it has none. Raises when something is wrong. `n` is its number in
 * the list, for the message. */
void kx_lua_report_read(lua_State *L, int index, int n, int64_t now, kx_uses *uses);

/* The method `report`. */
extern const luaL_Reg kx_lua_report_methods[];

#endif
