/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "lua_aws.h"

#include "lua_box.h"
#include "request.h"

#define TYPE "kinesis_exporter.request"

struct box {
  kx_request request;
  bool open;
};

static long time_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  lua_Integer ms = luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  return (long)ms;
}

static const char *must(lua_State *L, int table, const char *name) {
  const char *text = kx_lua_text_field(L, table, name);
  if (text == NULL)
    luaL_error(L, "%s is missing", name);
  return text;
}

/* The texts stay on the stack until the request has been begun. */
static void read_headers(lua_State *L, const char **out) {
  lua_getfield(L, 1, "headers");
  if (lua_isnil(L, -1))
    return;
  int list = lua_gettop(L);
  luaL_checktype(L, list, LUA_TTABLE);
  size_t n = lua_rawlen(L, list);
  luaL_argcheck(L, n <= KX_REQUEST_HEADERS, 1, "too many headers");
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, list, (int)i + 1);
    out[i] = luaL_checkstring(L, -1);
  }
}

static const kx_request_signer *read_signer(lua_State *L, kx_request_signer *out) {
  lua_getfield(L, 1, "sign");
  if (lua_isnil(L, -1))
    return NULL;
  int table = lua_gettop(L);
  luaL_checktype(L, table, LUA_TTABLE);
  *out = (kx_request_signer){
    .access_key_id = must(L, table, "access_key_id"),
    .secret_access_key = must(L, table, "secret_access_key"),
    .session_token = kx_lua_text_field(L, table, "session_token"),
    .region = must(L, table, "region"),
    .service = must(L, table, "service"),
  };
  return out;
}

static void read_order(lua_State *L, kx_request_order *out, kx_request_signer *signer) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstack(L, 32, NULL);
  out->http.url = must(L, 1, "url");
  out->http.method = must(L, 1, "method");
  out->http.proxy = kx_lua_text_field(L, 1, "proxy");
  out->http.ca_file = kx_lua_text_field(L, 1, "ca_file");
  out->http.connect_timeout_ms = time_field(L, 1, "connect_timeout_ms");
  out->http.request_timeout_ms = time_field(L, 1, "request_timeout_ms");
  kx_lua_text_field(L, 1, "body");
  size_t len = 0;
  const char *body = lua_tolstring(L, -1, &len);
  out->body = (kx_slice){body, len};
  read_headers(L, out->headers);
  out->signer = read_signer(L, signer);
}

int kx_lua_request(lua_State *L) {
  kx_error error = {0};
  kx_request_signer signer;
  kx_request_order order = {0};
  read_order(L, &order, &signer);
  struct box *box = lua_newuserdata(L, sizeof *box);
  memset(box, 0, sizeof *box);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  if (kx_request_begin(&box->request, &order, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  box->open = true;
  return 1;
}

static int request_step(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, TYPE);
  int ms = (int)luaL_checkinteger(L, 2);
  kx_error error = {0};
  bool done = false;
  if (!box->open)
    return luaL_error(L, "the request is closed");
  if (kx_request_step(&box->request, ms, &done, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  if (!done) {
    lua_pushboolean(L, 0);
    return 1;
  }
  const kx_http_call *call = &box->request.call;
  lua_pushinteger(L, call->status);
  lua_pushlstring(L, call->reply.len ? call->reply.data : "", call->reply.len);
  return 2;
}

static int request_close(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, TYPE);
  box->open = false;
  kx_request_end(&box->request);
  return 0;
}

void kx_lua_request_type(lua_State *L) {
  static const luaL_Reg methods[] = {
    {"step", request_step}, {"close", request_close}, {"__gc", request_close}, {NULL, NULL}};
  luaL_newmetatable(L, TYPE);
  kx_lua_add_functions(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
