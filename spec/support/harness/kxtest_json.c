/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/utf8.h"
#include "kxtest.h"

/* json_check(text) -> the reason why it is not an object; nil when it is one */
static int json_check(lua_State *L) {
  lua_pushstring(L, kx_json_check_object(kxtest_slice(L, 1)));
  return 1;
}

/* json_valid(text) -> true when it is one value of any type */
static int json_valid(lua_State *L) {
  kx_json json;
  kx_json_init(&json, kxtest_slice(L, 1));
  lua_pushboolean(L, kx_json_skip(&json) && kx_json_done(&json));
  return 1;
}

static int json_type(lua_State *L) {
  static const char *const names[] = {
    "none", "object", "array", "string", "number", "true", "false", "null"};
  kx_json json;
  kx_json_init(&json, kxtest_slice(L, 1));
  lua_pushstring(L, names[kx_json_peek(&json)]);
  return 1;
}

/* json_string(text) -> the string, with its escapes resolved; nil and what was appended when it is
 * not a string */
static int json_string(lua_State *L) {
  kx_json json;
  kx_buf out = {0};
  kx_json_init(&json, kxtest_slice(L, 1));
  bool read = kx_json_string(&json, &out) && kx_json_done(&json);
  if (!read)
    lua_pushnil(L);
  kxtest_push_buf(L, &out);
  return read ? 1 : 2;
}

static void push_int64(lua_State *L, int64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, value);
  lua_pushstring(L, text);
}

/* json_integer(text) -> its decimal digits, because not every Lua has 64-bit integers */
static int json_integer(lua_State *L) {
  kx_json json;
  int64_t value = 0;
  kx_json_init(&json, kxtest_slice(L, 1));
  if (!kx_json_integer(&json, &value) || !kx_json_done(&json))
    return 0;
  push_int64(L, value);
  return 1;
}

static void walk_value(kx_json *json, kx_buf *trace);

static void walk_object(kx_json *json, kx_buf *trace) {
  kx_slice key;
  kx_json_open(json, '{');
  kx_buf_puts(trace, "{ ");
  while (kx_json_more(json, '}') && kx_json_key(json, &key)) {
    kx_buf_slice(trace, key);
    kx_buf_puts(trace, "= ");
    walk_value(json, trace);
  }
  kx_buf_puts(trace, "} ");
}

static void walk_array(kx_json *json, kx_buf *trace) {
  kx_json_open(json, '[');
  kx_buf_puts(trace, "[ ");
  while (kx_json_more(json, ']'))
    walk_value(json, trace);
  kx_buf_puts(trace, "] ");
}

static void walk_string(kx_json *json, kx_buf *trace) {
  kx_buf_putc(trace, '<');
  kx_json_string(json, trace);
  kx_buf_puts(trace, "> ");
}

static void walk_integer(kx_json *json, kx_buf *trace) {
  int64_t value = 0;
  if (kx_json_integer(json, &value))
    kx_buf_printf(trace, "%" PRId64 " ", value);
}

static void walk_value(kx_json *json, kx_buf *trace) {
  switch (kx_json_peek(json)) {
    case KX_JSON_OBJECT: walk_object(json, trace); break;
    case KX_JSON_ARRAY: walk_array(json, trace); break;
    case KX_JSON_STRING: walk_string(json, trace); break;
    case KX_JSON_NUMBER: walk_integer(json, trace); break;
    default: kx_buf_puts(trace, kx_json_skip(json) ? "word " : "? ");
  }
}

/* json_walk(text) -> a trace of what the cursor met; true when it reached the end */
static int json_walk(lua_State *L) {
  kx_json json;
  kx_buf trace = {0};
  kx_json_init(&json, kxtest_slice(L, 1));
  walk_value(&json, &trace);
  kxtest_push_buf(L, &trace);
  lua_pushboolean(L, kx_json_done(&json));
  return 2;
}

/* json_find(text, name) -> the text of this member of an object */
static int json_find(lua_State *L) {
  kx_json json;
  kx_slice key;
  const char *name = luaL_checkstring(L, 2);
  kx_json_init(&json, kxtest_slice(L, 1));
  kx_json_open(&json, '{');
  while (kx_json_more(&json, '}') && kx_json_key(&json, &key)) {
    const char *start = json.at;
    if (!kx_json_skip(&json) || !kx_slice_is(key, name))
      continue;
    lua_pushlstring(L, start, (size_t)(json.at - start));
    return 1;
  }
  return 0;
}

/* json_opened(text) -> true when nothing follows the bracket of the array */
static int json_opened(lua_State *L) {
  kx_json json;
  kx_json_init(&json, kxtest_slice(L, 1));
  lua_pushboolean(L, kx_json_open(&json, '[') && kx_json_done(&json));
  return 1;
}

/* json_sticky(text) -> false when a call succeeds on a cursor that has failed */
static int json_sticky(lua_State *L) {
  kx_json json;
  kx_slice key;
  int64_t value;
  kx_json_init(&json, kxtest_slice(L, 1));
  json.failed = true;
  bool any = kx_json_peek(&json) != KX_JSON_NONE || kx_json_open(&json, '{') ||
             kx_json_more(&json, '}') || kx_json_key(&json, &key) || kx_json_string(&json, NULL) ||
             kx_json_integer(&json, &value) || kx_json_skip(&json) || kx_json_done(&json);
  lua_pushboolean(L, !any);
  return 1;
}

static int json_quote(lua_State *L) {
  kx_slice text = kxtest_slice(L, 1);
  kx_buf out = {0};
  kx_json_quote(&out, text);
  kxtest_push_buf(L, &out);
  return 1;
}

/* utf8_valid(text[, len]) -> true when its first `len` bytes are valid */
static int utf8_valid(lua_State *L) {
  kx_slice text = kxtest_slice(L, 1);
  text.len = (size_t)luaL_optinteger(L, 2, (lua_Integer)text.len);
  lua_pushboolean(L, kx_utf8_valid(text));
  return 1;
}

static const luaL_Reg functions[] = {
  {"json_check", json_check},   {"json_valid", json_valid},     {"json_type", json_type},
  {"json_string", json_string}, {"json_integer", json_integer}, {"json_walk", json_walk},
  {"json_find", json_find},     {"json_opened", json_opened},   {"json_sticky", json_sticky},
  {"json_quote", json_quote},   {"utf8_valid", utf8_valid},     {NULL, NULL},
};

void kxtest_json(lua_State *L) {
  kxtest_add(L, functions);
}
