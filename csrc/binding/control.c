/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/control.h"

#include "binding/object.h"
#include "binding/values.h"
#include "control/flag.h"
#include "events/claim.h"

static int core_enable(lua_State *L) {
  kx_error error = {0};
  return kx_lua_boolean(L, kx_flag_enable(kx_lua_get(L)->exporter.main, &error), &error, true);
}

static int core_disable(lua_State *L) {
  kx_error error = {0};
  return kx_lua_boolean(L, kx_flag_disable(kx_lua_get(L)->exporter.main, &error), &error, true);
}

static int core_enabled(lua_State *L) {
  kx_error error = {0};
  bool enabled = false;
  kx_status status = kx_flag_enabled(kx_lua_get(L)->exporter.main, &enabled, &error);
  return kx_lua_boolean(L, status, &error, enabled);
}

static int core_schedule_job(lua_State *L) {
  kx_exporter *exporter = kx_lua_get_idle(L);
  kx_error error = {0};
  kx_outcome outcome = KX_ALL;
  if (kx_exporter_schedule(exporter, &outcome, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  if (outcome == KX_ALL) {
    lua_pushstring(L, exporter->lock.token);
    return 1;
  }
  lua_pushboolean(L, 0);
  kx_lua_push_outcome(L, outcome);
  return 2;
}

static int core_job_finished(lua_State *L) {
  kx_exporter *exporter = &kx_lua_get(L)->exporter;
  kx_error error = {0};
  kx_slice key;
  bool released = false;
  luaL_checktype(L, 2, LUA_TSTRING);
  key.data = lua_tolstring(L, 2, &key.len);
  kx_status status = kx_exporter_job_finished(exporter, key, &released, &error);
  return kx_lua_boolean(L, status, &error, released);
}

static int core_num_pending_events(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_claim_count(kx_lua_get(L)->exporter.data, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

static int core_status(lua_State *L) {
  kx_error error = {0};
  kx_state state = {0};
  if (kx_exporter_status(&kx_lua_get(L)->exporter, &state, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  lua_createtable(L, 0, 7);
  lua_pushboolean(L, state.enabled);
  lua_setfield(L, -2, "enabled");
  kx_lua_set_text(L, "lock", state.lock_holder);
  if (state.lock_holder[0])
    kx_lua_set_integer(L, "lock_ttl_ms", state.lock_ttl_ms);
  kx_lua_set_integer(L, "pending", state.pending);
  kx_lua_set_integer(L, "rejected", state.rejected);
  kx_lua_set_integer(L, "buckets", state.buckets);
  kx_lua_set_text(L, "latest_bucket", state.latest_bucket);
  return 1;
}

static int core_stats(lua_State *L) {
  const kx_stats *stats = &kx_lua_get(L)->exporter.stats;
  lua_newtable(L);
#define X(name) kx_lua_set_integer(L, #name, stats->name);
  KX_STATS(X)
#undef X
  return 1;
}

/* Before credentials are looked for: what an export needs is set. */
static int core_check_export(lua_State *L) {
  kx_error error = {0};
  kx_status status = kx_settings_check_export(&kx_lua_get(L)->exporter.settings, &error);
  return kx_lua_boolean(L, status, &error, true);
}

const luaL_Reg kx_lua_control_methods[] = {
  {"check_export", core_check_export},
  {"enable", core_enable},
  {"disable", core_disable},
  {"enabled", core_enabled},
  {"schedule_job", core_schedule_job},
  {"job_finished", core_job_finished},
  {"num_pending_events", core_num_pending_events},
  {"status", core_status},
  {"stats", core_stats},
  {NULL, NULL},
};
