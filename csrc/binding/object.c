/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/object.h"

#include "binding/raise.h"
#include "binding/settings.h"
#include "binding/values.h"

#include <lauxlib.h>

#define TYPE "kinesis_exporter.core"

static int close_object(lua_State *L) {
  struct kx_lua_object *object = luaL_checkudata(L, 1, TYPE);
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
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  object->open = true;
  return object;
}

/* kx_exporter_open takes over its argument: until then the object owns the settings. */
kx_status kx_lua_object_open(struct kx_lua_object *object, kx_error *err) {
  kx_settings taken = object->exporter.settings;
  return kx_exporter_open(&object->exporter, &taken, err);
}

int kx_lua_new(lua_State *L) {
  kx_error error = {0};
  kx_lua_settings_check(L, 1);
  struct kx_lua_object *object = kx_lua_object_push(L);
  kx_status status = kx_lua_settings_take(L, 1, &object->exporter.settings, &error);
  if (status == KX_OK)
    status = kx_lua_object_open(object, &error);
  return status == KX_OK ? 1 : kx_lua_failed(L, &error);
}

struct kx_lua_object *kx_lua_get(lua_State *L) {
  struct kx_lua_object *object = luaL_checkudata(L, 1, TYPE);
  if (!object->open)
    kx_lua_raise(L, "the exporter is closed");
  if (object->exporter.task == NULL) {
    kx_keep_alive_refresh(object->exporter.main);
    kx_keep_alive_refresh(object->exporter.data);
    kx_keep_alive_refresh(object->exporter.queue);
  }
  return object;
}

kx_exporter *kx_lua_get_idle(lua_State *L) {
  kx_exporter *exporter = &kx_lua_get(L)->exporter;
  if (exporter->task != NULL)
    kx_lua_raise(L, "a task is in progress on this exporter");
  return exporter;
}

void kx_lua_object_type(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_pushcfunction(L, close_object);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, close_object);
  lua_setfield(L, -2, "__close");
  lua_newtable(L);
  lua_pushcfunction(L, close_object);
  lua_setfield(L, -2, "close");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__index");
  lua_remove(L, -2);
}
