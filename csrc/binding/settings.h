/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Settings from the Lua layer: a table with all numbers, and with the strings that are set, by
 * name. */

#ifndef KX_BINDING_SETTINGS_H
#define KX_BINDING_SETTINGS_H

#include "exporter/settings.h"

#include <lua.h>

/* Raises unless the value at `index` is a table of settings. */
void kx_lua_settings_check(lua_State *L, int index);

/* Copies settings that were checked. The caller frees `out`, also after a failure. It may raise,
 * so something else must own `out`. */
kx_status kx_lua_settings_take(lua_State *L, int index, kx_settings *out, kx_error *err);

#endif
