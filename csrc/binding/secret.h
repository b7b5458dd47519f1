/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A buffer that Lua owns, for secrets. */

#ifndef KX_BINDING_SECRET_H
#define KX_BINDING_SECRET_H

#include "base/buf.h"

#include <lua.h>

/* Registers the type. */
void kx_lua_secret_type(lua_State *L);

/* Pushes an empty buffer. Lua owns it because pushing the text that was made in it may raise an
 * error. Its content is wiped when Lua collects it. */
kx_buf *kx_lua_secret_push(lua_State *L);

#endif
