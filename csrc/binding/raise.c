/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/raise.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static bool is_ours(const char *source) {
  static const char face[] = "/kinesis_exporter.lua";
  size_t len = strlen(source);
  return source[0] == '@' &&
         (strstr(source, "/kinesis_exporter/") != NULL ||
          (len >= sizeof face && strcmp(source + len + 1 - sizeof face, face) == 0));
}

/* Pushes "file:line: ", or "" when there are only functions of the library. */
static void push_place(lua_State *L) {
  lua_Debug at;
  for (int level = 1; lua_getstack(L, level, &at); level++) {
    lua_getinfo(L, "Sl", &at);
    if (at.currentline > 0 && !is_ours(at.source)) {
      lua_pushfstring(L, "%s:%d: ", at.short_src, at.currentline);
      return;
    }
  }
  lua_pushliteral(L, "");
}

int kx_lua_raise(lua_State *L, const char *format, ...) {
  va_list arguments;
  push_place(L);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_concat(L, 2);
  return lua_error(L);
}

int kx_lua_raise_text(lua_State *L) {
  return kx_lua_raise(L, "%s", luaL_checkstring(L, 1));
}
