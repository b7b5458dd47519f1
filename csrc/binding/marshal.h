/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Values on their way from one Lua state to another: copied as bytes. */

#ifndef KX_BINDING_MARSHAL_H
#define KX_BINDING_MARSHAL_H

#include "base/buf.h"

#include <lua.h>

/* Appends the value at `index`, which is from 1 on. Raises at what cannot be copied (a
 * function, say): `out` must have an owner. */
void kx_lua_marshal_put(lua_State *L, int index, kx_buf *out);

/* Pushes all values and returns how many there are. */
int kx_lua_marshal_take(lua_State *L, const kx_buf *from);

#endif
