/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/credentials.h"

#include "aws/ini.h"
#include "base/crypto.h"
#include "base/json.h"
#include "binding/object.h"
#include "binding/raise.h"
#include "binding/secret.h"
#include "binding/values.h"

static kx_slice check_text(lua_State *L) {
  size_t len;
  const char *data = luaL_checklstring(L, 1, &len);
  return (kx_slice){data, len};
}

int kx_lua_sha1(lua_State *L) {
  char hex[KX_SHA1_HEX + 1];
  kx_error error = {0};
  if (kx_sha1_hex(check_text(L), hex, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  lua_pushstring(L, hex);
  return 1;
}

/* Pushes the table of a section. Makes it at the first time, and then also adds its name to the
 * list of names, which is on the stack above the sections. */
static void push_section(lua_State *L, int sections, kx_slice name) {
  lua_pushlstring(L, name.data, name.len);
  lua_rawget(L, sections);
  if (!lua_isnil(L, -1))
    return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushlstring(L, name.data, name.len);
  lua_pushvalue(L, -2);
  lua_rawset(L, sections);
  lua_pushlstring(L, name.data, name.len);
  lua_rawseti(L, sections + 1, (int)lua_rawlen(L, sections + 1) + 1);
}

static void push_lower(lua_State *L, kx_slice name) {
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  for (size_t i = 0; i < name.len; i++) {
    char c = name.data[i];
    luaL_addchar(&out, (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
  }
  luaL_pushresult(&out);
}

static void take_setting(lua_State *L, int sections, const kx_aws_setting *setting) {
  push_section(L, sections, setting->section);
  if (setting->name.len > 0) {
    push_lower(L, setting->name);
    lua_pushlstring(L, setting->value.data, setting->value.len);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

int kx_lua_aws_ini(lua_State *L) {
  kx_aws_ini ini;
  kx_aws_setting setting;
  kx_error error = {0};
  bool more = true;
  kx_aws_ini_init(&ini, check_text(L));
  lua_newtable(L);
  int sections = lua_gettop(L);
  lua_newtable(L);
  while (more) {
    if (kx_aws_ini_next(&ini, &setting, &more, &error) != KX_OK)
      return kx_lua_failed(L, &error);
    if (more)
      take_setting(L, sections, &setting);
  }
  return 2;
}

static void push_members(lua_State *L, kx_json *json, kx_buf *buf);

/* Pushes the value under the cursor; nil when its type is not wanted. */
static void push_value(lua_State *L, kx_json *json, kx_buf *buf) {
  kx_json before = *json;
  int64_t number;
  kx_buf_clear(buf);
  switch (kx_json_peek(json)) {
    case KX_JSON_STRING:
      if (kx_json_string(json, buf) && kx_buf_ok(buf)) {
        lua_pushlstring(L, buf->len ? buf->data : "", buf->len);
        return;
      }
      break;
    case KX_JSON_NUMBER:
      if (kx_json_integer(json, &number)) {
        lua_pushnumber(L, (lua_Number)number);
        return;
      }
      *json = before;
      kx_json_skip(json);
      break;
    case KX_JSON_OBJECT: push_members(L, json, buf); return;
    default: kx_json_skip(json);
  }
  lua_pushnil(L);
}

/* NOLINTNEXTLINE(misc-no-recursion): kx_json_open refuses more than KX_JSON_DEPTH */
static void push_members(lua_State *L, kx_json *json, kx_buf *buf) {
  kx_slice key;
  luaL_checkstack(L, 8, NULL);
  lua_newtable(L);
  if (!kx_json_open(json, '{'))
    return;
  while (kx_json_more(json, '}') && kx_json_key(json, &key)) {
    lua_pushlstring(L, key.data, key.len);
    push_value(L, json, buf);
    lua_rawset(L, -3);
  }
}

int kx_lua_json_members(lua_State *L) {
  kx_json json;
  kx_slice text = check_text(L);
  kx_json_init(&json, text);
  kx_buf *buf = kx_lua_secret_push(L);
  kx_buf_reserve(buf, text.len); /* growing would leave copies behind */
  push_members(L, &json, buf);
  bool good = kx_json_done(&json) && kx_buf_ok(buf);
  kx_buf_wipe(buf);
  if (!good)
    lua_pushnil(L);
  return 1;
}

/* set_credentials{access_key_id=, secret_access_key=, session_token=} -> true |
 * nil, message, code */
static int core_set_credentials(lua_State *L) {
  kx_exporter *exporter = &kx_lua_get(L)->exporter;
  kx_error error = {0};
  luaL_checktype(L, 2, LUA_TTABLE);
  const char *id = kx_lua_text_field(L, 2, "access_key_id");
  const char *secret = kx_lua_text_field(L, 2, "secret_access_key");
  const char *token = kx_lua_text_field(L, 2, "session_token");
  if (id == NULL || secret == NULL)
    return kx_lua_raise(L, "credentials need access_key_id and secret_access_key");
  return kx_lua_boolean(
    L, kx_exporter_credentials(exporter, id, secret, token, &error), &error, true);
}

const luaL_Reg kx_lua_credentials_methods[] = {
  {"set_credentials", core_set_credentials},
  {NULL, NULL},
};
