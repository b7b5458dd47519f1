/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/rejected.h"

#include "binding/object.h"
#include "binding/values.h"

static int core_rejected_size(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_rejected_events_size(kx_lua_get(L)->exporter.data, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

static void push_rejected(lua_State *L, kx_slice entry) {
  kx_rejected_event parts;
  kx_rejected_events_read(entry, &parts);
  lua_createtable(L, 0, 3);
  kx_lua_set_slice(L, "event", parts.event);
  kx_lua_set_slice(L, "reason", parts.reason);
  kx_lua_set_slice(L, "time", parts.time);
}

/* A Lua error must not lose the reply. So it is copied to the scratch buffer, which the userdata
 * owns, and released before Lua is called. */
static kx_status fetch_rejected(struct kx_lua_object *object, int64_t i, bool *got, kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_rejected_events_list(object->exporter.data, i, 1, &reply, err);
  *got = kx_reply_size(reply) == 1;
  kx_buf_clear(&object->scratch);
  if (*got)
    kx_buf_slice(&object->scratch, kx_reply_text(kx_reply_item(reply, 0)));
  kx_reply_free(reply);
  if (status == KX_OK && !kx_buf_ok(&object->scratch))
    status = kx_fail_memory(err);
  return status;
}

static int core_rejected_list(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  lua_Integer n = luaL_checkinteger(L, 2);
  kx_error error = {0};
  bool got = true;
  lua_newtable(L);
  for (lua_Integer i = 0; i < n && got; i++) {
    if (fetch_rejected(object, i, &got, &error) != KX_OK)
      return kx_lua_failed(L, &error);
    if (got) {
      push_rejected(L, kx_buf_view(&object->scratch));
      lua_rawseti(L, -2, (int)i + 1);
    }
  }
  return 1;
}

static int core_rejected_retry(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_exporter_retry_rejected(&kx_lua_get(L)->exporter, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

static int core_rejected_delete_all(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_rejected_events_delete_all(kx_lua_get(L)->exporter.data, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

const luaL_Reg kx_lua_rejected_methods[] = {
  {"rejected_size", core_rejected_size},
  {"rejected_list", core_rejected_list},
  {"rejected_retry", core_rejected_retry},
  {"rejected_delete_all", core_rejected_delete_all},
  {NULL, NULL},
};
