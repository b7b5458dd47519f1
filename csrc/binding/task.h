/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods that begin a flush or a job, and carry it out in steps. So Lua can show progress,
 * find credentials and stop between two steps. */

#ifndef KX_BINDING_TASK_H
#define KX_BINDING_TASK_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_task_methods[];

#endif
