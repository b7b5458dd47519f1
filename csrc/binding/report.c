/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/report.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "binding/object.h"
#include "binding/raise.h"
#include "binding/values.h"

#include <stdio.h>

enum { KEYS_AT_ONCE = 5000 };

/* The largest number that is whole in every Lua, and the last second of the year 9999. */
#define MOST 9007199254740991.0
#define LAST_SECOND 253402300799.0

/* The parts of a report. The table owns the texts, except for the digits of numbers. */
struct parts {
  kx_report who;
  char digits[3][24];
  lua_Number code; /* 0: none */
  bool increments; /* there is a usage table, below the top of the stack */
};

static bool is_whole(lua_Number n, lua_Number most) {
  return n >= 0 && n <= most && n == (lua_Number)(int64_t)n;
}

/* Reads the id at `index`, a string or a whole number. Not every Lua writes all digits of a
 * number, so they are written here. */
static kx_slice read_id(lua_State *L, int index, const char *what, int n, char digits[24]) {
  int type = lua_type(L, index);
  kx_slice id = {"", 0};
  if (type != LUA_TSTRING && type != LUA_TNUMBER)
    kx_lua_raise(L, "report %d: %s must be a string or a whole number, got a %s", n, what,
                 luaL_typename(L, index));
  if (type == LUA_TSTRING) {
    id.data = lua_tolstring(L, index, &id.len);
  } else if (is_whole(lua_tonumber(L, index), MOST)) {
    id.len = (size_t)snprintf(digits, 24, "%lld", (long long)lua_tonumber(L, index));
    id.data = digits;
  } else {
    kx_lua_raise(L, "report %d: %s must be a string or a whole number from 0 to 2^53 - 1", n, what);
  }
  if (id.len == 0 || memchr(id.data, '/', id.len) != NULL ||
      memchr(id.data, '\0', id.len) != NULL || !kx_utf8_valid(id))
    kx_lua_raise(L, "report %d: %s must be UTF-8, not empty and without a slash or a NUL", n, what);
  return id;
}

static lua_Number read_number(lua_State *L, const char *name, lua_Number least, lua_Number most,
                              int n) {
  char range[48];
  lua_Number number = lua_tonumber(L, -1);
  if (lua_type(L, -1) == LUA_TNUMBER && number >= least && number <= most)
    return number;
  snprintf(range, sizeof range, "%.0f to %.0f", least, most);
  kx_lua_raise(L, "report %d: %s must be a number from %s", n, name, range);
  return 0;
}

static lua_Number read_code(lua_State *L, int n) {
  lua_Number code = read_number(L, "response_code", 100, 999, n);
  if (!is_whole(code, 999))
    kx_lua_raise(L, "report %d: response_code must be a whole number", n);
  return code;
}

/* Puts the table into the place that was kept for it on the stack. */
static void keep_usage(lua_State *L, int place, int n) {
  if (!lua_istable(L, -1))
    kx_lua_raise(L, "report %d: usage must be a table, got a %s", n, luaL_typename(L, -1));
  lua_pushvalue(L, -1);
  lua_replace(L, place);
}

/* Reads the field whose name and value are on top of the stack. */
static void read_field(lua_State *L, int place, int n, struct parts *out) {
  kx_slice name = {"", 0};
  if (lua_type(L, -2) == LUA_TSTRING)
    name.data = lua_tolstring(L, -2, &name.len);
  if (kx_slice_is(name, "service_id"))
    out->who.service = read_id(L, -1, "service_id", n, out->digits[0]);
  else if (kx_slice_is(name, "application_id"))
    out->who.application = read_id(L, -1, "application_id", n, out->digits[1]);
  else if (kx_slice_is(name, "user_id"))
    out->who.user = read_id(L, -1, "user_id", n, out->digits[2]);
  else if (kx_slice_is(name, "usage"))
    keep_usage(L, place, n);
  else if (kx_slice_is(name, "response_code"))
    out->code = read_code(L, n);
  else if (kx_slice_is(name, "timestamp"))
    out->who.seconds = (int64_t)read_number(L, "timestamp", 0, LAST_SECOND, n);
  else
    kx_lua_raise(L, "report %d: unknown field '%s'", n,
                 lua_type(L, -2) == LUA_TSTRING ? name.data : luaL_typename(L, -2));
}

/* True when there is at least one metric. */
static bool read_usage(lua_State *L, int place, int n, const kx_report *who, kx_uses *uses) {
  bool some = false;
  if (lua_isnil(L, place))
    return false;
  for (lua_pushnil(L); lua_next(L, place) != 0; lua_pop(L, 1)) {
    char digits[24];
    kx_slice metric = read_id(L, -2, "a metric", n, digits);
    if (lua_type(L, -1) != LUA_TNUMBER || !is_whole(lua_tonumber(L, -1), MOST))
      kx_lua_raise(L, "report %d: usage must be whole numbers from 0 to 2^53 - 1", n);
    kx_uses_metric(uses, who, metric, (int64_t)lua_tonumber(L, -1));
    some = true;
  }
  return some;
}

/* Reads the table without metamethods: a report is what its table holds. */
void kx_lua_report_read(lua_State *L, int index, int n, int64_t now, kx_uses *uses) {
  struct parts parts = {.who.seconds = now};
  int place;
  if (!lua_istable(L, index))
    kx_lua_raise(L, "report %d must be a table, got a %s", n, luaL_typename(L, index));
  lua_pushnil(L);
  place = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1))
    read_field(L, place, n, &parts);
  if (parts.who.service.data == NULL)
    kx_lua_raise(L, "report %d: service_id must be a string or a whole number, got a nil", n);
  if (parts.code > 0)
    kx_uses_code(uses, &parts.who, (int)parts.code);
  if (!read_usage(L, place, n, &parts.who, uses) && parts.code == 0)
    kx_lua_raise(L, "report %d needs usage or response_code", n);
  lua_pop(L, 1);
}

static void read_item(lua_State *L, int i, int64_t now, kx_uses *uses) {
  lua_rawgeti(L, 2, i);
  kx_lua_report_read(L, lua_gettop(L), i, now, uses);
  lua_pop(L, 1);
}

static void check_list(lua_State *L, kx_uses *uses) {
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int i = 1, n = (int)lua_rawlen(L, 2); i <= n; i++) {
    kx_uses_clear(uses);
    read_item(L, i, 0, uses);
  }
}

/* The result for a list: how many of its reports are written for certain, and the rest of it. */
typedef struct outcome {
  int written;
  kx_report_result all;
} outcome;

static void note(kx_report_result *all, const kx_report_result *one) {
  if (one->turn != KX_TURN_NONE)
    all->turn = one->turn;
  if (all->left_out == 0)
    memcpy(all->first, one->first, sizeof all->first);
  all->left_out += one->left_out;
}

static kx_status write_taken(kx_exporter *exporter, int upto, outcome *out, kx_error *err) {
  kx_report_result result = {0};
  kx_status status = kx_exporter_report(exporter, upto - out->written, &result, err);
  note(&out->all, &result);
  if (status == KX_OK)
    out->written = upto;
  return status;
}

static kx_status write_list(lua_State *L, struct kx_lua_object *object, outcome *out,
                            kx_error *err) {
  kx_exporter *exporter = &object->exporter;
  kx_status status = KX_OK;
  int n = (int)lua_rawlen(L, 2);
  kx_increments_clear(&exporter->increments);
  for (int i = 1; i <= n && status == KX_OK; i++) {
    kx_uses_clear(&object->uses);
    read_item(L, i, kx_wall_us() / 1000000, &object->uses);
    if (!kx_uses_ok(&object->uses))
      return kx_fail_memory(err);
    kx_uses_expand(&object->uses, &exporter->increments);
    if (i == n || exporter->increments.counts.n >= KEYS_AT_ONCE)
      status = write_taken(exporter, i, out, err);
  }
  return status;
}

static void push_result(lua_State *L, const kx_report_result *result) {
  if (result->turn == KX_TURN_NONE)
    lua_pushnil(L);
  else
    lua_pushstring(L, result->turn == KX_TURN_OFF ? "off" : "on");
  lua_pushinteger(L, (lua_Integer)result->left_out);
  lua_pushstring(L, result->first);
}

/* report({report, ...}) -> true, nil, nil, or nil, message, code; then how many reports are
 * written for certain, "off" or "on" when the buckets were switched, how many counters were left
 * out, and the first of them. All reports are checked before the first one is written. */
static int core_report(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  kx_error error = {0};
  outcome out = {0};
  (void)kx_lua_get_idle(L);
  check_list(L, &object->uses);
  if (write_list(L, object, &out, &error) != KX_OK) {
    kx_lua_failed(L, &error);
  } else {
    lua_pushboolean(L, 1);
    lua_pushnil(L);
    lua_pushnil(L);
  }
  lua_pushinteger(L, out.written);
  push_result(L, &out.all);
  return 7;
}

const luaL_Reg kx_lua_report_methods[] = {
  {"report", core_report},
  {NULL, NULL},
};
