/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* kinesis_exporter.core: the exporter as Lua sees it. Every function has three
 * acts: check the arguments (may raise, owns nothing), work (cannot raise), push
 * the results. What must be released lives in the userdata. */

#include "base/crypto.h"
#include "base/version.h"
#include "binding/channel.h"
#include "binding/configured.h"
#include "binding/credentials.h"
#include "binding/object.h"
#include "binding/raise.h"
#include "binding/settings.h"
#include "binding/system.h"
#include "http/libcurl.h"

static int core_close(lua_State *L) {
  struct kx_lua_object *object = luaL_checkudata(L, 1, KX_LUA_TYPE);
  if (object->open) {
    object->open = false;
    kx_exporter_close(&object->exporter);
    kx_redis_close(object->queue);
    kx_request_end(&object->request);
    kx_buf_free(&object->scratch);
    kx_uses_free(&object->uses);
  }
  lua_pushboolean(L, 1);
  return 1;
}

struct kx_lua_object *kx_lua_object_push(lua_State *L) {
  struct kx_lua_object *object = lua_newuserdata(L, sizeof *object);
  memset(object, 0, sizeof *object);
  luaL_getmetatable(L, KX_LUA_TYPE);
  lua_setmetatable(L, -2);
  object->open = true;
  return object;
}

static int core_new(lua_State *L) {
  kx_error error = {0};
  struct kx_lua_object *object;
  kx_lua_settings_check(L, 1);
  object = kx_lua_object_push(L);
  kx_settings *settings = &object->exporter.settings;
  kx_status status = kx_lua_settings_take(L, 1, settings, &error);
  if (status == KX_OK) {
    kx_settings taken = *settings;
    status = kx_exporter_open(&object->exporter, &taken, &error);
  }
  return status == KX_OK ? 1 : kx_lua_failed(L, &error);
}

static const luaL_Reg functions[] = {
  {"new", core_new},
  {"channel", kx_lua_channel_new},
  {"drain", kx_lua_drain},
  {"raise", kx_lua_raise_text},
  {"keep_configured", kx_lua_keep_configured},
  {"forget_configured", kx_lua_forget_configured},
  {"configured", kx_lua_configured},
  {"check_events", kx_lua_check_events},
  {"versions", kx_lua_versions},
  {"trap_signals", kx_lua_trap_signals},
  {"interrupted", kx_lua_interrupted},
  {"monotonic", kx_lua_monotonic},
  {"wall", kx_lua_wall},
  {"no_core_dumps", kx_lua_no_core_dumps},
  {"number_text", kx_lua_number_text},
  {"hold_standard_files", kx_lua_hold_standard_files},
  {"let_all_read", kx_lua_let_all_read},
  {"replaceable", kx_lua_replaceable},
  {"isatty", kx_lua_isatty},
  {"sleep", kx_lua_sleep},
  {"random", kx_lua_random},
  {"process_name", kx_lua_process_name},
  {"process", kx_lua_subprocess},
  {"aws_ini", kx_lua_aws_ini},
  {"sha1", kx_lua_sha1},
  {"json_members", kx_lua_json_members},
  {NULL, NULL},
};

void kx_lua_object_type(lua_State *L) {
  luaL_newmetatable(L, KX_LUA_TYPE);
  lua_newtable(L);
  kx_lua_add_functions(L, kx_lua_exporter_methods);
  kx_lua_add_functions(L, kx_lua_event_methods);
  kx_lua_add_functions(L, kx_lua_export_methods);
  kx_lua_add_functions(L, kx_lua_rejected_methods);
  kx_lua_add_functions(L, kx_lua_buckets_methods);
  kx_lua_add_functions(L, kx_lua_report_methods);
  kx_lua_add_functions(L, kx_lua_queue_methods);
  kx_lua_add_functions(L, kx_lua_history_methods);
  kx_lua_add_functions(L, kx_lua_doctor_methods);
  kx_lua_add_functions(L, kx_lua_request_methods);
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
  kx_error error = {0};
  if (kx_crypto_check(&error) != KX_OK || kx_libcurl_check(&error) != KX_OK)
    return luaL_error(L, "%s", error.text);
  kx_lua_object_type(L);
  kx_lua_channel_type(L);
  kx_lua_subprocess_type(L);
  kx_lua_secret_type(L);
  lua_newtable(L);
  kx_lua_add_functions(L, functions);
  lua_pushliteral(L, KX_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
