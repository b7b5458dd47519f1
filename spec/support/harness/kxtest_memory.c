/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* With its option --wrap, the linker replaces the allocations of the core by these functions. The
 * allocations of Lua and of the libraries stay as they are. */

#include <malloc.h>
#include <stdlib.h>

#include "kxtest.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);

/* What the specs asked for and what was found. They run in one thread. */
static struct {
  lua_Integer count;   /* allocations so far */
  lua_Integer fail_at; /* the count at which they begin to fail, or 0 */
  bool watching;       /* note the content of freed blocks */
  size_t len;
  char freed[16384]; /* their content, one after the other */
} memory;

static bool refused(void) {
  memory.count++;
  return memory.fail_at && memory.count >= memory.fail_at;
}

static void note(void *block) {
  size_t room = sizeof memory.freed - memory.len, len = malloc_usable_size(block);
  len = len < room ? len : room;
  memcpy(memory.freed + memory.len, block, len);
  memory.len += len;
}

/* Memory that is watched begins as zeros, so that only what was written is noted. */
void *__wrap_malloc(size_t size) {
  if (refused())
    return NULL;
  return memory.watching ? __real_calloc(1, size) : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
  return refused() ? NULL : __real_calloc(n, size);
}

/* A block that is watched always moves. */
static void *move(void *old, size_t size) {
  size_t held = old ? malloc_usable_size(old) : 0;
  void *block = __real_calloc(1, size);
  if (!block || !old)
    return block;
  memcpy(block, old, held < size ? held : size);
  note(old);
  __real_free(old);
  return block;
}

void *__wrap_realloc(void *old, size_t size) {
  if (refused())
    return NULL;
  return memory.watching ? move(old, size) : __real_realloc(old, size);
}

void __wrap_free(void *block) {
  if (memory.watching && block)
    note(block);
  __real_free(block);
}

/* allocations() -> the number of allocations so far */
static int allocations(lua_State *L) {
  lua_pushinteger(L, memory.count);
  return 1;
}

/* fail_allocation(n): the n-th allocation from now on fails, and all after it; without n none
 * fails */
static int fail_allocation(lua_State *L) {
  lua_Integer n = luaL_optinteger(L, 1, 0);
  memory.fail_at = n > 0 ? memory.count + n : 0;
  return 0;
}

/* watch_freed(on): notes the content of blocks when they are freed */
static int watch_freed(lua_State *L) {
  memory.watching = lua_toboolean(L, 1);
  memory.len = 0;
  return 0;
}

/* freed() -> the content of the blocks that were freed since watch_freed */
static int freed(lua_State *L) {
  lua_pushlstring(L, memory.freed, memory.len);
  return 1;
}

static const luaL_Reg functions[] = {
  {"allocations", allocations},
  {"fail_allocation", fail_allocation},
  {"watch_freed", watch_freed},
  {"freed", freed},
  {NULL, NULL},
};

void kxtest_memory(lua_State *L) {
  kxtest_add(L, functions);
}
