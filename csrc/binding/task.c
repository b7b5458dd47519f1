/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/task.h"

#include "binding/object.h"
#include "binding/raise.h"
#include "binding/values.h"
#include "counters/stats_time.h"

static int push_begun(lua_State *L, const kx_exporter *exporter, kx_outcome outcome) {
  if (exporter->task != NULL) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushinteger(L, 0);
  kx_lua_push_outcome(L, outcome);
  return 2;
}

static int core_flush_begin(lua_State *L) {
  int64_t limit = lua_isnoneornil(L, 2) ? -1 : (int64_t)luaL_checkinteger(L, 2);
  kx_exporter *exporter = kx_lua_get_idle(L);
  kx_error error = {0};
  kx_outcome outcome = KX_ALL;
  luaL_argcheck(L, limit >= -1, 2, "a limit must not be negative");
  if (kx_exporter_flush(exporter, limit, &outcome, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  return push_begun(L, exporter, outcome);
}

static int core_job_begin(lua_State *L) {
  const char *end = luaL_optstring(L, 2, "");
  kx_slice token = {0};
  kx_exporter *exporter = kx_lua_get_idle(L);
  kx_error error = {0};
  kx_outcome outcome = KX_ALL;
  token.data = luaL_optlstring(L, 3, NULL, &token.len);
  luaL_argcheck(L, *end == '\0' || kx_bucket_name_valid(kx_str(end)), 2, "is not a bucket name");
  if (kx_exporter_job(exporter, end, token.data ? &token : NULL, &outcome, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  return push_begun(L, exporter, outcome);
}

static int64_t end_task(kx_exporter *exporter) {
  int64_t result = kx_task_result(exporter->task);
  kx_task_free(exporter->task);
  exporter->task = NULL;
  return result;
}

static int step_failed(lua_State *L, kx_exporter *exporter, const kx_error *error) {
  kx_lua_failed(L, error);
  lua_pushinteger(L, (lua_Integer)end_task(exporter));
  return 4;
}

static int step_done(lua_State *L, kx_exporter *exporter, kx_outcome outcome) {
  lua_pushliteral(L, "done");
  lua_pushinteger(L, (lua_Integer)end_task(exporter));
  kx_lua_push_outcome(L, outcome);
  return 3;
}

static int step_on(lua_State *L, const kx_task *task) {
  if (kx_task_wants_credentials(task)) {
    lua_pushliteral(L, "credentials");
    return 1;
  }
  lua_pushliteral(L, "running");
  lua_pushinteger(L, (lua_Integer)kx_task_accepted(task));
  lua_pushinteger(L, (lua_Integer)kx_task_total(task));
  return 3;
}

static int core_step(lua_State *L) {
  int ms = (int)luaL_checkinteger(L, 2);
  kx_exporter *exporter = &kx_lua_get(L)->exporter;
  kx_error error = {0};
  kx_outcome outcome = KX_ALL;
  bool done = false;
  if (exporter->task == NULL)
    return kx_lua_raise(L, "no task is in progress");
  if (kx_task_step(exporter->task, ms, &done, &outcome, &error) != KX_OK)
    return step_failed(L, exporter, &error);
  return done ? step_done(L, exporter, outcome) : step_on(L, exporter->task);
}

static int core_stop(lua_State *L) {
  kx_exporter *exporter = &kx_lua_get(L)->exporter;
  if (exporter->task != NULL)
    kx_task_stop(exporter->task);
  return 0;
}

static void push_invalid(lua_State *L, const kx_invalid_key *invalid) {
  lua_createtable(L, 2, 0);
  lua_pushlstring(L, invalid->key, invalid->key_len);
  lua_rawseti(L, -2, 1);
  lua_pushlstring(L, invalid->value, invalid->value_len);
  lua_rawseti(L, -2, 2);
}

/* invalid_keys() -> {{key, value}, ...}, how many more: the invalid keys since the last call */
static int core_invalid_keys(lua_State *L) {
  kx_invalid_keys *invalid_keys = &kx_lua_get(L)->exporter.invalid_keys;
  lua_createtable(L, (int)invalid_keys->n, 0);
  for (size_t i = 0; i < invalid_keys->n; i++) {
    push_invalid(L, &invalid_keys->list[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_pushinteger(L, (lua_Integer)invalid_keys->more);
  invalid_keys->n = 0;
  invalid_keys->more = 0;
  return 2;
}

const luaL_Reg kx_lua_task_methods[] = {
  {"flush_begin", core_flush_begin},
  {"job_begin", core_job_begin},
  {"step", core_step},
  {"stop", core_stop},
  {"invalid_keys", core_invalid_keys},
  {NULL, NULL},
};
