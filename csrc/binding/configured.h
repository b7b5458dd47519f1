/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The options of the default exporter, for all Lua states of this process. */

#ifndef KX_BINDING_CONFIGURED_H
#define KX_BINDING_CONFIGURED_H

#include <lua.h>

/* keep_configured(options) -> the number of this call | nil, message, code. Raises when a value
 * cannot be copied from one Lua state to another. */
int kx_lua_keep_configured(lua_State *L);

/* forget_configured(number): forgets the options of that call, unless another call came later */
int kx_lua_forget_configured(lua_State *L);

/* configured() -> the options of the last call | nil */
int kx_lua_configured(lua_State *L);

#endif
