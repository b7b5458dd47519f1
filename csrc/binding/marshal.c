/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/marshal.h"

#include "binding/raise.h"

#include <lauxlib.h>

enum { DEEPEST = 16 };

/* A value is a letter with what belongs to it: n nil, u the null of JSON, t true, f false,
 * i an integer, d a number, s a length and a text, { pairs of values and }. */

static void put_raw(kx_buf *out, char letter, const void *data, size_t len) {
  kx_buf_putc(out, letter);
  kx_buf_append(out, data, len);
}

static void put_text(lua_State *L, int index, kx_buf *out) {
  size_t len;
  const char *text = lua_tolstring(L, index, &len);
  put_raw(out, 's', &len, sizeof len);
  kx_buf_append(out, text, len);
}

static void put_number(lua_State *L, int index, kx_buf *out) {
  lua_Number number = lua_tonumber(L, index);
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, index)) {
    lua_Integer integer = lua_tointeger(L, index);
    put_raw(out, 'i', &integer, sizeof integer);
    return;
  }
#endif
  put_raw(out, 'd', &number, sizeof number);
}

static void put(lua_State *L, int index, int depth, kx_buf *out);

static void put_table(lua_State *L, int index, int depth, kx_buf *out) {
  luaL_checkstack(L, 4, "too deep");
  kx_buf_putc(out, '{');
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    put(L, lua_gettop(L) - 1, depth + 1, out);
    put(L, lua_gettop(L), depth + 1, out);
  }
  kx_buf_putc(out, '}');
}

static void put(lua_State *L, int index, int depth, kx_buf *out) {
  int type = lua_type(L, index);
  if (type == LUA_TNIL)
    kx_buf_putc(out, 'n');
  else if (type == LUA_TBOOLEAN)
    kx_buf_putc(out, lua_toboolean(L, index) ? 't' : 'f');
  else if (type == LUA_TNUMBER)
    put_number(L, index, out);
  else if (type == LUA_TSTRING)
    put_text(L, index, out);
  else if (type == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == NULL)
    kx_buf_putc(out, 'u');
  else if (type == LUA_TTABLE && depth < DEEPEST)
    put_table(L, index, depth, out);
  else
    kx_lua_raise(L, "a %s cannot be copied", luaL_typename(L, index));
}

static void take_raw(const char **at, void *to, size_t len) {
  memcpy(to, *at, len);
  *at += len;
}

static void take(lua_State *L, const char **at);

static void take_table(lua_State *L, const char **at) {
  lua_newtable(L);
  while (**at != '}') {
    take(L, at);
    take(L, at);
    lua_rawset(L, -3);
  }
  ++*at;
}

static void take_text(lua_State *L, const char **at) {
  size_t len;
  take_raw(at, &len, sizeof len);
  lua_pushlstring(L, *at, len);
  *at += len;
}

static void take_integer(lua_State *L, const char **at) {
  lua_Integer integer;
  take_raw(at, &integer, sizeof integer);
  lua_pushinteger(L, integer);
}

static void take_number(lua_State *L, const char **at) {
  lua_Number number;
  take_raw(at, &number, sizeof number);
  lua_pushnumber(L, number);
}

static void take(lua_State *L, const char **at) {
  char letter = *(*at)++;
  luaL_checkstack(L, 4, "too many values");
  switch (letter) {
    case 't': lua_pushboolean(L, 1); break;
    case 'f': lua_pushboolean(L, 0); break;
    case 'i': take_integer(L, at); break;
    case 'd': take_number(L, at); break;
    case 's': take_text(L, at); break;
    case 'u': lua_pushlightuserdata(L, NULL); break;
    case '{': take_table(L, at); break;
    default: lua_pushnil(L);
  }
}

void kx_lua_marshal_put(lua_State *L, int index, kx_buf *out) {
  put(L, index, 0, out);
}

int kx_lua_marshal_take(lua_State *L, const kx_buf *from) {
  const char *at = from->data, *end = at + from->len;
  int n = 0;
  for (; from->len > 0 && at < end; n++)
    take(L, &at);
  return n;
}
