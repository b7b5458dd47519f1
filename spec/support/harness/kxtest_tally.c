/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "counters/tally.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define SUMS "kxtest.sums"
#define TALLY "kxtest.tally"

/* Uses that are gathered and a tally that they are added to. */
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

/* A 64-bit integer as text: not every Lua has such numbers. */
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
    const kx_count *sum = kx_count_map_at(counts, i);
    lua_newtable(L);
    lua_pushlstring(L, sum->key, sum->len);
    lua_setfield(L, -2, "key");
    push_integer(L, sum->n);
    lua_setfield(L, -2, "n");
    lua_pushinteger(L, sum->tag);
    lua_setfield(L, -2, "tag");
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* sums(): an empty one */
static int sums_create(lua_State *L) {
  create(L, sizeof(kx_count_map), SUMS);
  return 1;
}

static kx_count_map *sums_of(lua_State *L) {
  return luaL_checkudata(L, 1, SUMS);
}

/* sums:add(key, n, tag): has it been added? */
static int sums_add(lua_State *L) {
  kx_slice key = kxtest_slice(L, 2);
  int tag = (int)luaL_optinteger(L, 4, 0);
  lua_pushboolean(L, kx_count_map_add(sums_of(L), key, tag, integer(L, 3)) != NULL);
  return 1;
}

/* sums:drop(n): the entries after the first n */
static int sums_drop(lua_State *L) {
  kx_count_map_drop(sums_of(L), (size_t)luaL_checkinteger(L, 2));
  return 0;
}

/* sums:bytes(): what it counts as in use, and what it has allocated for pages */
static int sums_bytes(lua_State *L) {
  const kx_count_map *counts = sums_of(L);
  size_t allocated = (counts->entries.n + counts->buckets.n) * KX_PAGE_BYTES;
  for (size_t i = 0; i < counts->texts.n; i++)
    allocated += malloc_usable_size(counts->texts.list[i]);
  lua_pushinteger(L, (lua_Integer)kx_count_map_bytes(counts));
  lua_pushinteger(L, (lua_Integer)allocated);
  return 2;
}

/* sums:list(): { key =, n = as text, tag = } of each */
static int sums_list(lua_State *L) {
  return push_list(L, sums_of(L));
}

/* sums:buckets(): the places of the entries in each bucket */
static int sums_buckets(lua_State *L) {
  const kx_count_map *counts = sums_of(L);
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

static int sums_ok(lua_State *L) {
  lua_pushboolean(L, kx_count_map_ok(sums_of(L)));
  return 1;
}

static int sums_clear(lua_State *L) {
  kx_count_map_free(sums_of(L));
  return 0;
}

static int sums_free(lua_State *L) {
  kx_count_map_free(sums_of(L));
  return 0;
}

/* tally(): an empty one, and no uses */
static int tally_create(lua_State *L) {
  create(L, sizeof(struct tally), TALLY);
  return 1;
}

static struct tally *tally_of(lua_State *L) {
  return luaL_checkudata(L, 1, TALLY);
}

/* The string field `name` of the report at 2; without data when it is absent. */
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

/* tally:take() adds the uses and forgets them: by how much it grew, by how much it was to
 * grow at most, and whether they were added */
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

static int push_usage(lua_State *L, kx_increments *usage) {
  int n = kx_increments_ok(usage) ? push_list(L, &usage->counts) : (lua_pushnil(L), 1);
  kx_increments_free(usage);
  return n;
}

/* tally:expand_uses(): the counters of the uses */
static int expand_uses(lua_State *L) {
  kx_increments usage = {0};
  kx_uses_expand(&tally_of(L)->uses, &usage);
  return push_usage(L, &usage);
}

/* tally:expand(first, most): the counters of its entries, and the next entry */
static int expand(lua_State *L) {
  kx_increments usage = {0};
  size_t next = kx_tally_expand(
    &tally_of(L)->tally, (size_t)luaL_checkinteger(L, 2), (size_t)luaL_checkinteger(L, 3), &usage);
  push_usage(L, &usage);
  lua_pushinteger(L, (lua_Integer)next);
  return 2;
}

/* tally:size(): the number of its entries */
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

static const luaL_Reg of_sums[] = {
  {"add", sums_add},     {"drop", sums_drop},       {"bytes", sums_bytes},
  {"list", sums_list},   {"buckets", sums_buckets}, {"ok", sums_ok},
  {"clear", sums_clear}, {"__gc", sums_free},       {NULL, NULL},
};

static const luaL_Reg of_tallies[] = {
  {"metric", metric},           {"code", code},       {"ok", uses_ok},
  {"take", tally_take},         {"expand", expand},   {"size", size},
  {"expand_uses", expand_uses}, {"__gc", tally_free}, {NULL, NULL},
};

static const luaL_Reg functions[] = {
  {"sums", sums_create},
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
  make_type(L, SUMS, of_sums);
  make_type(L, TALLY, of_tallies);
  kxtest_add(L, functions);
}
