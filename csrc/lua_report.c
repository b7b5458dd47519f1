/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reports as Lua programs give them: all are checked before the first is taken. */

#include "json.h"
#include "lua_box.h"

#include <stdio.h>
#include <time.h>

enum { KEYS_AT_ONCE = 5000 };

/* Larger numbers are not whole in every Lua; the last second of the year 9999. */
#define MOST 9007199254740991.0
#define LAST_SECOND 253402300799.0

static const char *const fields[] = {
  "service_id", "application_id", "user_id", "usage", "response_code", "timestamp", NULL};

static bool is_whole(lua_Number n, lua_Number most) {
  return n >= 0 && n <= most && n == (lua_Number)(int64_t)n;
}

/* An id, a string or a whole number, of which text is pushed: the caller pops it.
 * All digits of a number, which not every Lua writes. */
static kx_slice push_id(lua_State *L, int index) {
  kx_slice id;
  if (lua_type(L, index) == LUA_TNUMBER) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)lua_tonumber(L, index));
    lua_pushstring(L, digits);
  } else {
    lua_pushvalue(L, index);
  }
  id.data = lua_tolstring(L, -1, &id.len);
  return id;
}

static void check_id(lua_State *L, int index, const char *what, int n) {
  int type = lua_type(L, index);
  kx_slice id;
  if (type != LUA_TSTRING && type != LUA_TNUMBER)
    luaL_error(L, "report %d: %s must be a string or a whole number, got a %s", n, what,
               luaL_typename(L, index));
  if (type == LUA_TNUMBER && !is_whole(lua_tonumber(L, index), MOST))
    luaL_error(L, "report %d: %s must be a string or a whole number from 0 to 2^53 - 1", n, what);
  id = push_id(L, index);
  if (id.len == 0 || memchr(id.data, '/', id.len) != NULL || !kx_utf8_valid(id))
    luaL_error(L, "report %d: %s must be UTF-8, not empty and without a slash", n, what);
  lua_pop(L, 1);
}

static void check_known(lua_State *L, int report, int n) {
  for (lua_pushnil(L); lua_next(L, report) != 0; lua_pop(L, 1)) {
    bool known = false;
    for (int i = 0; fields[i] != NULL && lua_type(L, -2) == LUA_TSTRING; i++)
      known = known || strcmp(lua_tostring(L, -2), fields[i]) == 0;
    if (!known)
      luaL_error(L, "report %d: unknown field '%s'", n,
                 lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2));
  }
}

/* Without metamethods: what is taken is what was checked. */
static void push_field(lua_State *L, int report, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, report);
}

static void check_ids(lua_State *L, int report, int n) {
  for (int i = 0; i < 3; i++) {
    push_field(L, report, fields[i]);
    if (i == 0 || !lua_isnil(L, -1))
      check_id(L, lua_gettop(L), fields[i], n);
    lua_pop(L, 1);
  }
}

static bool check_usage(lua_State *L, int report, int n) {
  bool some;
  push_field(L, report, "usage");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "report %d: usage must be a table, got a %s", n, luaL_typename(L, -1));
  some = false;
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    check_id(L, lua_gettop(L) - 1, "a metric", n);
    if (lua_type(L, -1) != LUA_TNUMBER || !is_whole(lua_tonumber(L, -1), MOST))
      luaL_error(L, "report %d: usage must be whole numbers from 0 to 2^53 - 1", n);
    some = true;
  }
  lua_pop(L, 1);
  return some;
}

static bool check_number(lua_State *L, int report, const char *name, lua_Number least,
                         lua_Number most, int n) {
  bool there;
  char range[48];
  push_field(L, report, name);
  there = !lua_isnil(L, -1);
  snprintf(range, sizeof range, "%.0f to %.0f", least, most);
  if (there && (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) >= least) ||
                !(lua_tonumber(L, -1) <= most)))
    luaL_error(L, "report %d: %s must be a number from %s", n, name, range);
  lua_pop(L, 1);
  return there;
}

static bool check_code(lua_State *L, int report, int n) {
  bool there = check_number(L, report, "response_code", 100, 999, n);
  push_field(L, report, "response_code");
  if (there && !is_whole(lua_tonumber(L, -1), 999))
    luaL_error(L, "report %d: response_code must be a whole number", n);
  lua_pop(L, 1);
  return there;
}

static void check_report(lua_State *L, int report, int n) {
  bool some;
  if (!lua_istable(L, report))
    luaL_error(L, "report %d must be a table, got a %s", n, luaL_typename(L, report));
  check_known(L, report, n);
  check_ids(L, report, n);
  check_number(L, report, "timestamp", 0, LAST_SECOND, n);
  some = check_usage(L, report, n);
  if (!check_code(L, report, n) && !some)
    luaL_error(L, "report %d needs usage or response_code", n);
}

static kx_slice push_field_id(lua_State *L, int report, const char *name) {
  kx_slice id;
  push_field(L, report, name);
  id = push_id(L, lua_gettop(L));
  lua_remove(L, -2);
  return id;
}

static void take_usage(lua_State *L, int report, kx_usage *usage, const kx_report *from) {
  push_field(L, report, "usage");
  if (lua_istable(L, -1))
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      kx_slice metric = push_id(L, lua_gettop(L) - 1);
      kx_usage_metric(usage, from, metric, (int64_t)lua_tonumber(L, -2));
      lua_pop(L, 1);
    }
  lua_pop(L, 1);
}

/* The ids stay on the stack while they are used. */
static void take_report(lua_State *L, int report, kx_usage *usage, int64_t now) {
  int top = lua_gettop(L);
  kx_report from = {.seconds = now};
  from.service = push_field_id(L, report, "service_id");
  from.application = push_field_id(L, report, "application_id");
  from.user = push_field_id(L, report, "user_id");
  push_field(L, report, "timestamp");
  if (!lua_isnil(L, -1))
    from.seconds = (int64_t)lua_tonumber(L, -1);
  push_field(L, report, "response_code");
  if (!lua_isnil(L, -1))
    kx_usage_code(usage, &from, (int)lua_tonumber(L, -1));
  take_usage(L, report, usage, &from);
  lua_settop(L, top);
}

static void check_list(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int i = 1, n = (int)lua_rawlen(L, 2); i <= n; i++) {
    lua_rawgeti(L, 2, i);
    check_report(L, lua_gettop(L), i);
    lua_pop(L, 1);
  }
}

/* What came of a list: how many of its reports were surely written, and whether
 * the buckets were switched on the way. */
typedef struct outcome {
  int written;
  kx_turn turn;
} outcome;

static kx_status write_taken(kx_exporter *exporter, int upto, outcome *out, kx_error *err) {
  kx_turn turn = KX_TURN_NONE;
  kx_status status = kx_exporter_report(exporter, upto - out->written, &turn, err);
  if (turn != KX_TURN_NONE)
    out->turn = turn;
  if (status == KX_OK)
    out->written = upto;
  return status;
}

static kx_status write_list(lua_State *L, kx_exporter *exporter, outcome *out, kx_error *err) {
  kx_status status = KX_OK;
  int n = (int)lua_rawlen(L, 2);
  kx_usage_clear(&exporter->usage);
  for (int i = 1; i <= n && status == KX_OK; i++) {
    lua_rawgeti(L, 2, i);
    take_report(L, lua_gettop(L), &exporter->usage, (int64_t)time(NULL));
    lua_pop(L, 1);
    if (i == n || exporter->usage.n >= KEYS_AT_ONCE)
      status = write_taken(exporter, i, out, err);
  }
  return status;
}

static void push_turn(lua_State *L, kx_turn turn) {
  if (turn == KX_TURN_NONE)
    lua_pushnil(L);
  else
    lua_pushstring(L, turn == KX_TURN_OFF ? "off" : "on");
}

/* report({report, ...}) -> true, nil, nil, or nil, message, code; then how many
 * reports were surely written, and "off" or "on" when the buckets were switched */
static int core_report(lua_State *L) {
  kx_exporter *exporter = kx_lua_get_idle(L);
  kx_error error = {0};
  outcome out = {0};
  check_list(L);
  if (write_list(L, exporter, &out, &error) != KX_OK) {
    kx_lua_failed(L, &error);
  } else {
    lua_pushboolean(L, 1);
    lua_pushnil(L);
    lua_pushnil(L);
  }
  lua_pushinteger(L, out.written);
  push_turn(L, out.turn);
  return 5;
}

const luaL_Reg kx_lua_report_methods[] = {
  {"report", core_report},
  {NULL, NULL},
};
