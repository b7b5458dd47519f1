/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Errors about what the caller of the library did. They name the caller's place in its
 * file, however many functions of the library are in between. */

#ifndef KX_BINDING_RAISE_H
#define KX_BINDING_RAISE_H

#include <lua.h>

/* Raises a message, as luaL_error formats it, after the place of the innermost Lua function
 * that is not of the library's own files (kinesis_exporter.lua, and those below a
 * folder kinesis_exporter). Never returns; the result is for `return`. */
int kx_lua_raise(lua_State *L, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* raise(message): the same for the library's Lua files */
int kx_lua_raise_text(lua_State *L);

#endif
