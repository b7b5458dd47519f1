/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods for buckets of changed counters, as operators use them. */

#ifndef KX_BINDING_BUCKETS_H
#define KX_BINDING_BUCKETS_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_buckets_methods[];

#endif
