/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Copies values from one Lua state to another, as bytes. */

#ifndef KX_BINDING_MARSHAL_H
#define KX_BINDING_MARSHAL_H

#include "base/buf.h"

#include <lua.h>

/* Appends the value at `index`, which is at least 1. Raises when it cannot be copied, for example
 * a function. So something else must own `out`. */
void kx_lua_marshal_put(lua_State *L, int index, kx_buf *out);

/* Pushes all values and returns their number. */
int kx_lua_marshal_take(lua_State *L, const kx_buf *from);

#endif
