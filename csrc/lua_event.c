/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "lua_event.h"

#include "json.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>

enum { OTHERS = 64 };

static const char *const known[] = {"service", "cinstance", "uinstance", "metric",  "response_code",
                                    "value",   "period",    "timestamp", "time_gen"};

enum { KNOWN = sizeof known / sizeof *known, TIME_GEN = KNOWN - 1 };

static bool is_null(lua_State *L, int index) {
  return lua_islightuserdata(L, index) && lua_touserdata(L, index) == NULL;
}

static bool is_value(lua_State *L, int index) {
  int type = lua_type(L, index);
  if (type == LUA_TNUMBER)
    return isfinite(lua_tonumber(L, index));
  return type == LUA_TSTRING || type == LUA_TBOOLEAN || is_null(L, index);
}

static bool is_known(kx_slice name) {
  for (int i = 0; i < KNOWN; i++)
    if (kx_slice_is(name, known[i]))
      return true;
  return false;
}

void kx_lua_event_check(lua_State *L, int index, int n) {
  int fields = 0;
  if (lua_type(L, index) == LUA_TSTRING)
    return;
  if (!lua_istable(L, index))
    luaL_error(L, "event %d: expected a table or a JSON string, got %s", n,
               luaL_typename(L, index));
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "event %d: field names must be strings, got a %s", n, luaL_typename(L, -2));
    if (!is_value(L, -1))
      luaL_error(L,
                 "event %d: field '%s' must be a string, a finite number, a boolean or null, "
                 "got a %s",
                 n, lua_tostring(L, -2), luaL_typename(L, -1));
    lua_pop(L, 1);
    fields++;
  }
  if (fields > OTHERS)
    luaL_error(L, "event %d: more than %d fields", n, (int)OTHERS);
  if (fields == 0)
    luaL_error(L, "event %d: the table has no fields", n);
}

/* Whole numbers are written without a fraction whether Lua keeps them as
 * integers or as floats. */
static void write_number(lua_State *L, kx_buf *out) {
  lua_Number n = lua_tonumber(L, -1);
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, -1)) {
    kx_buf_printf(out, "\"%lld\"", (long long)lua_tointeger(L, -1));
    return;
  }
#endif
  if (n == floor(n) && fabs(n) < 9007199254740992.0)
    kx_buf_printf(out, "\"%.0f\"", n);
  else
    kx_buf_printf(out, "\"%.17g\"", n);
}

static void write_value(lua_State *L, kx_buf *out) {
  size_t len;
  const char *text;
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER: write_number(L, out); break;
    case LUA_TBOOLEAN: kx_buf_puts(out, lua_toboolean(L, -1) ? "\"true\"" : "\"false\""); break;
    case LUA_TSTRING:
      text = lua_tolstring(L, -1, &len);
      kx_json_quote(out, (kx_slice){text, len});
      break;
    default: kx_buf_puts(out, "null");
  }
}

static void write_name(kx_buf *out, kx_slice name) {
  kx_buf_putc(out, out->len > 0 ? ',' : '{');
  kx_json_quote(out, name);
  kx_buf_putc(out, ':');
}

static void write_known(lua_State *L, int index, int which, const char *time_gen, kx_buf *out) {
  lua_pushstring(L, known[which]);
  lua_rawget(L, index);
  if (!lua_isnil(L, -1)) {
    write_name(out, kx_str(known[which]));
    write_value(L, out);
  } else if (which == TIME_GEN) {
    write_name(out, kx_str(known[which]));
    kx_json_quote(out, kx_str(time_gen));
  }
  lua_pop(L, 1);
}

static int by_name(const void *a, const void *b) {
  const kx_slice *x = a, *y = b;
  size_t len = x->len < y->len ? x->len : y->len;
  int order = memcmp(x->data, y->data, len);
  return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The names stay the table's: it keeps them alive. */
static size_t other_names(lua_State *L, int index, kx_slice names[OTHERS]) {
  size_t n = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    kx_slice name;
    name.data = lua_tolstring(L, -2, &name.len);
    if (!is_known(name) && n < OTHERS)
      names[n++] = name;
    lua_pop(L, 1);
  }
  qsort(names, n, sizeof *names, by_name);
  return n;
}

void kx_lua_event_write(lua_State *L, int index, const char *time_gen, kx_buf *out) {
  kx_slice names[OTHERS] = {{0}};
  size_t n = other_names(L, index, names);
  kx_buf_clear(out);
  for (int i = 0; i < KNOWN; i++)
    write_known(L, index, i, time_gen, out);
  for (size_t i = 0; i < n; i++) {
    write_name(out, names[i]);
    lua_pushlstring(L, names[i].data, names[i].len);
    lua_rawget(L, index);
    write_value(L, out);
    lua_pop(L, 1);
  }
  kx_buf_putc(out, '}');
}
