/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A program with Lua: it runs the Lua code in its argument, closes the Lua state, and prints which
 * files are mapped into memory then. */

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

static void print_maps(void) {
  char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps))
    fputs(line, stdout);
  if (maps)
    fclose(maps);
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  int failed = argc < 2 || luaL_dostring(L, argv[1]);
  if (failed)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  print_maps();
  return failed;
}
