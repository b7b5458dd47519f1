/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/system.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/number.h"
#include "http/libcurl.h"
#include "redis/redis.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A signal handler can use only a global variable of this type. */
static volatile sig_atomic_t interrupted;

static void note(int signal) {
  (void)signal;
  interrupted = 1;
}

static void trap(int signal) {
  struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
  struct sigaction before;
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(signal, &action, NULL);
}

int kx_lua_trap_signals(lua_State *L) {
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  trap(SIGINT);
  trap(SIGTERM);
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

int kx_lua_wall(lua_State *L) {
  lua_pushnumber(L, (lua_Number)kx_wall_us() / 1000000);
  return 1;
}

int kx_lua_no_core_dumps(lua_State *L) {
  (void)L;
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  return 0;
}

/* open returns the lowest free descriptor. It is opened for the direction that nobody uses, so
 * that reading or writing fails as it does with a closed one. */
int kx_lua_hold_standard_files(lua_State *L) {
  (void)L;
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0)
      (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  return 0;
}

int kx_lua_let_all_read(lua_State *L) {
  if (chmod(luaL_checkstring(L, 1), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
  }
  lua_pushboolean(L, 1);
  return 1;
}

int kx_lua_number_text(lua_State *L) {
  char text[KX_NUMBER_TEXT];
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, 1)) {
    lua_pushfstring(L, "%I", lua_tointeger(L, 1));
    return 1;
  }
#endif
  lua_pushstring(L, kx_number_write(luaL_checknumber(L, 1), text));
  return 1;
}

int kx_lua_replaceable(lua_State *L) {
  struct stat found;
  bool there = stat(luaL_checkstring(L, 1), &found) == 0;
  lua_pushboolean(L, !there || S_ISREG(found.st_mode));
  return 1;
}

int kx_lua_isatty(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* Signals are blocked except during the wait, so that none can arrive between the check of the
 * flag and the wait. */
static void wait_until(int64_t until_ms) {
  sigset_t trapped, before;
  int64_t left;
  sigemptyset(&trapped);
  sigaddset(&trapped, SIGINT);
  sigaddset(&trapped, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &trapped, &before);
  while (!interrupted && (left = until_ms - kx_monotonic_ms()) > 0) {
    struct timespec span = {left / 1000, (long)(left % 1000) * 1000000};
    (void)ppoll(NULL, 0, &span, &before);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int kx_lua_sleep(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 86400, 1, "seconds must be from 0 to 86400");
  wait_until(kx_monotonic_ms() + (int64_t)(seconds * 1000));
  lua_pushboolean(L, !interrupted);
  return 1;
}

int kx_lua_random(lua_State *L) {
  const uint64_t steps = UINT64_C(1) << 53; /* a double has no more steps */
  lua_pushnumber(L, (lua_Number)kx_random_below(steps) / (lua_Number)steps);
  return 1;
}

int kx_lua_process_name(lua_State *L) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  lua_pushfstring(L, "%s:%d:", host, (int)getpid());
  char digits[17];
  uint64_t number = kx_random_below(UINT64_MAX);
  kx_hex((const unsigned char *)&number, sizeof number, digits);
  lua_pushstring(L, digits);
  lua_concat(L, 2);
  return 1;
}

int kx_lua_versions(lua_State *L) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, kx_libcurl_version());
  lua_setfield(L, -2, "libcurl");
  lua_pushstring(L, kx_redis_version());
  lua_setfield(L, -2, "hiredis");
  lua_pushstring(L, kx_crypto_version());
  lua_setfield(L, -2, "openssl");
  lua_getglobal(L, "_VERSION");
  lua_setfield(L, -2, "lua");
  return 1;
}
