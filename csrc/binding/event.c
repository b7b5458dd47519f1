/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/event.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/number.h"
#include "binding/raise.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIME_GEN = KX_EVENT_KNOWN - 1 };

static const char *const known[KX_EVENT_KNOWN] = {
  "service", "cinstance", "uinstance", "metric",  "response_code",
  "value",   "period",    "timestamp", "time_gen"};

/* Their lengths. Comparing lengths first is fast, for a hundred thousand events a second. */
static const unsigned char known_lengths[KX_EVENT_KNOWN] = {7, 9, 9, 6, 13, 5, 6, 9, 8};

static int place_of(kx_slice name) {
  for (int i = 0; i < KX_EVENT_KNOWN; i++)
    if (name.len == known_lengths[i] && memcmp(name.data, known[i], name.len) == 0)
      return i;
  return -1;
}

static bool read_number(lua_State *L, kx_lua_value *out) {
#if LUA_VERSION_NUM >= 503
  out->is_integer = lua_isinteger(L, -1);
  if (out->is_integer) {
    out->as.integer = lua_tointeger(L, -1);
    return true;
  }
#endif
  out->as.number = lua_tonumber(L, -1);
  return isfinite(out->as.number);
}

/* Reads the value on top of the stack. False when an event cannot have it. */
static bool read_value(lua_State *L, kx_lua_value *out) {
  out->kind = lua_type(L, -1);
  out->is_integer = false;
  switch (out->kind) {
    case LUA_TSTRING: out->as.text.data = lua_tolstring(L, -1, &out->as.text.len); return true;
    case LUA_TNUMBER: return read_number(L, out);
    case LUA_TBOOLEAN: out->as.boolean = lua_toboolean(L, -1); return true;
    case LUA_TLIGHTUSERDATA: return lua_touserdata(L, -1) == NULL;
    default: return false;
  }
}

static void read_field(lua_State *L, int n, kx_lua_event *out) {
  kx_slice name;
  if (lua_type(L, -2) != LUA_TSTRING)
    kx_lua_raise(L, "event %d: field names must be strings, got a %s", n, luaL_typename(L, -2));
  name.data = lua_tolstring(L, -2, &name.len);
  int place = place_of(name);
  if (place < 0 && out->others == KX_EVENT_FIELDS)
    kx_lua_raise(L, "event %d: more than %d fields", n, (int)KX_EVENT_FIELDS);
  if (place < 0)
    out->other[out->others].name = name;
  if (!read_value(L, place < 0 ? &out->other[out->others++].value : &out->known[place]))
    kx_lua_raise(L,
                 "event %d: field '%s' must be a string, a finite number, a boolean or null, "
                 "got a %s",
                 n, name.data, luaL_typename(L, -1));
}

void kx_lua_event_read(lua_State *L, int index, int n, kx_lua_event *out) {
  bool empty = true;
  for (int i = 0; i < KX_EVENT_KNOWN; i++)
    out->known[i].kind = LUA_TNONE;
  out->others = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    read_field(L, n, out);
    empty = false;
  }
  if (empty)
    kx_lua_raise(L, "event %d: the table has no fields", n);
}

void kx_lua_event_check(lua_State *L, int index, int n) {
  kx_lua_event event;
  if (lua_type(L, index) == LUA_TSTRING)
    return;
  if (!lua_istable(L, index))
    kx_lua_raise(L, "event %d: expected a table or a JSON string, got %s", n,
                 luaL_typename(L, index));
  kx_lua_event_read(L, index, n, &event);
}

/* Whole numbers are written without a fraction, also when Lua keeps them as floats. */
static void write_number(kx_buf *out, const kx_lua_value *value) {
  char digits[KX_NUMBER_TEXT];
  if (value->is_integer)
    snprintf(digits, sizeof digits, "%lld", (long long)value->as.integer);
  else
    kx_number_write(value->as.number, digits);
  kx_buf_putc(out, '"');
  kx_buf_puts(out, digits);
  kx_buf_putc(out, '"');
}

/* Most numbers of events have few digits and do not need printf. */
static bool write_small(kx_buf *out, const kx_lua_value *value) {
  lua_Number number = value->is_integer ? (lua_Number)value->as.integer : value->as.number;
  char digits[8], *at = digits + sizeof digits;
  int n = number >= 0 && number <= 99999 ? (int)number : -1;
  if (n != number)
    return false;
  *--at = '"';
  do
    *--at = (char)('0' + n % 10);
  while ((n /= 10) > 0);
  *--at = '"';
  kx_buf_append(out, at, (size_t)(digits + sizeof digits - at));
  return true;
}

static void write_value(kx_buf *out, const kx_lua_value *value) {
  switch (value->kind) {
    case LUA_TNUMBER:
      if (!write_small(out, value))
        write_number(out, value);
      break;
    case LUA_TBOOLEAN: kx_buf_puts(out, value->as.boolean ? "\"true\"" : "\"false\""); break;
    case LUA_TSTRING: kx_json_quote(out, value->as.text); break;
    default: kx_buf_puts(out, "null");
  }
}

/* Writes a member, with a comma before it unless it is the first. */
static void write_known(kx_buf *out, int place, const kx_lua_value *value) {
  static const struct {
    char text[20];
    unsigned char len;
  } prefix[KX_EVENT_KNOWN] = {
    {",\"service\":", 11}, {",\"cinstance\":", 13},     {",\"uinstance\":", 13},
    {",\"metric\":", 10},  {",\"response_code\":", 17}, {",\"value\":", 9},
    {",\"period\":", 10},  {",\"timestamp\":", 13},     {",\"time_gen\":", 12}};
  kx_buf_append(out, prefix[place].text, prefix[place].len);
  write_value(out, value);
}

static void write_other(kx_buf *out, const struct kx_lua_field *field) {
  kx_buf_putc(out, ',');
  kx_json_quote(out, field->name);
  kx_buf_putc(out, ':');
  write_value(out, &field->value);
}

static int by_name(const void *a, const void *b) {
  const struct kx_lua_field *x = a, *y = b;
  size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
  int order = memcmp(x->name.data, y->name.data, len);
  return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

void kx_lua_event_write(kx_lua_event *event, const char *time_gen, kx_buf *out) {
  kx_lua_value *last = &event->known[TIME_GEN];
  kx_buf_clear(out);
  if (last->kind == LUA_TNONE)
    *last = (kx_lua_value){.kind = LUA_TSTRING, .as.text = kx_str(time_gen)};
  for (int i = 0; i < KX_EVENT_KNOWN; i++)
    if (event->known[i].kind != LUA_TNONE)
      write_known(out, i, &event->known[i]);
  if (event->others > 1)
    qsort(event->other, event->others, sizeof *event->other, by_name);
  for (size_t i = 0; i < event->others; i++)
    write_other(out, &event->other[i]);
  kx_buf_putc(out, '}');
  if (kx_buf_ok(out))
    out->data[0] = '{';
}

const char *kx_lua_time_gen(kx_lua_time *time) {
  int64_t now = kx_wall_seconds();
  if (now != time->seconds) {
    struct tm utc;
    gmtime_r(&(time_t){now}, &utc);
    strftime(time->text, sizeof time->text, "%Y%m%d %H:%M:%S", &utc);
    time->seconds = now;
  }
  return time->text;
}
