/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/subprocess.h"

#include "base/subprocess.h"
#include "binding/values.h"

#define TYPE "kinesis_exporter.process"

int kx_lua_subprocess(lua_State *L) {
  const char *command = luaL_checkstring(L, 1);
  int ms = (int)luaL_checkinteger(L, 2);
  kx_error error = {0};
  kx_subprocess *process = lua_newuserdata(L, sizeof *process);
  memset(process, 0, sizeof *process);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  if (kx_subprocess_start(process, command, ms, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  return 1;
}

static int subprocess_step(lua_State *L) {
  kx_subprocess *process = luaL_checkudata(L, 1, TYPE);
  int ms = (int)luaL_checkinteger(L, 2);
  kx_error error = {0};
  bool done = false;
  if (kx_subprocess_step(process, ms, &done, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  if (!done) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_pushinteger(L, process->code);
  lua_pushlstring(L, process->output.len ? process->output.data : "", process->output.len);
  return 2;
}

static int subprocess_close(lua_State *L) {
  kx_subprocess_end(luaL_checkudata(L, 1, TYPE));
  return 0;
}

void kx_lua_subprocess_type(lua_State *L) {
  static const luaL_Reg methods[] = {
    {"step", subprocess_step},
    {"close", subprocess_close},
    {"__gc", subprocess_close},
    {NULL, NULL}};
  luaL_newmetatable(L, TYPE);
  kx_lua_add_functions(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
