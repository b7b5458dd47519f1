/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods for rejected events. */

#ifndef KX_BINDING_REJECTED_H
#define KX_BINDING_REJECTED_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_rejected_methods[];

#endif
