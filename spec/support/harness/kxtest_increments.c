/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "counters/buckets.h"
#include "counters/increments.h"

#define TYPE "kxtest.increments"

static kx_increments *check(lua_State *L) {
  return luaL_checkudata(L, 1, TYPE);
}

/* increments() -> an empty object */
static int create(lua_State *L) {
  kx_increments *increments = lua_newuserdata(L, sizeof *increments);
  memset(increments, 0, sizeof *increments);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  return 1;
}

/* Returns the string field `name` of the report at 2; without data when it is absent. */
static kx_slice optional(lua_State *L, const char *name) {
  kx_slice id;
  lua_getfield(L, 2, name);
  id.data = lua_tolstring(L, -1, &id.len);
  lua_pop(L, 1); /* the table still holds it */
  return id;
}

/* Reads the report { service =, application =, user =, seconds = } at 2. */
static kx_report report(lua_State *L) {
  kx_report from = {.service = kxtest_field(L, 2, "service")};
  from.application = optional(L, "application");
  from.user = optional(L, "user");
  lua_getfield(L, 2, "seconds");
  from.seconds = (int64_t)luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return from;
}

/* increments:metric(report, metric, n) */
static int metric(lua_State *L) {
  kx_report from = report(L);
  kx_increments_metric(check(L), &from, kxtest_slice(L, 3), (int64_t)luaL_checknumber(L, 4));
  return 0;
}

/* increments:code(report, code) */
static int code(lua_State *L) {
  kx_report from = report(L);
  kx_increments_code(check(L), &from, (int)luaL_checkinteger(L, 3), 1);
  return 0;
}

/* increments:list() -> a list of { key =, by =, period = } */
static int list(lua_State *L) {
  const kx_increments *increments = check(L);
  lua_newtable(L);
  for (size_t i = 0; i < increments->counts.n; i++) {
    const kx_count *count = kx_count_map_at(&increments->counts, i);
    kx_slice key = kx_count_map_key(count);
    lua_newtable(L);
    lua_pushlstring(L, key.data, key.len);
    lua_setfield(L, -2, "key");
    lua_pushnumber(L, (lua_Number)count->n);
    lua_setfield(L, -2, "by");
    lua_pushstring(L, kx_period_name((kx_period)count->tag));
    lua_setfield(L, -2, "period");
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

static int ok(lua_State *L) {
  lua_pushboolean(L, kx_increments_ok(check(L)));
  return 1;
}

static int clear(lua_State *L) {
  kx_increments_clear(check(L));
  return 0;
}

static int release(lua_State *L) {
  kx_increments_free(check(L));
  return 0;
}

/* bucket_name(seconds, interval) */
static int bucket_name(lua_State *L) {
  char name[16];
  kx_buckets_name((int64_t)luaL_checknumber(L, 1), (int64_t)luaL_checknumber(L, 2), name);
  lua_pushstring(L, name);
  return 1;
}

static const luaL_Reg methods[] = {
  {"metric", metric}, {"code", code},    {"list", list},    {"ok", ok},
  {"clear", clear},   {"free", release}, {"__gc", release}, {NULL, NULL},
};

static const luaL_Reg functions[] = {
  {"increments", create},
  {"bucket_name", bucket_name},
  {NULL, NULL},
};

void kxtest_increments(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  kxtest_add(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  kxtest_add(L, functions);
}
