/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What the search for credentials, which is written in Lua, needs of C: requests and
 * commands that are worked off in steps, and two formats. */

#ifndef KX_LUA_AWS_H
#define KX_LUA_AWS_H

#include <lua.h>

/* Registers their types. */
void kx_lua_request_type(lua_State *L);
void kx_lua_process_type(lua_State *L);
void kx_lua_secret_type(lua_State *L);

/* request{url=, method=, body=, headers={...}, proxy=, ca_file=, connect_timeout_ms=,
 * request_timeout_ms=, sign={access_key_id=, secret_access_key=, session_token=, region=,
 * service=}} -> request | nil, message, code.
 * request:step(ms) -> false | status, body | nil, message, code; request:close() */
int kx_lua_request(lua_State *L);

/* process(command, timeout_ms) -> process | nil, message, code.
 * process:step(ms) -> false | exit status, output | nil, message, code; process:close() */
int kx_lua_process(lua_State *L);

/* aws_ini(text) -> {[section] = {[name in lower case] = value}} | nil, message, code */
int kx_lua_aws_ini(lua_State *L);

/* json_members(text) -> the object's members that are texts, whole numbers or such
 * objects, by name | nil when it is no JSON object */
int kx_lua_json_members(lua_State *L);

#endif
