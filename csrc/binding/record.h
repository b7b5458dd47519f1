/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The functions that request handlers call, some hundred thousand times a second. */

#ifndef KX_BINDING_RECORD_H
#define KX_BINDING_RECORD_H

#include <lauxlib.h>

/* Methods of a channel. channel:recorder() -> a function that takes an event. It returns true;
 * false when the engine has to be started first; or nil, message and code.
 * channel:reporter() -> the same for a report, or for a list of reports. */
extern const luaL_Reg kx_lua_record_methods[];

#endif
