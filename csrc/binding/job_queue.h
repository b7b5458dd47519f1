/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods for the queue of jobs, as workers and operators use it. Argument 2 is the name of the
 * queue. For the methods of workers, argument 3 is the worker, and argument 4 is the job, its
 * TTL, or missing. */

#ifndef KX_BINDING_JOB_QUEUE_H
#define KX_BINDING_JOB_QUEUE_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_job_queue_methods[];

#endif
