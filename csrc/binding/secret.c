/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/secret.h"

#include <lauxlib.h>

#define TYPE "kinesis_exporter.secret"

kx_buf *kx_lua_secret_push(lua_State *L) {
  kx_buf *buf = lua_newuserdata(L, sizeof *buf);
  memset(buf, 0, sizeof *buf);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  return buf;
}

static int secret_gc(lua_State *L) {
  kx_buf_wipe(luaL_checkudata(L, 1, TYPE));
  return 0;
}

void kx_lua_secret_type(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_pushcfunction(L, secret_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
