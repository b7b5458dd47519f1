/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "counters/stats_key.h"

/* The fields of a key, by their names in it. */
static void set_ids(lua_State *L, const kx_stats_key *key) {
  static const char *const names[KX_FIELDS] = {
    "service", "cinstance", "uinstance", "metric", "response_code"};
  for (int i = 0; i < KX_FIELDS; i++) {
    if (!key->ids[i].data)
      continue;
    lua_pushlstring(L, key->ids[i].data, key->ids[i].len);
    lua_setfield(L, -2, names[i]);
  }
}

/* stats_key(key) -> its parts; nil when it is not a stats key */
static int stats_key(lua_State *L) {
  kx_stats_key key;
  memset(&key, 0xaa, sizeof key);
  if (!kx_stats_key_parse(kxtest_slice(L, 1), &key))
    return 0;
  lua_newtable(L);
  set_ids(L, &key);
  lua_pushstring(L, kx_period_name(key.period));
  lua_setfield(L, -2, "period");
  lua_pushstring(L, key.timestamp);
  lua_setfield(L, -2, "timestamp");
  lua_pushboolean(L, kx_stats_key_exported(&key));
  lua_setfield(L, -2, "exported");
  return 1;
}

/* stats_event(key, value, time_gen) -> ">" and the event; false when it is not a stats key; nil
 * when there is no memory */
static int stats_event(lua_State *L) {
  kx_stats_key key;
  kx_buf out = {0};
  kx_slice value = kxtest_slice(L, 2);
  const char *time_gen = luaL_checkstring(L, 3);
  if (!kx_stats_key_parse(kxtest_slice(L, 1), &key)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  kx_buf_putc(&out, '>');
  kx_stats_key_event(&out, &key, value, time_gen);
  kxtest_push_buf(L, &out);
  return 1;
}

static int stats_value_valid(lua_State *L) {
  lua_pushboolean(L, kx_stats_value_valid(kxtest_slice(L, 1)));
  return 1;
}

/* stats_period_start(period, seconds) */
static int stats_period_start(lua_State *L) {
  char out[16];
  kx_period period;
  if (!kx_period_named(kxtest_slice(L, 1), &period))
    return luaL_argerror(L, 1, "no period");
  kx_stats_period_start(period, (int64_t)luaL_checknumber(L, 2), out);
  lua_pushstring(L, out);
  return 1;
}

/* bucket_time(name) -> its time; nil when it is not a bucket name */
static int bucket_time(lua_State *L) {
  char out[18];
  kx_slice name = kxtest_slice(L, 1);
  if (!kx_bucket_name_valid(name))
    return 0;
  kx_bucket_time(name, out);
  lua_pushstring(L, out);
  return 1;
}

static const luaL_Reg functions[] = {
  {"stats_key", stats_key},
  {"stats_event", stats_event},
  {"stats_value_valid", stats_value_valid},
  {"stats_period_start", stats_period_start},
  {"bucket_time", bucket_time},
  {NULL, NULL},
};

void kxtest_stats_key(lua_State *L) {
  kxtest_add(L, functions);
}
