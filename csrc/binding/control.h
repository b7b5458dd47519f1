/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods that take one call: the flag, the lock of a job, counts and the state. */

#ifndef KX_BINDING_CONTROL_H
#define KX_BINDING_CONTROL_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_control_methods[];

#endif
