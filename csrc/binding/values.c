/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/values.h"

#include "binding/raise.h"

int kx_lua_failed(lua_State *L, const kx_error *error) {
  lua_pushnil(L);
  lua_pushstring(L, error->text);
  lua_pushstring(L, kx_status_name(error->code));
  return 3;
}

int kx_lua_boolean(lua_State *L, kx_status status, const kx_error *error, bool value) {
  if (status != KX_OK)
    return kx_lua_failed(L, error);
  lua_pushboolean(L, value);
  return 1;
}

int kx_lua_integer(lua_State *L, kx_status status, const kx_error *error, int64_t value) {
  if (status != KX_OK)
    return kx_lua_failed(L, error);
  lua_pushinteger(L, (lua_Integer)value);
  return 1;
}

static const char *name_of(kx_outcome outcome) {
  static const char *const names[] = {
    [KX_DISABLED] = "disabled", [KX_LOCKED] = "locked", [KX_PARTIAL] = "partial"};
  return outcome == KX_ALL ? NULL : names[outcome];
}

void kx_lua_push_outcome(lua_State *L, kx_outcome outcome) {
  const char *name = name_of(outcome);
  if (name != NULL)
    lua_pushstring(L, name);
  else
    lua_pushnil(L);
}

void kx_lua_set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

void kx_lua_set_slice(lua_State *L, const char *name, kx_slice value) {
  lua_pushlstring(L, value.data, value.len);
  lua_setfield(L, -2, name);
}

void kx_lua_set_text(lua_State *L, const char *name, const char *value) {
  if (value[0] == '\0')
    return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

const char *kx_lua_text_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
    kx_lua_raise(L, "%s must be a string, got a %s", name, luaL_typename(L, -1));
  return lua_tostring(L, -1);
}

void kx_lua_add_functions(lua_State *L, const luaL_Reg *list) {
  for (; list->name != NULL; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}
