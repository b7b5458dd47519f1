/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Allocations that fail when a spec asks for it. Specs ask through luaopen_kxoom, the second entry
 * point of the module, which only the oom flavour has. */

#include <lauxlib.h>
#include <lua.h>

#undef malloc
#undef calloc
#undef realloc

static lua_Integer made, fail_at;

static int refused(void) {
  return ++made == fail_at;
}

void *kx_oom_malloc(size_t size) {
  return refused() ? NULL : malloc(size);
}

void *kx_oom_calloc(size_t n, size_t size) {
  return refused() ? NULL : calloc(n, size);
}

void *kx_oom_realloc(void *old, size_t size) {
  return refused() ? NULL : realloc(old, size);
}

/* fail_at(n): the n-th allocation from now on fails, once; with 0 none fails */
static int order(lua_State *L) {
  fail_at = luaL_checkinteger(L, 1);
  made = 0;
  return 0;
}

/* made() -> the allocations since the last fail_at */
static int count(lua_State *L) {
  lua_pushinteger(L, made);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_kxoom(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, order);
  lua_setfield(L, -2, "fail_at");
  lua_pushcfunction(L, count);
  lua_setfield(L, -2, "made");
  return 1;
}
