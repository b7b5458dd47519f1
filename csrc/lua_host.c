/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "lua_host.h"

#include "clock.h"
#include "digest.h"
#include "http.h"
#include "redis.h"

#include <lauxlib.h>
#include <signal.h>
#include <unistd.h>

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t interrupted;

static void note(int signal) {
  (void)signal;
  interrupted = 1;
}

int kx_lua_trap_signals(lua_State *L) {
  struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGPIPE, &ignore, NULL);
  lua_pushboolean(L, 1);
  return 1;
}

int kx_lua_interrupted(lua_State *L) {
  lua_pushboolean(L, interrupted);
  return 1;
}

int kx_lua_monotonic(lua_State *L) {
  lua_pushnumber(L, (lua_Number)kx_monotonic_ms() / 1000);
  return 1;
}

int kx_lua_isatty(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

int kx_lua_versions(lua_State *L) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, kx_http_version());
  lua_setfield(L, -2, "libcurl");
  lua_pushstring(L, kx_redis_version());
  lua_setfield(L, -2, "hiredis");
  lua_pushstring(L, kx_digest_version());
  lua_setfield(L, -2, "openssl");
  lua_getglobal(L, "_VERSION");
  lua_setfield(L, -2, "lua");
  return 1;
}
