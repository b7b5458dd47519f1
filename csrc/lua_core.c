/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* kinesis_exporter.core: the exporter as Lua sees it. Every function has three
 * acts: check the arguments (may raise, owns nothing), work (cannot raise), push
 * the results. What must be released lives in the userdata. */

#include "lua_box.h"
#include "lua_host.h"
#include "version.h"

static int core_close(lua_State *L) {
  struct kx_lua_box *box = luaL_checkudata(L, 1, KX_LUA_TYPE);
  if (box->open) {
    box->open = false;
    kx_exporter_close(&box->exporter);
    kx_redis_close(box->queue);
    kx_buf_free(&box->scratch);
  }
  lua_pushboolean(L, 1);
  return 1;
}

static kx_status take_texts(lua_State *L, int table, kx_settings *out, kx_error *err) {
  kx_status status = KX_OK;
  for (int i = 0; i < KX_SET_TEXTS && status == KX_OK; i++) {
    lua_getfield(L, table, kx_settings_text_name(i));
    status = kx_settings_set(out, i, lua_tostring(L, -1), err);
    lua_pop(L, 1);
  }
  return status;
}

static void take_numbers(lua_State *L, int table, kx_settings *out) {
  for (int i = 0; i < KX_SET_NUMBERS; i++) {
    lua_getfield(L, table, kx_settings_number_name(i));
    out->number[i] = (int64_t)lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
}

static bool required(int which) {
  return which == KX_SET_REDIS || which == KX_SET_ANALYTICS_REDIS || which == KX_SET_SINK ||
         which == KX_SET_LOCK_RESOURCE || which == KX_SET_QUEUE;
}

static void check_texts(lua_State *L, int table) {
  for (int i = 0; i < KX_SET_TEXTS; i++) {
    const char *text = kx_lua_text_field(L, table, kx_settings_text_name(i));
    if (text == NULL && required(i))
      luaL_error(L, "%s is missing", kx_settings_text_name(i));
    if (i == KX_SET_SINK && kx_kinesis_dialect(text) == NULL)
      luaL_error(L, "sink must be \"firehose\" or \"streams\"");
    lua_pop(L, 1);
  }
}

static void check_numbers(lua_State *L, int table) {
  for (int i = 0; i < KX_SET_NUMBERS; i++) {
    lua_getfield(L, table, kx_settings_number_name(i));
    if (lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "%s must be a number, got a %s", kx_settings_number_name(i),
                 luaL_typename(L, -1));
    lua_pop(L, 1);
  }
}

static int core_new(lua_State *L) {
  kx_error error = {0};
  struct kx_lua_box *box;
  luaL_checktype(L, 1, LUA_TTABLE);
  check_texts(L, 1);
  check_numbers(L, 1);
  box = lua_newuserdata(L, sizeof *box);
  memset(box, 0, sizeof *box);
  luaL_getmetatable(L, KX_LUA_TYPE);
  lua_setmetatable(L, -2);
  box->open = true;
  kx_settings *settings = &box->exporter.settings;
  kx_status status = take_texts(L, 1, settings, &error);
  take_numbers(L, 1, settings);
  if (status == KX_OK) {
    kx_settings taken = *settings;
    status = kx_exporter_open(&box->exporter, &taken, &error);
  }
  return status == KX_OK ? 1 : kx_lua_failed(L, &error);
}

static const luaL_Reg functions[] = {
  {"new", core_new},
  {"versions", kx_lua_versions},
  {"trap_signals", kx_lua_trap_signals},
  {"interrupted", kx_lua_interrupted},
  {"monotonic", kx_lua_monotonic},
  {"isatty", kx_lua_isatty},
  {"sleep", kx_lua_sleep},
  {"random", kx_lua_random},
  {"process_name", kx_lua_process_name},
  {NULL, NULL},
};

static void make_type(lua_State *L) {
  luaL_newmetatable(L, KX_LUA_TYPE);
  lua_newtable(L);
  kx_lua_add_functions(L, kx_lua_exporter_methods);
  kx_lua_add_functions(L, kx_lua_event_methods);
  kx_lua_add_functions(L, kx_lua_export_methods);
  kx_lua_add_functions(L, kx_lua_rejected_methods);
  kx_lua_add_functions(L, kx_lua_buckets_methods);
  kx_lua_add_functions(L, kx_lua_report_methods);
  kx_lua_add_functions(L, kx_lua_queue_methods);
  lua_pushcfunction(L, core_close);
  lua_setfield(L, -2, "close");
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, core_close);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, core_close);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}

__attribute__((visibility("default"))) int luaopen_kinesis_exporter_core(lua_State *L) {
  make_type(L);
  lua_newtable(L);
  kx_lua_add_functions(L, functions);
  lua_pushliteral(L, KX_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
