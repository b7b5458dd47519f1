/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Methods for the HTTP requests that the search for credentials makes. */

#ifndef KX_BINDING_REQUEST_H
#define KX_BINDING_REQUEST_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_request_methods[];

#endif
