/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/buckets.h"

#include "binding/object.h"
#include "binding/values.h"
#include "counters/buckets.h"

static int core_buckets_size(lua_State *L) {
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_buckets_size(kx_lua_get(L)->exporter.data, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

/* A Lua error must not lose the reply. So the names are copied to the scratch buffer, which the
 * userdata owns, and the reply is released before Lua is called. */
static kx_status fetch_names(struct kx_lua_object *object, kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_buckets_list(object->exporter.data, &reply, err);
  kx_buf_clear(&object->scratch);
  for (size_t i = 0; i < kx_reply_size(reply); i++) {
    kx_buf_slice(&object->scratch, kx_reply_text(kx_reply_item(reply, i)));
    kx_buf_putc(&object->scratch, '\n');
  }
  kx_reply_free(reply);
  if (status == KX_OK && !kx_buf_ok(&object->scratch))
    status = kx_fail_memory(err);
  return status;
}

static int core_buckets_list(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  kx_error error = {0};
  if (fetch_names(object, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  lua_newtable(L);
  const char *at = object->scratch.data, *end = at + object->scratch.len, *newline;
  for (int i = 1; at < end; i++, at = newline + 1) {
    newline = memchr(at, '\n', (size_t)(end - at));
    lua_pushlstring(L, at, (size_t)(newline - at));
    lua_rawseti(L, -2, i);
  }
  return 1;
}

static int core_buckets_enable(lua_State *L) {
  kx_error error = {0};
  kx_status status = kx_buckets_enable(kx_lua_get(L)->exporter.main, &error);
  return kx_lua_boolean(L, status, &error, true);
}

static int core_buckets_disable(lua_State *L) {
  kx_error error = {0};
  kx_status status = kx_buckets_disable(kx_lua_get(L)->exporter.main, &error);
  return kx_lua_boolean(L, status, &error, true);
}

/* buckets_state() -> true when they are on; true when the emergency switched them off last */
static int core_buckets_state(lua_State *L) {
  kx_error error = {0};
  kx_bucket_switch found = {0};
  if (kx_buckets_state(kx_lua_get(L)->exporter.main, &found, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  lua_pushboolean(L, found.on);
  lua_pushboolean(L, found.emergency);
  return 2;
}

static int core_buckets_delete_all(lua_State *L) {
  kx_exporter *exporter = kx_lua_get_idle(L);
  kx_error error = {0};
  int64_t n = 0;
  kx_status status = kx_buckets_disable(exporter->main, &error);
  if (status == KX_OK)
    status = kx_buckets_delete_all(exporter->data, &n, &error);
  return kx_lua_integer(L, status, &error, n);
}

const luaL_Reg kx_lua_buckets_methods[] = {
  {"buckets_size", core_buckets_size},
  {"buckets_list", core_buckets_list},
  {"buckets_enable", core_buckets_enable},
  {"buckets_disable", core_buckets_disable},
  {"buckets_state", core_buckets_state},
  {"buckets_delete_all", core_buckets_delete_all},
  {NULL, NULL},
};
