/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What the search for credentials, which is written in Lua, needs from C: two formats, a hash,
 * and the method that gives an exporter its credentials. */

#ifndef KX_BINDING_CREDENTIALS_H
#define KX_BINDING_CREDENTIALS_H

#include <lauxlib.h>

/* sha1(text) -> 40 hexadecimal digits | nil, message, code */
int kx_lua_sha1(lua_State *L);

/* aws_ini(text) -> {[section] = {[name in lower case] = value}}, {section, ...} in the order of
 * the text | nil, message, code */
int kx_lua_aws_ini(lua_State *L);

/* json_members(text) -> a table of the object's members, by name: texts, whole numbers, and
 * objects as tables of the same form | nil when the text is not a JSON object */
int kx_lua_json_members(lua_State *L);

/* The method `set_credentials`. */
extern const luaL_Reg kx_lua_credentials_methods[];

#endif
