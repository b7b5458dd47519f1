/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/siphash.h"
#include "redis/url.h"

#include <endian.h>

/* fail(code, text) -> the text of the error, the status that was returned */
static int fail(lua_State *L) {
  kx_error err = {0};
  kx_status code = (kx_status)luaL_checkinteger(L, 1);
  kx_status status = kx_fail(&err, code, "%s", luaL_checkstring(L, 2));
  lua_pushstring(L, err.text);
  lua_pushinteger(L, status == err.code ? (lua_Integer)status : -1);
  return 2;
}

/* fail_nowhere(code) -> the status from kx_fail without a buffer */
static int fail_nowhere(lua_State *L) {
  lua_pushinteger(L, kx_fail(NULL, (kx_status)luaL_checkinteger(L, 1), "%s", "unheard"));
  return 1;
}

/* fail_again(first, second) -> "second: first": the old text is an argument */
static int fail_again(lua_State *L) {
  kx_error err = {0};
  kx_fail(&err, KX_HTTP, "%s", luaL_checkstring(L, 1));
  kx_fail(&err, KX_HTTP, "%s: %s", luaL_checkstring(L, 2), err.text);
  lua_pushstring(L, err.text);
  return 1;
}

static int fail_memory(lua_State *L) {
  kx_error err = {0};
  kx_fail_memory(&err);
  return kxtest_failed(L, &err);
}

static int status_name(lua_State *L) {
  lua_pushstring(L, kx_status_name((kx_status)luaL_checkinteger(L, 1)));
  return 1;
}

static int sha256(lua_State *L) {
  char hex[KX_SHA256_HEX + 1];
  kx_error err = {0};
  if (kx_sha256_hex(kxtest_slice(L, 1), hex, &err))
    return kxtest_failed(L, &err);
  lua_pushstring(L, hex);
  return 1;
}

/* hmac(key, data) -> hexadecimal digits */
static int hmac(lua_State *L) {
  unsigned char mac[KX_SHA256_BYTES];
  char hex[KX_SHA256_HEX + 1];
  kx_error err = {0};
  if (kx_hmac_sha256(kxtest_slice(L, 1), kxtest_slice(L, 2), mac, &err))
    return kxtest_failed(L, &err);
  kx_hex(mac, sizeof mac, hex);
  lua_pushstring(L, hex);
  return 1;
}

/* siphash(key, data) -> eight bytes, in the order of the vectors of the reference */
static int siphash(lua_State *L) {
  kx_siphash_key key;
  luaL_argcheck(L, kxtest_slice(L, 1).len == sizeof key, 1, "16 bytes");
  memcpy(&key, kxtest_slice(L, 1).data, sizeof key);
  uint64_t hash = htole64(kx_siphash(key, kxtest_slice(L, 2)));
  lua_pushlstring(L, (const char *)&hash, sizeof hash);
  return 1;
}

/* base64_encode(...): appends the pieces to one buffer -> its content */
static int base64_encode(lua_State *L) {
  int n = lua_gettop(L);
  kx_buf out = {0};
  for (int i = 1; i <= n; i++)
    luaL_checkstring(L, i);
  for (int i = 1; i <= n; i++)
    kx_base64_encode(&out, kxtest_slice(L, i));
  kxtest_push_buf(L, &out);
  return 1;
}

/* base64_decode(text) -> the bytes; false and what was appended when it is not base64; nil when
 * there is no memory */
static int base64_decode(lua_State *L) {
  kx_slice text = kxtest_slice(L, 1);
  kx_buf out = {0};
  bool decoded = kx_base64_decode(&out, text);
  if (!decoded)
    lua_pushboolean(L, 0);
  kxtest_push_buf(L, &out);
  return decoded ? 1 : 2;
}

static int random_token(lua_State *L) {
  char token[KX_TOKEN_HEX + 1];
  kx_error err = {0};
  if (kx_random_token(token, &err))
    return kxtest_failed(L, &err);
  lua_pushstring(L, token);
  return 1;
}

static int random_below(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)kx_random_below((uint64_t)luaL_checkinteger(L, 1)));
  return 1;
}

/* wiped(text) -> the content of a copy after kx_wipe */
static int wiped(lua_State *L) {
  char copy[64];
  kx_slice text = kxtest_slice(L, 1);
  size_t len = text.len < sizeof copy ? text.len : sizeof copy;
  memcpy(copy, text.data, len);
  kx_wipe(copy, len);
  lua_pushlstring(L, copy, len);
  return 1;
}

static void push_url(lua_State *L, const kx_redis_url *url) {
  lua_newtable(L);
  lua_pushstring(L, url->at.host);
  lua_setfield(L, -2, "host");
  lua_pushboolean(L, url->tls);
  lua_setfield(L, -2, "tls");
  lua_pushinteger(L, url->at.port);
  lua_setfield(L, -2, "port");
  lua_pushstring(L, url->path);
  lua_setfield(L, -2, "path");
  lua_pushinteger(L, url->db);
  lua_setfield(L, -2, "db");
  lua_pushstring(L, url->user);
  lua_setfield(L, -2, "user");
  lua_pushstring(L, url->password);
  lua_setfield(L, -2, "password");
  lua_pushstring(L, url->master);
  lua_setfield(L, -2, "master");
  lua_newtable(L);
  for (size_t i = 0; i < url->n_sentinels; i++) {
    lua_pushfstring(L, "%s %d", url->sentinels[i].host, url->sentinels[i].port);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_setfield(L, -2, "sentinels");
}

static bool all_zero(const void *data, size_t len) {
  const char *p = data;
  while (len > 0 && p[len - 1] == 0)
    len--;
  return len == 0;
}

/* redis_url_parse(text) -> its parts; or nil, message, code, and true when nothing was left in the
 * struct */
static int redis_url_parse(lua_State *L) {
  kx_redis_url url;
  kx_error err = {0};
  memset(&url, 0xaa, sizeof url);
  if (!kx_redis_url_parse(kxtest_slice(L, 1), &url, &err)) {
    push_url(L, &url);
    return 1;
  }
  int n = kxtest_failed(L, &err);
  lua_pushboolean(L, all_zero(&url, sizeof url));
  return n + 1;
}

/* boot_ms() */
static int boot_ms(lua_State *L) {
  lua_pushnumber(L, (lua_Number)kx_boot_ms());
  return 1;
}

static const luaL_Reg functions[] = {
  {"boot_ms", boot_ms},
  {"fail", fail},
  {"fail_nowhere", fail_nowhere},
  {"fail_again", fail_again},
  {"fail_memory", fail_memory},
  {"status_name", status_name},
  {"sha256", sha256},
  {"hmac", hmac},
  {"siphash", siphash},
  {"base64_encode", base64_encode},
  {"base64_decode", base64_decode},
  {"random_token", random_token},
  {"random_below", random_below},
  {"wiped", wiped},
  {"redis_url_parse", redis_url_parse},
  {NULL, NULL},
};

void kxtest_pure(lua_State *L) {
  kxtest_add(L, functions);
}
