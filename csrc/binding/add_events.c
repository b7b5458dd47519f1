/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/add_events.h"

#include "binding/event.h"
#include "binding/object.h"
#include "binding/values.h"

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

int kx_lua_check_events(lua_State *L) {
  check_events(L, 1);
  return 0;
}

static kx_status add_event(lua_State *L, struct kx_lua_object *object, int n, const char *time_gen,
                           kx_error *err) {
  kx_exporter *exporter = &object->exporter;
  kx_lua_event parts;
  kx_slice event;
  if (lua_istable(L, -1)) {
    kx_lua_event_read(L, lua_gettop(L), n, &parts);
    kx_lua_event_write(&parts, time_gen, &object->scratch);
    if (!kx_buf_ok(&object->scratch))
      return kx_fail_memory(err);
    event = kx_buf_view(&object->scratch);
  } else {
    event.data = lua_tolstring(L, -1, &event.len);
  }
  return kx_chunker_add(
    &exporter->chunker, exporter->data, event, kx_exporter_event_bytes(exporter), err);
}

/* What replicas had to have and do not does not count as stored. */
static kx_status keep(kx_exporter *exporter, int64_t *stored, kx_error *err) {
  kx_status status = KX_OK;
  if (exporter->chunker.added + exporter->chunker.rejected > 0)
    status = kx_replicas_wait(exporter->data, err);
  if (status != KX_OK)
    *stored = 0;
  return status;
}

static int core_add_events(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  kx_chunker *chunker = &object->exporter.chunker;
  kx_error error = {0};
  kx_status status = KX_OK;
  kx_lua_time now = {0};
  check_events(L, 2);
  const char *time_gen = kx_lua_time_gen(&now);
  kx_chunker_begin(chunker);
  for (int i = 1, n = (int)lua_rawlen(L, 2); i <= n && status == KX_OK; i++) {
    lua_rawgeti(L, 2, i);
    status = add_event(L, object, i, time_gen, &error);
    lua_pop(L, 1);
  }
  if (status == KX_OK)
    status = kx_chunker_flush(chunker, object->exporter.data, &error);
  int64_t stored = chunker->added;
  if (status == KX_OK)
    status = keep(&object->exporter, &stored, &error);
  object->exporter.stats.events_added += chunker->added;
  object->exporter.stats.events_rejected += chunker->rejected;
  kx_lua_integer(L, status, &error, stored);
  lua_pushinteger(L, (lua_Integer)(status == KX_OK ? chunker->rejected : stored));
  return status == KX_OK ? 2 : 4;
}

/* objections() -> {{number, why}, ...}: the first events of the last list that were rejected */
static int core_objections(lua_State *L) {
  const kx_chunker *chunker = &kx_lua_get(L)->exporter.chunker;
  lua_newtable(L);
  for (int i = 0; i < chunker->rejected && i < KX_OBJECTIONS; i++) {
    lua_createtable(L, 2, 0);
    lua_pushinteger(L, (lua_Integer)chunker->objections[i].number);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, chunker->objections[i].why);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

const luaL_Reg kx_lua_add_events_methods[] = {
  {"add_events", core_add_events},
  {"objections", core_objections},
  {NULL, NULL},
};
