/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods for the totals of all processes and their history. */

#ifndef KX_BINDING_HISTORY_H
#define KX_BINDING_HISTORY_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_history_methods[];

#endif
