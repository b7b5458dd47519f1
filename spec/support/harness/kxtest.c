/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

void kxtest_add(lua_State *L, const luaL_Reg *functions) {
  for (; functions->name; functions++) {
    lua_pushcfunction(L, functions->func);
    lua_setfield(L, -2, functions->name);
  }
}

kx_slice kxtest_slice(lua_State *L, int arg) {
  kx_slice slice;
  slice.data = luaL_checklstring(L, arg, &slice.len);
  return slice;
}

kx_slice kxtest_field(lua_State *L, int arg, const char *name) {
  kx_slice slice;
  lua_getfield(L, arg, name);
  slice.data = luaL_optlstring(L, -1, "", &slice.len);
  lua_pop(L, 1); /* the table still holds it */
  return slice;
}

void kxtest_push_buf(lua_State *L, kx_buf *buf) {
  if (kx_buf_ok(buf))
    lua_pushlstring(L, buf->len ? buf->data : "", buf->len);
  else
    lua_pushnil(L);
  kx_buf_free(buf);
}

int kxtest_failed(lua_State *L, const kx_error *err) {
  lua_pushnil(L);
  lua_pushstring(L, err->text);
  lua_pushstring(L, kx_status_name(err->code));
  return 3;
}

__attribute__((visibility("default"))) int luaopen_kxtest(lua_State *L) {
  lua_newtable(L);
  kxtest_memory(L);
  kxtest_buf(L);
  kxtest_pure(L);
  kxtest_json(L);
  kxtest_sigv4(L);
  kxtest_http(L);
  kxtest_export(L);
  kxtest_flush(L);
  kxtest_stats_key(L);
  kxtest_increments(L);
  kxtest_tally(L);
  kxtest_process(L);
  kxtest_load(L);
  return 1;
}
