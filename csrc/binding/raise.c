/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/raise.h"

#include "base/buf.h"

#include <lauxlib.h>
#include <stdarg.h>

static bool ends_with(kx_slice text, const char *end) {
  size_t len = strlen(end);
  return text.len >= len && memcmp(text.data + text.len - len, end, len) == 0;
}

static kx_slice folder_of(kx_slice path) {
  while (path.len > 0 && path.data[path.len - 1] != '/')
    path.len--;
  return path;
}

static bool is_ours(const char *source) {
  kx_slice path = kx_str(source);
  return path.len > 0 && path.data[0] == '@' &&
         (ends_with(path, "/kinesis_exporter.lua") ||
          ends_with(folder_of(path), "/kinesis_exporter/"));
}

/* Pushes "file:line: ", or nothing where there is only the library. */
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
