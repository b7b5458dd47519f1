/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/configured.h"

#include "binding/marshal.h"
#include "binding/secret.h"
#include "binding/values.h"
#include "exporter/configured.h"

enum { SMALL = 16 * 1024 /* room for the options: growing would leave a copy of secrets behind */ };

int kx_lua_keep_configured(lua_State *L) {
  kx_error error = {0};
  int64_t turn = 0;
  kx_status status = KX_MEMORY;
  luaL_checktype(L, 1, LUA_TTABLE);
  kx_buf *buf = kx_lua_secret_push(L);
  kx_buf_reserve(buf, SMALL);
  kx_lua_marshal_put(L, 1, buf);
  if (kx_buf_ok(buf))
    status = kx_configured_keep(kx_buf_view(buf), &turn, &error);
  else
    kx_fail_memory(&error);
  kx_buf_wipe(buf);
  return kx_lua_integer(L, status, &error, turn);
}

int kx_lua_forget_configured(lua_State *L) {
  kx_configured_forget((int64_t)luaL_checknumber(L, 1));
  return 0;
}

int kx_lua_configured(lua_State *L) {
  kx_error error = {0};
  kx_buf *buf = kx_lua_secret_push(L);
  kx_buf_reserve(buf, SMALL);
  kx_configured_copy(buf);
  if (!kx_buf_ok(buf))
    return kx_fail_memory(&error), kx_lua_failed(L, &error);
  int n = kx_lua_marshal_take(L, buf);
  kx_buf_wipe(buf);
  return n;
}
