/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* kinesis_exporter.core: the exporter as Lua sees it. Every function has three
 * acts: check the arguments (may raise, owns nothing), work (cannot raise), push
 * the results. What must be released lives in the userdata. */

#include "claim.h"
#include "clock.h"
#include "exporter.h"
#include "flag.h"
#include "json.h"
#include "lua_event.h"
#include "lua_host.h"
#include "version.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <time.h>

#define TYPE "kinesis_exporter.core"

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

/* The userdata: an exporter, and scratch memory for one event. */
struct box {
  kx_exporter exporter;
  kx_buf scratch;
  bool open;
};

static struct box *get(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, TYPE);
  if (!box->open)
    luaL_error(L, "the exporter is closed");
  if (box->exporter.export == NULL) {
    kx_redis_refresh(box->exporter.main);
    kx_redis_refresh(box->exporter.data);
  }
  return box;
}

/* Commands that an export in progress would be disturbed by. */
static kx_exporter *get_idle(lua_State *L) {
  kx_exporter *exporter = &get(L)->exporter;
  if (exporter->export != NULL)
    luaL_error(L, "a flush is in progress on this exporter");
  return exporter;
}

static int failed(lua_State *L, const kx_error *error) {
  lua_pushnil(L);
  lua_pushstring(L, error->text);
  lua_pushstring(L, kx_status_name(error->code));
  return 3;
}

static int boolean(lua_State *L, kx_status status, const kx_error *error, bool value) {
  if (status != KX_OK)
    return failed(L, error);
  lua_pushboolean(L, value);
  return 1;
}

static int integer(lua_State *L, kx_status status, const kx_error *error, int64_t value) {
  if (status != KX_OK)
    return failed(L, error);
  lua_pushinteger(L, (lua_Integer)value);
  return 1;
}

static int core_enable(lua_State *L) {
  kx_error error = {0};
  return boolean(L, kx_flag_enable(get(L)->exporter.main, &error), &error, true);
}

static int core_disable(lua_State *L) {
  kx_error error = {0};
  return boolean(L, kx_flag_disable(get(L)->exporter.main, &error), &error, true);
}

static int core_enabled(lua_State *L) {
  kx_error error = {0};
  bool enabled = false;
  kx_status status = kx_flag_enabled(get(L)->exporter.main, &enabled, &error);
  return boolean(L, status, &error, enabled);
}

static const char *name_of(kx_ending ending) {
  static const char *const names[] = {
    [KX_DISABLED] = "disabled", [KX_LOCKED] = "locked", [KX_PARTIAL] = "partial"};
  return ending == KX_ALL ? NULL : names[ending];
}

static void push_ending(lua_State *L, kx_ending ending) {
  const char *name = name_of(ending);
  if (name != NULL)
    lua_pushstring(L, name);
  else
    lua_pushnil(L);
}

static int core_schedule_job(lua_State *L) {
  kx_exporter *exporter = get_idle(L);
  kx_error error = {0};
  kx_ending ending = KX_ALL;
  if (kx_exporter_schedule(exporter, &ending, &error) != KX_OK)
    return failed(L, &error);
  if (ending == KX_ALL) {
    lua_pushstring(L, exporter->lock.token);
    return 1;
  }
  lua_pushboolean(L, 0);
  push_ending(L, ending);
  return 2;
}

static int core_job_finished(lua_State *L) {
  kx_exporter *exporter = &get(L)->exporter;
  kx_error error = {0};
  kx_slice key;
  bool released = false;
  luaL_checktype(L, 2, LUA_TSTRING);
  key.data = lua_tolstring(L, 2, &key.len);
  kx_status status = kx_exporter_job_finished(exporter, key, &released, &error);
  return boolean(L, status, &error, released);
}

static int core_num_pending_events(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_claim_count(get(L)->exporter.data, &n, &error);
  return integer(L, status, &error, n);
}

static void check_events(lua_State *L, int index) {
  int n;
  luaL_checktype(L, index, LUA_TTABLE);
  n = (int)lua_rawlen(L, index);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, index, i);
    kx_lua_event_check(L, lua_gettop(L), i);
    lua_pop(L, 1);
  }
}

static kx_status add_event(lua_State *L, struct box *box, const char *time_gen, kx_error *err) {
  kx_exporter *exporter = &box->exporter;
  kx_slice event;
  if (lua_istable(L, -1)) {
    kx_lua_event_write(L, lua_gettop(L), time_gen, &box->scratch);
    if (!kx_buf_ok(&box->scratch))
      return kx_fail_memory(err);
    event = kx_buf_view(&box->scratch);
  } else {
    event.data = lua_tolstring(L, -1, &event.len);
  }
  return kx_adder_add(&exporter->adder, exporter->data, event, kx_exporter_event_bytes(exporter),
                      err);
}

static void write_time_gen(char out[32]) {
  time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(out, 32, "%Y%m%d %H:%M:%S", &utc);
}

static int core_add_events(lua_State *L) {
  struct box *box = get(L);
  kx_adder *adder = &box->exporter.adder;
  kx_error error = {0};
  kx_status status = KX_OK;
  char time_gen[32];
  check_events(L, 2);
  write_time_gen(time_gen);
  kx_adder_begin(adder);
  for (int i = 1, n = (int)lua_rawlen(L, 2); i <= n && status == KX_OK; i++) {
    lua_rawgeti(L, 2, i);
    status = add_event(L, box, time_gen, &error);
    lua_pop(L, 1);
  }
  if (status == KX_OK)
    status = kx_adder_flush(adder, box->exporter.data, &error);
  box->exporter.stats.events_added += adder->added;
  box->exporter.stats.events_rejected += adder->rejected;
  integer(L, status, &error, adder->added);
  lua_pushinteger(L, (lua_Integer)(status == KX_OK ? adder->rejected : adder->added));
  return status == KX_OK ? 2 : 4;
}

static const char *text_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "%s must be a string, got a %s", name, luaL_typename(L, -1));
  return lua_tostring(L, -1);
}

static int core_set_credentials(lua_State *L) {
  kx_exporter *exporter = &get(L)->exporter;
  kx_error error = {0};
  luaL_checktype(L, 2, LUA_TTABLE);
  const char *id = text_field(L, 2, "access_key_id");
  const char *secret = text_field(L, 2, "secret_access_key");
  const char *token = text_field(L, 2, "session_token");
  if (id == NULL || secret == NULL)
    return luaL_error(L, "credentials need access_key_id and secret_access_key");
  return boolean(L, kx_exporter_credentials(exporter, id, secret, token, &error), &error, true);
}

static int core_flush_begin(lua_State *L) {
  int64_t limit = lua_isnoneornil(L, 2) ? -1 : (int64_t)luaL_checkinteger(L, 2);
  kx_exporter *exporter = get_idle(L);
  kx_error error = {0};
  kx_ending ending = KX_ALL;
  luaL_argcheck(L, limit >= -1, 2, "a limit is not negative");
  if (kx_exporter_flush(exporter, limit, &ending, &error) != KX_OK)
    return failed(L, &error);
  if (exporter->export != NULL)
    return boolean(L, KX_OK, &error, true);
  lua_pushinteger(L, 0);
  push_ending(L, ending);
  return 2;
}

static int step_failed(lua_State *L, kx_exporter *exporter, const kx_error *error) {
  int64_t accepted = kx_export_accepted(exporter->export);
  kx_export_free(exporter->export);
  exporter->export = NULL;
  failed(L, error);
  lua_pushinteger(L, (lua_Integer)accepted);
  return 4;
}

static int step_done(lua_State *L, kx_exporter *exporter, kx_ending ending) {
  int64_t accepted = kx_export_accepted(exporter->export);
  kx_export_free(exporter->export);
  exporter->export = NULL;
  lua_pushliteral(L, "done");
  lua_pushinteger(L, (lua_Integer)accepted);
  push_ending(L, ending);
  return 3;
}

static int core_flush_step(lua_State *L) {
  int ms = (int)luaL_checkinteger(L, 2);
  kx_exporter *exporter = &get(L)->exporter;
  kx_error error = {0};
  kx_ending ending = KX_ALL;
  bool done = false;
  if (exporter->export == NULL)
    return luaL_error(L, "no flush is in progress");
  if (kx_export_step(exporter->export, ms, &done, &ending, &error) != KX_OK)
    return step_failed(L, exporter, &error);
  if (done)
    return step_done(L, exporter, ending);
  if (kx_export_wants_credentials(exporter->export)) {
    lua_pushliteral(L, "credentials");
    return 1;
  }
  lua_pushliteral(L, "running");
  lua_pushinteger(L, (lua_Integer)kx_export_accepted(exporter->export));
  lua_pushinteger(L, (lua_Integer)kx_export_total(exporter->export));
  return 3;
}

static int core_flush_stop(lua_State *L) {
  kx_exporter *exporter = &get(L)->exporter;
  if (exporter->export != NULL)
    kx_export_stop(exporter->export);
  return 0;
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value) {
  if (value[0] == '\0')
    return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static int core_status(lua_State *L) {
  kx_error error = {0};
  kx_state state = {0};
  if (kx_exporter_status(&get(L)->exporter, &state, &error) != KX_OK)
    return failed(L, &error);
  lua_createtable(L, 0, 7);
  lua_pushboolean(L, state.enabled);
  lua_setfield(L, -2, "enabled");
  set_text(L, "lock", state.lock_holder);
  if (state.lock_holder[0])
    set_integer(L, "lock_ttl_ms", state.lock_ttl_ms);
  set_integer(L, "pending", state.pending);
  set_integer(L, "rejected", state.rejected);
  set_integer(L, "buckets", state.buckets);
  set_text(L, "latest_bucket", state.latest_bucket);
  return 1;
}

static int core_rejected_size(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_rejected_size(get(L)->exporter.data, &n, &error);
  return integer(L, status, &error, n);
}

static void push_slice(lua_State *L, const char *name, kx_slice value) {
  lua_pushlstring(L, value.data, value.len);
  lua_setfield(L, -2, name);
}

static void push_rejected(lua_State *L, kx_slice entry) {
  kx_rejected parts;
  kx_rejected_read(entry, &parts);
  lua_createtable(L, 0, 3);
  push_slice(L, "event", parts.event);
  push_slice(L, "reason", parts.reason);
  push_slice(L, "time", parts.time);
}

/* The reply is a C resource: it is copied to the scratch buffer, which the
 * userdata owns, before Lua is asked for memory. */
static kx_status fetch_rejected(struct box *box, int64_t i, bool *got, kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_rejected_list(box->exporter.data, i, 1, &reply, err);
  *got = kx_reply_size(reply) == 1;
  kx_buf_clear(&box->scratch);
  if (*got)
    kx_buf_slice(&box->scratch, kx_reply_text(kx_reply_item(reply, 0)));
  kx_reply_free(reply);
  if (status == KX_OK && !kx_buf_ok(&box->scratch))
    status = kx_fail_memory(err);
  return status;
}

static int core_rejected_list(lua_State *L) {
  struct box *box = get(L);
  lua_Integer n = luaL_checkinteger(L, 2);
  kx_error error = {0};
  bool got = true;
  lua_newtable(L);
  for (lua_Integer i = 0; i < n && got; i++) {
    if (fetch_rejected(box, i, &got, &error) != KX_OK)
      return failed(L, &error);
    if (got) {
      push_rejected(L, kx_buf_view(&box->scratch));
      lua_rawseti(L, -2, (int)i + 1);
    }
  }
  return 1;
}

static int core_rejected_retry(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_exporter_retry_rejected(&get(L)->exporter, &n, &error);
  return integer(L, status, &error, n);
}

static int core_rejected_delete_all(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_rejected_delete_all(get(L)->exporter.data, &n, &error);
  return integer(L, status, &error, n);
}

static int core_stats(lua_State *L) {
  const kx_stats *stats = &get(L)->exporter.stats;
  lua_newtable(L);
#define X(name) set_integer(L, #name, stats->name);
  KX_STATS(X)
#undef X
  return 1;
}

static int core_close(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, TYPE);
  if (box->open) {
    box->open = false;
    kx_exporter_close(&box->exporter);
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
    const char *text = text_field(L, table, kx_settings_text_name(i));
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
  struct box *box;
  luaL_checktype(L, 1, LUA_TTABLE);
  check_texts(L, 1);
  check_numbers(L, 1);
  box = lua_newuserdata(L, sizeof *box);
  memset(box, 0, sizeof *box);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  box->open = true;
  kx_settings *settings = &box->exporter.settings;
  kx_status status = take_texts(L, 1, settings, &error);
  take_numbers(L, 1, settings);
  if (status == KX_OK) {
    kx_settings taken = *settings;
    status = kx_exporter_open(&box->exporter, &taken, &error);
  }
  return status == KX_OK ? 1 : failed(L, &error);
}

static const luaL_Reg methods[] = {
  {"enable", core_enable},
  {"disable", core_disable},
  {"enabled", core_enabled},
  {"schedule_job", core_schedule_job},
  {"job_finished", core_job_finished},
  {"num_pending_events", core_num_pending_events},
  {"add_events", core_add_events},
  {"set_credentials", core_set_credentials},
  {"flush_begin", core_flush_begin},
  {"flush_step", core_flush_step},
  {"flush_stop", core_flush_stop},
  {"status", core_status},
  {"rejected_size", core_rejected_size},
  {"rejected_list", core_rejected_list},
  {"rejected_retry", core_rejected_retry},
  {"rejected_delete_all", core_rejected_delete_all},
  {"stats", core_stats},
  {"close", core_close},
  {NULL, NULL},
};

static const luaL_Reg functions[] = {
  {"new", core_new},
  {"versions", kx_lua_versions},
  {"trap_signals", kx_lua_trap_signals},
  {"interrupted", kx_lua_interrupted},
  {"monotonic", kx_lua_monotonic},
  {"isatty", kx_lua_isatty},
  {NULL, NULL},
};

static void add_functions(lua_State *L, const luaL_Reg *list) {
  for (; list->name != NULL; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}

static void make_type(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_newtable(L);
  add_functions(L, methods);
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
  add_functions(L, functions);
  lua_pushliteral(L, KX_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
