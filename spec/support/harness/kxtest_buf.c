/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include <stdint.h>

#include "kxtest.h"

#define TYPE "kxtest.buf"

static kx_buf *check(lua_State *L) {
  return luaL_checkudata(L, 1, TYPE);
}

/* buf() -> an empty buffer */
static int create(lua_State *L) {
  kx_buf *buf = lua_newuserdata(L, sizeof *buf);
  memset(buf, 0, sizeof *buf);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  return 1;
}

/* buf:reserve(n) or buf:reserve("max") -> true when there is room */
static int reserve(lua_State *L) {
  kx_buf *buf = check(L);
  size_t more = lua_type(L, 2) == LUA_TSTRING ? SIZE_MAX : (size_t)luaL_checkinteger(L, 2);
  lua_pushboolean(L, kx_buf_reserve(buf, more) != NULL);
  return 1;
}

static int append(lua_State *L) {
  kx_slice slice = kxtest_slice(L, 2);
  kx_buf_append(check(L), slice.data, slice.len);
  return 0;
}

static int puts_(lua_State *L) {
  kx_buf_puts(check(L), luaL_checkstring(L, 2));
  return 0;
}

static int slice_(lua_State *L) {
  kx_buf_slice(check(L), kxtest_slice(L, 2));
  return 0;
}

static int slice_null(lua_State *L) {
  kx_buf_slice(check(L), (kx_slice){NULL, 0});
  return 0;
}

static int putc_(lua_State *L) {
  kx_buf_putc(check(L), *luaL_checkstring(L, 2));
  return 0;
}

/* buf:printf(text, n): appends them in the format "%s/%d" */
static int printf_(lua_State *L) {
  kx_buf_printf(check(L), "%s/%d", luaL_checkstring(L, 2), (int)luaL_checkinteger(L, 3));
  return 0;
}

static int clear(lua_State *L) {
  kx_buf_clear(check(L));
  return 0;
}

static int release(lua_State *L) {
  kx_buf_free(check(L));
  return 0;
}

static int wipe(lua_State *L) {
  kx_buf_wipe(check(L));
  return 0;
}

static int ok(lua_State *L) {
  lua_pushboolean(L, kx_buf_ok(check(L)));
  return 1;
}

static int view(lua_State *L) {
  kx_slice slice = kx_buf_view(check(L));
  lua_pushlstring(L, slice.len ? slice.data : "", slice.len);
  return 1;
}

/* buf:sizes() -> the bytes in use, the bytes allocated */
static int sizes(lua_State *L) {
  kx_buf *buf = check(L);
  lua_pushinteger(L, (lua_Integer)buf->len);
  lua_pushinteger(L, (lua_Integer)buf->cap);
  return 2;
}

static const luaL_Reg methods[] = {
  {"reserve", reserve},       {"append", append}, {"puts", puts_},     {"slice", slice_},
  {"slice_null", slice_null}, {"putc", putc_},    {"printf", printf_}, {"clear", clear},
  {"free", release},          {"wipe", wipe},     {"ok", ok},          {"view", view},
  {"sizes", sizes},           {"__gc", release},  {NULL, NULL},
};

static const luaL_Reg functions[] = {{"buf", create}, {NULL, NULL}};

void kxtest_buf(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  kxtest_add(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  kxtest_add(L, functions);
}
