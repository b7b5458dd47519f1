/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "kxtest.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends a child without the functions that its parent has registered for exit. */
static void run_child(lua_State *L) {
  int status = lua_pcall(L, 0, 1, 0);
  if (status != 0)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  _exit(status == 0 && lua_toboolean(L, -1) ? 0 : 1);
}

/* fork(function) -> the exit code of a child that calls the function: 0 when that returns true;
 * 128 + the number of the signal that ended the child */
static int in_child(lua_State *L) {
  int status = 0;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  pid_t child = fork();
  if (child == 0)
    run_child(L);
  if (child < 0 || waitpid(child, &status, 0) != child)
    return luaL_error(L, "cannot fork");
  lua_pushinteger(L, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  return 1;
}

static const luaL_Reg functions[] = {
  {"fork", in_child},
  {NULL, NULL},
};

void kxtest_process(lua_State *L) {
  kxtest_add(L, functions);
}
