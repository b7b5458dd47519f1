/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Settings as the Lua layer hands them over: a table with every number and the
 * strings that there are, by name. */

#ifndef KX_BINDING_SETTINGS_H
#define KX_BINDING_SETTINGS_H

#include "exporter/settings.h"

#include <lua.h>

/* Raises an error unless the value at `index` is such a table. */
void kx_lua_settings_check(lua_State *L, int index);

/* Copies what was checked. What `out` holds after a failure is to be freed, too. */
kx_status kx_lua_settings_take(lua_State *L, int index, kx_settings *out, kx_error *err);

#endif
