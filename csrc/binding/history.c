/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/history.h"

#include "binding/object.h"
#include "binding/raise.h"
#include "binding/values.h"
#include "events/claim.h"
#include "exporter/history.h"

/* The table, which is on the stack, still owns the names. */
static size_t read_deltas(lua_State *L, kx_delta *out) {
  size_t n = 0;
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || n == KX_DELTAS_MOST)
      kx_lua_raise(L, "expected a table of at most %d numbers by name", (int)KX_DELTAS_MOST);
    out[n++] = (kx_delta){lua_tostring(L, -2), (int64_t)luaL_checknumber(L, -1)};
  }
  return n;
}

/* history_add({name = n, ...}) -> true */
static int core_history_add(lua_State *L) {
  kx_delta deltas[KX_DELTAS_MOST];
  kx_redis *data = kx_lua_get(L)->exporter.data;
  size_t n = read_deltas(L, deltas);
  kx_error error = {0};
  int64_t pending = 0;
  kx_status status = kx_claim_count(data, &pending, &error);
  if (status == KX_OK)
    status = kx_history_add(data, deltas, n, pending, &error);
  return kx_lua_boolean(L, status, &error, true);
}

/* history() -> lines, see kx_history_read */
static int core_history(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  kx_error error = {0};
  kx_buf_clear(&object->scratch);
  if (kx_history_read(object->exporter.data, &object->scratch, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  lua_pushlstring(L, object->scratch.len ? object->scratch.data : "", object->scratch.len);
  return 1;
}

const luaL_Reg kx_lua_history_methods[] = {
  {"history_add", core_history_add},
  {"history", core_history},
  {NULL, NULL},
};
