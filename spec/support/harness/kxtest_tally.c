/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "counters/tally.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_MAP "kxtest.count_map"
#define TALLY "kxtest.tally"

/* Uses, and the tally that they are added to. */
struct tally {
  kx_uses uses;
  kx_tally tally;
};

static void *create(lua_State *L, size_t size, const char *type) {
  void *object = lua_newuserdata(L, size);
  memset(object, 0, size);
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
  return object;
}

/* A 64-bit integer is a text in Lua: not every Lua has 64-bit integers. */
static int64_t integer(lua_State *L, int arg) {
  return strtoll(luaL_checkstring(L, arg), NULL, 10);
}

static void push_integer(lua_State *L, int64_t n) {
  char digits[24];
  snprintf(digits, sizeof digits, "%lld", (long long)n);
  lua_pushstring(L, digits);
}

static int push_list(lua_State *L, const kx_count_map *counts) {
  lua_newtable(L);
  for (size_t i = 0; i < counts->n; i++) {
    const kx_count *count = kx_count_map_at(counts, i);
    lua_newtable(L);
    lua_pushlstring(L, count->key, count->len);
    lua_setfield(L, -2, "key");
    push_integer(L, count->n);
    lua_setfield(L, -2, "n");
    lua_pushinteger(L, count->tag);
    lua_setfield(L, -2, "tag");
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* count_map() -> an empty map */
static int count_map_create(lua_State *L) {
  create(L, sizeof(kx_count_map), COUNT_MAP);
  return 1;
}

static kx_count_map *count_map_of(lua_State *L) {
  return luaL_checkudata(L, 1, COUNT_MAP);
}

/* count_map:add(key, n, tag) -> true when it was added */
static int count_map_add(lua_State *L) {
  kx_slice key = kxtest_slice(L, 2);
  int tag = (int)luaL_optinteger(L, 4, 0);
  lua_pushboolean(L, kx_count_map_add(count_map_of(L), key, tag, integer(L, 3)) != NULL);
  return 1;
}

/* count_map:drop(n): drops all entries but the first n */
static int count_map_drop(lua_State *L) {
  kx_count_map_drop(count_map_of(L), (size_t)luaL_checkinteger(L, 2));
  return 0;
}

/* count_map:bytes() -> the bytes that it counts as in use, the bytes of its pages */
static int count_map_bytes(lua_State *L) {
  const kx_count_map *counts = count_map_of(L);
  size_t allocated = (counts->entries.n + counts->buckets.n) * KX_PAGE_BYTES;
  for (size_t i = 0; i < counts->texts.n; i++)
    allocated += malloc_usable_size(counts->texts.list[i]);
  lua_pushinteger(L, (lua_Integer)kx_count_map_bytes(counts));
  lua_pushinteger(L, (lua_Integer)allocated);
  return 2;
}

/* count_map:list() -> a list of { key =, n = as text, tag = } */
static int count_map_list(lua_State *L) {
  return push_list(L, count_map_of(L));
}

/* count_map:buckets() -> for each bucket the numbers of its entries */
static int count_map_buckets(lua_State *L) {
  const kx_count_map *counts = count_map_of(L);
  const size_t of_page = KX_PAGE_BYTES / sizeof(uint32_t);
  lua_newtable(L);
  for (size_t i = 0; i < counts->n; i++) {
    uint32_t place = ((uint32_t *)(void *)counts->buckets.list[i / of_page])[i % of_page];
    lua_newtable(L);
    for (int n = 1; place != 0; place = kx_count_map_at(counts, place - 1)->next) {
      lua_pushinteger(L, (lua_Integer)place);
      lua_rawseti(L, -2, n++);
    }
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

static int count_map_ok(lua_State *L) {
  lua_pushboolean(L, kx_count_map_ok(count_map_of(L)));
  return 1;
}

static int count_map_clear(lua_State *L) {
  kx_count_map_free(count_map_of(L));
  return 0;
}

static int count_map_free(lua_State *L) {
  kx_count_map_free(count_map_of(L));
  return 0;
}

/* tally() -> an empty tally, and no uses */
static int tally_create(lua_State *L) {
  create(L, sizeof(struct tally), TALLY);
  return 1;
}

static struct tally *tally_of(lua_State *L) {
  return luaL_checkudata(L, 1, TALLY);
}

/* Returns the string field `name` of the report at 2; without data when it is absent. */
static kx_slice optional(lua_State *L, const char *name) {
  kx_slice id;
  lua_getfield(L, 2, name);
  id.data = lua_tolstring(L, -1, &id.len);
  lua_pop(L, 1); /* the table still holds it */
  return id;
}

static kx_report report(lua_State *L) {
  kx_report from = {.service = kxtest_field(L, 2, "service")};
  from.application = optional(L, "application");
  from.user = optional(L, "user");
  lua_getfield(L, 2, "seconds");
  from.seconds = (int64_t)luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return from;
}

/* tally:metric({ service =, application =, user =, seconds = }, metric, n) */
static int metric(lua_State *L) {
  kx_report from = report(L);
  kx_uses_metric(&tally_of(L)->uses, &from, kxtest_slice(L, 3), integer(L, 4));
  return 0;
}

/* tally:code(report, code) */
static int code(lua_State *L) {
  kx_report from = report(L);
  kx_uses_code(&tally_of(L)->uses, &from, (int)luaL_checkinteger(L, 3));
  return 0;
}

static int uses_ok(lua_State *L) {
  lua_pushboolean(L, kx_uses_ok(&tally_of(L)->uses));
  return 1;
}

/* tally:take(): adds the uses and forgets them -> by how much it grew, by how much it might
 * grow at most, true when they were added */
static int tally_take(lua_State *L) {
  struct tally *self = tally_of(L);
  size_t before = kx_tally_bytes(&self->tally), growth = kx_tally_growth(&self->uses);
  bool added = kx_tally_add(&self->tally, &self->uses);
  kx_uses_clear(&self->uses);
  lua_pushinteger(L, (lua_Integer)(kx_tally_bytes(&self->tally) - before));
  lua_pushinteger(L, (lua_Integer)growth);
  lua_pushboolean(L, added);
  return 3;
}

static int push_increments(lua_State *L, kx_increments *increments) {
  int n = kx_increments_ok(increments) ? push_list(L, &increments->counts) : (lua_pushnil(L), 1);
  kx_increments_free(increments);
  return n;
}

/* tally:expand_uses() -> the counters of the uses */
static int expand_uses(lua_State *L) {
  kx_increments increments = {0};
  kx_uses_expand(&tally_of(L)->uses, &increments);
  return push_increments(L, &increments);
}

/* tally:expand(first, most) -> the counters of its entries, and the next entry */
static int expand(lua_State *L) {
  kx_increments increments = {0};
  size_t next = kx_tally_expand(&tally_of(L)->tally, (size_t)luaL_checkinteger(L, 2),
                                (size_t)luaL_checkinteger(L, 3), &increments);
  push_increments(L, &increments);
  lua_pushinteger(L, (lua_Integer)next);
  return 2;
}

/* tally:size() -> the number of its entries */
static int size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)tally_of(L)->tally.counts.n);
  return 1;
}

static int tally_free(lua_State *L) {
  struct tally *self = tally_of(L);
  kx_uses_free(&self->uses);
  kx_count_map_free(&self->tally.counts);
  return 0;
}

static const luaL_Reg of_count_maps[] = {
  {"add", count_map_add},     {"drop", count_map_drop},       {"bytes", count_map_bytes},
  {"list", count_map_list},   {"buckets", count_map_buckets}, {"ok", count_map_ok},
  {"clear", count_map_clear}, {"__gc", count_map_free},       {NULL, NULL},
};

static const luaL_Reg of_tallies[] = {
  {"metric", metric},           {"code", code},       {"ok", uses_ok},
  {"take", tally_take},         {"expand", expand},   {"size", size},
  {"expand_uses", expand_uses}, {"__gc", tally_free}, {NULL, NULL},
};

static const luaL_Reg functions[] = {
  {"count_map", count_map_create},
  {"tally", tally_create},
  {NULL, NULL},
};

static void make_type(lua_State *L, const char *name, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  kxtest_add(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

void kxtest_tally(lua_State *L) {
  make_type(L, COUNT_MAP, of_count_maps);
  make_type(L, TALLY, of_tallies);
  kxtest_add(L, functions);
}
