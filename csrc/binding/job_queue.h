/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods for the queue of jobs, as workers and operators use it. */

#ifndef KX_BINDING_JOB_QUEUE_H
#define KX_BINDING_JOB_QUEUE_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_job_queue_methods[];

#endif
