/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/settings.h"

#include "binding/raise.h"
#include "binding/values.h"

static bool required(int which) {
  return which == KX_SET_REDIS || which == KX_SET_ANALYTICS_REDIS || which == KX_SET_QUEUE_REDIS ||
         which == KX_SET_SINK || which == KX_SET_LOCK_RESOURCE || which == KX_SET_QUEUE;
}

static void check_texts(lua_State *L, int table) {
  for (int i = 0; i < KX_SET_TEXTS; i++) {
    const char *text = kx_lua_text_field(L, table, kx_settings_text_name(i));
    if (text == NULL && required(i))
      kx_lua_raise(L, "%s is missing", kx_settings_text_name(i));
    lua_pop(L, 1);
  }
}

static void check_numbers(lua_State *L, int table) {
  for (int i = 0; i < KX_SET_NUMBERS; i++) {
    lua_getfield(L, table, kx_settings_number_name(i));
    if (lua_type(L, -1) != LUA_TNUMBER)
      kx_lua_raise(L, "%s must be a number, got a %s", kx_settings_number_name(i),
                   luaL_typename(L, -1));
    lua_pop(L, 1);
  }
}

void kx_lua_settings_check(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  check_texts(L, index);
  check_numbers(L, index);
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

kx_status kx_lua_settings_take(lua_State *L, int index, kx_settings *out, kx_error *err) {
  take_numbers(L, index, out);
  return take_texts(L, index, out, err);
}
