/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What the search for credentials, which is written in Lua, needs of C besides the core's
 * requests: commands that are worked off in steps, two formats and a hash. */

#ifndef KX_BINDING_CREDENTIALS_H
#define KX_BINDING_CREDENTIALS_H

#include "base/buf.h"

#include <lua.h>

/* Registers their types. */
void kx_lua_subprocess_type(lua_State *L);
void kx_lua_secret_type(lua_State *L);

/* Pushes an empty buffer that Lua owns, since pushing a text made in it may raise; what it
 * holds is wiped when it is collected. */
kx_buf *kx_lua_secret_push(lua_State *L);

/* sha1(text) -> 40 hexadecimal digits | nil, message, code */
int kx_lua_sha1(lua_State *L);

/* process(command, timeout_ms) -> process | nil, message, code.
 * process:step(ms) -> false | exit status, output | nil, message, code; process:close() */
int kx_lua_subprocess(lua_State *L);

/* aws_ini(text) -> {[section] = {[name in lower case] = value}}, {section, ...} in the
 * order of the text | nil, message, code */
int kx_lua_aws_ini(lua_State *L);

/* json_members(text) -> the object's members that are texts, whole numbers or such
 * objects, by name | nil when it is no JSON object */
int kx_lua_json_members(lua_State *L);

#endif
