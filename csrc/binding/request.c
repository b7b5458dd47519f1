/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/request.h"

#include "binding/object.h"
#include "binding/raise.h"
#include "binding/values.h"

enum { ORDER = 2 }; /* the argument */

static long time_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  lua_Integer ms = luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  return (long)ms;
}

static const char *must(lua_State *L, int table, const char *name) {
  const char *text = kx_lua_text_field(L, table, name);
  if (text == NULL)
    kx_lua_raise(L, "%s is missing", name);
  return text;
}

/* The texts stay on the stack until the request has begun. */
static void read_headers(lua_State *L, const char **out) {
  lua_getfield(L, ORDER, "headers");
  if (lua_isnil(L, -1))
    return;
  int list = lua_gettop(L);
  luaL_checktype(L, list, LUA_TTABLE);
  size_t n = lua_rawlen(L, list);
  luaL_argcheck(L, n <= KX_REQUEST_HEADERS, ORDER, "too many headers");
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, list, (int)i + 1);
    out[i] = luaL_checkstring(L, -1);
  }
}

static const kx_request_signer *read_signer(lua_State *L, kx_request_signer *out) {
  lua_getfield(L, ORDER, "sign");
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
  luaL_checktype(L, ORDER, LUA_TTABLE);
  luaL_checkstack(L, 32, NULL);
  out->http.url = must(L, ORDER, "url");
  out->http.method = kx_lua_text_field(L, ORDER, "method");
  out->http.proxy = kx_lua_text_field(L, ORDER, "proxy");
  out->http.ca_file = kx_lua_text_field(L, ORDER, "ca_file");
  out->http.connect_timeout_ms = time_field(L, ORDER, "connect_timeout_ms");
  out->http.request_timeout_ms = time_field(L, ORDER, "request_timeout_ms");
  kx_lua_text_field(L, ORDER, "body");
  size_t len = 0;
  const char *body = lua_tolstring(L, -1, &len);
  out->body = (kx_slice){body, len};
  read_headers(L, out->headers);
  out->signer = read_signer(L, signer);
}

static int core_request(lua_State *L) {
  kx_request *request = &kx_lua_get(L)->request;
  kx_error error = {0};
  kx_request_signer signer;
  kx_request_order order = {0};
  read_order(L, &order, &signer);
  kx_request_end(request);
  return kx_lua_boolean(L, kx_request_begin(request, &order, &error), &error, true);
}

static int core_response(lua_State *L) {
  kx_request *request = &kx_lua_get(L)->request;
  int ms = (int)luaL_checkinteger(L, 2);
  kx_error error = {0};
  bool done = false;
  if (request->http == NULL)
    return kx_lua_raise(L, "there is no request");
  kx_status status = kx_request_step(request, ms, &done, &error);
  if (status != KX_OK || !done)
    return kx_lua_boolean(L, status, &error, false);
  const kx_slice reply = kx_buf_view(&request->call.reply);
  lua_pushinteger(L, request->call.status);
  lua_pushlstring(L, reply.len ? reply.data : "", reply.len);
  return 2;
}

static int core_end_request(lua_State *L) {
  kx_request_end(&kx_lua_get(L)->request);
  return 0;
}

/* request{url=, method= ("POST" to a URL without a query), body=, headers={...}, proxy=,
 * ca_file=, connect_timeout_ms=, request_timeout_ms=, sign={access_key_id=,
 * secret_access_key=, session_token=, region=, service=}} -> true | nil, message, code
 * response(ms) -> false | status, body | nil, message, code
 * end_request() */
const luaL_Reg kx_lua_request_methods[] = {
  {"request", core_request},
  {"response", core_response},
  {"end_request", core_end_request},
  {NULL, NULL},
};
