/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Errors about a mistake of the caller of the library. They name the line of the caller, not a
 * line of the library. */

#ifndef KX_BINDING_RAISE_H
#define KX_BINDING_RAISE_H

#include <lua.h>

/* Raises a message, in the format of luaL_error. Before it stands the line of the innermost Lua
 * function outside the library's files (kinesis_exporter.lua, and the files below a folder
 * kinesis_exporter). Never returns: the result is for `return`. */
int kx_lua_raise(lua_State *L, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* raise(message): does the same for the Lua files of the library */
int kx_lua_raise_text(lua_State *L);

#endif
