/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The method that stores events, and the check of events before that. */

#ifndef KX_BINDING_ADD_EVENTS_H
#define KX_BINDING_ADD_EVENTS_H

#include <lauxlib.h>

extern const luaL_Reg kx_lua_add_events_methods[];

/* check_events(list): raises what adding the list would raise */
int kx_lua_check_events(lua_State *L);

#endif
