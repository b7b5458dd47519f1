/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods that ask Redis and the AWS service about their state and change nothing. */

#ifndef KX_BINDING_DESCRIBE_STREAM_H
#define KX_BINDING_DESCRIBE_STREAM_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_describe_stream_methods[];

#endif
