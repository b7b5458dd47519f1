/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The methods of an exporter: each of the files that are included here adds some. */

#ifndef KX_BINDING_METHODS_H
#define KX_BINDING_METHODS_H

#include <lua.h>

/* Registers the type of exporters with all its methods. */
void kx_lua_methods_register(lua_State *L);

#endif
