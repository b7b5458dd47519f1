/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Commands of the shell, read in steps: see base/subprocess.h. */

#ifndef KX_BINDING_SUBPROCESS_H
#define KX_BINDING_SUBPROCESS_H

#include <lua.h>

/* Registers the type of processes. */
void kx_lua_subprocess_type(lua_State *L);

/* process(command, timeout_ms) -> process | nil, message, code.
 * process:step(ms) -> false | exit status, output | nil, message, code; process:close() */
int kx_lua_subprocess(lua_State *L);

#endif
