/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* kinesis_exporter.core: the module as Lua sees it. Each function of this folder has three
 * acts: it checks its arguments (which may raise, while it owns nothing), it works (which cannot
 * raise), and it pushes the results (which may raise). What must be released lives in a userdata,
 * so that a raised error never loses it. */

#include "base/crypto.h"
#include "base/version.h"
#include "binding/add_events.h"
#include "binding/call.h"
#include "binding/channel.h"
#include "binding/configured.h"
#include "binding/credentials.h"
#include "binding/methods.h"
#include "binding/object.h"
#include "binding/raise.h"
#include "binding/record.h"
#include "binding/secret.h"
#include "binding/subprocess.h"
#include "binding/system.h"
#include "binding/values.h"
#include "http/libcurl.h"

static const luaL_Reg functions[] = {
  {"new", kx_lua_new},
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

static void register_types(lua_State *L) {
  kx_lua_methods_register(L);
  kx_lua_call_type(L);
  kx_lua_subprocess_type(L);
  kx_lua_secret_type(L);
  kx_lua_channel_type(L);
  kx_lua_add_functions(L, kx_lua_record_methods);
  kx_lua_add_functions(L, kx_lua_call_methods);
  lua_pop(L, 1);
}

__attribute__((visibility("default"))) int luaopen_kinesis_exporter_core(lua_State *L) {
  kx_error error = {0};
  if (kx_crypto_check(&error) != KX_OK || kx_libcurl_check(&error) != KX_OK)
    return luaL_error(L, "%s", error.text);
  register_types(L);
  lua_newtable(L);
  kx_lua_add_functions(L, functions);
  lua_pushliteral(L, KX_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
