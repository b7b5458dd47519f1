/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Calls of a core's methods in the engine's thread. There, each channel has a core in a
 * Lua state of its own, which only the thread touches: arguments and results are
 * copied, as bytes, from one state to the other. */

#include "lua_box.h"
#include "lua_channel.h"

#include <stdio.h>
#include <stdlib.h>

#define TICKET "kinesis_exporter.ticket"
#define CORE "kinesis_exporter.host"

enum {
  DEEPEST = 16,
  SMALL = 16 * 1024 /* credentials fit: growing would leave a copy of them behind */
};

typedef struct remote {
  kx_call call;
  kx_buf arguments; /* the method's name first */
  kx_buf results;
  bool raised;
  char raise[256]; /* what */
} remote;

struct ticket {
  remote *remote; /* NULL when it has been taken */
};

/* A value is a letter, and what that says: n nil, u the null of JSON, t true, f false,
 * i an integer, d a number, s a length and a text, { pairs and }. */

static void put_raw(kx_buf *out, char letter, const void *data, size_t len) {
  kx_buf_putc(out, letter);
  kx_buf_append(out, data, len);
}

static void put_text(lua_State *L, int index, kx_buf *out) {
  size_t len;
  const char *text = lua_tolstring(L, index, &len);
  put_raw(out, 's', &len, sizeof len);
  kx_buf_append(out, text, len);
}

static void put_number(lua_State *L, int index, kx_buf *out) {
  lua_Number number = lua_tonumber(L, index);
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, index)) {
    lua_Integer integer = lua_tointeger(L, index);
    put_raw(out, 'i', &integer, sizeof integer);
    return;
  }
#endif
  put_raw(out, 'd', &number, sizeof number);
}

static void put(lua_State *L, int index, int depth, kx_buf *out);

static void put_table(lua_State *L, int index, int depth, kx_buf *out) {
  luaL_checkstack(L, 4, "too deep");
  kx_buf_putc(out, '{');
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    put(L, lua_gettop(L) - 1, depth + 1, out);
    put(L, lua_gettop(L), depth + 1, out);
  }
  kx_buf_putc(out, '}');
}

/* Raises at what cannot be copied: `out` must have an owner. */
static void put(lua_State *L, int index, int depth, kx_buf *out) {
  int type = lua_type(L, index);
  if (type == LUA_TNIL)
    kx_buf_putc(out, 'n');
  else if (type == LUA_TBOOLEAN)
    kx_buf_putc(out, lua_toboolean(L, index) ? 't' : 'f');
  else if (type == LUA_TNUMBER)
    put_number(L, index, out);
  else if (type == LUA_TSTRING)
    put_text(L, index, out);
  else if (type == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == NULL)
    kx_buf_putc(out, 'u');
  else if (type == LUA_TTABLE && depth < DEEPEST)
    put_table(L, index, depth, out);
  else
    luaL_error(L, "a %s cannot be handed to the engine", luaL_typename(L, index));
}

static void take_raw(const char **at, void *to, size_t len) {
  memcpy(to, *at, len);
  *at += len;
}

static void take(lua_State *L, const char **at);

static void take_table(lua_State *L, const char **at) {
  lua_newtable(L);
  while (**at != '}') {
    take(L, at);
    take(L, at);
    lua_rawset(L, -3);
  }
  ++*at;
}

static void take_text(lua_State *L, const char **at) {
  size_t len;
  take_raw(at, &len, sizeof len);
  lua_pushlstring(L, *at, len);
  *at += len;
}

static void take_integer(lua_State *L, const char **at) {
  lua_Integer integer;
  take_raw(at, &integer, sizeof integer);
  lua_pushinteger(L, integer);
}

static void take_number(lua_State *L, const char **at) {
  lua_Number number;
  take_raw(at, &number, sizeof number);
  lua_pushnumber(L, number);
}

static void take(lua_State *L, const char **at) {
  char letter = *(*at)++;
  luaL_checkstack(L, 4, "too many values");
  switch (letter) {
    case 't': lua_pushboolean(L, 1); break;
    case 'f': lua_pushboolean(L, 0); break;
    case 'i': take_integer(L, at); break;
    case 'd': take_number(L, at); break;
    case 's': take_text(L, at); break;
    case 'u': lua_pushlightuserdata(L, NULL); break;
    case '{': take_table(L, at); break;
    default: lua_pushnil(L);
  }
}

/* Pushes all values and returns how many. */
static int take_all(lua_State *L, const kx_buf *from) {
  const char *at = from->data, *end = at + from->len;
  int n = 0;
  for (; from->len > 0 && at < end; n++)
    take(L, &at);
  return n;
}

/* In the thread, protected. Memory that an error leaves unreleased is the buffers'. */
static int perform(lua_State *L) {
  remote *self = lua_touserdata(L, 1);
  int n;
  lua_settop(L, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, CORE);
  n = take_all(L, &self->arguments);
  lua_getfield(L, 1, lua_tostring(L, 2));
  lua_replace(L, 2);
  lua_pushvalue(L, 1);
  lua_insert(L, 3);
  lua_call(L, n, LUA_MULTRET);
  n = lua_gettop(L);
  for (int i = 2; i <= n; i++)
    put(L, i, 0, &self->results);
  return 0;
}

struct opening {
  const kx_settings *settings;
  kx_error error;
};

static int open_core(lua_State *L) {
  struct opening *opening = lua_touserdata(L, 1);
  kx_lua_box_type(L);
  struct kx_lua_box *box = kx_lua_box_push(L);
  lua_setfield(L, LUA_REGISTRYINDEX, CORE);
  kx_settings *settings = &box->exporter.settings;
  kx_status status = kx_settings_copy(settings, opening->settings, &opening->error);
  if (status == KX_OK) {
    kx_settings taken = *settings;
    status = kx_exporter_open(&box->exporter, &taken, &opening->error);
  }
  return status == KX_OK ? 0 : luaL_error(L, "%s", opening->error.text);
}

/* Nothing, not even what pushing needs, is done unprotected. */
static int protected_call(lua_State *L, lua_CFunction function, void *argument) {
#if LUA_VERSION_NUM < 502
  return lua_cpcall(L, function, argument);
#else
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, argument);
  return lua_pcall(L, 1, 0, 0);
#endif
}

static void keep_error(remote *self, lua_State *L) {
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "out of memory";
  snprintf(self->raise, sizeof self->raise, "%s", text);
  self->raised = true;
  lua_settop(L, 0);
}

static lua_State *make_host(remote *self) {
  struct opening opening = {.settings = kx_channel_settings(self->call.channel)};
  lua_State *L = luaL_newstate();
  if (L == NULL) {
    snprintf(self->raise, sizeof self->raise, "out of memory");
    self->raised = true;
    return NULL;
  }
  if (protected_call(L, open_core, &opening) == 0)
    return L;
  keep_error(self, L);
  lua_close(L);
  return NULL;
}

static void run(kx_call *call, void **host) {
  remote *self = (remote *)call;
  if (*host == NULL)
    *host = make_host(self);
  if (*host != NULL && protected_call(*host, perform, self) != 0)
    keep_error(self, *host);
}

void kx_lua_end_host(void *host) {
  lua_close(host);
}

static void release(kx_call *call) {
  remote *self = (remote *)call;
  kx_buf_wipe(&self->arguments); /* may be credentials, and an answer that brings some */
  kx_buf_wipe(&self->results);
  free(self);
}

static remote *new_remote(kx_channel *channel) {
  remote *self = calloc(1, sizeof *self);
  if (self != NULL)
    self->call = (kx_call){.channel = channel, .run = run, .release = release};
  return self;
}

/* Until it is posted, collecting the ticket releases the call like one that is done. */
int kx_lua_post(lua_State *L) {
  struct kx_lua_channel *channel = kx_lua_channel_get(L);
  kx_error error = {0};
  int n = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TSTRING);
  struct ticket *ticket = lua_newuserdata(L, sizeof *ticket);
  ticket->remote = NULL;
  luaL_getmetatable(L, TICKET);
  lua_setmetatable(L, -2);
  remote *self = ticket->remote = new_remote(channel->channel);
  if (self == NULL)
    return kx_fail_memory(&error), kx_lua_failed(L, &error);
  self->call.done = true;
  kx_buf_reserve(&self->arguments, SMALL);
  for (int i = 2; i <= n; i++)
    put(L, i, 0, &self->arguments);
  if (!kx_buf_ok(&self->arguments))
    return kx_fail_memory(&error), kx_lua_failed(L, &error);
  self->call.done = false;
  if (kx_engine_post(&self->call, &error) == KX_OK)
    return 1;
  self->call.done = true;
  return kx_lua_failed(L, &error);
}

static int collect(lua_State *L) {
  struct ticket *ticket = luaL_checkudata(L, 1, TICKET);
  if (ticket->remote != NULL)
    kx_call_abandon(&ticket->remote->call);
  ticket->remote = NULL;
  return 0;
}

static int push_cancelled(lua_State *L) {
  kx_error error = {0};
  kx_fail(&error, KX_TIMEOUT, "the process is ending");
  lua_pushboolean(L, 1);
  return 1 + kx_lua_failed(L, &error);
}

static int push_results(lua_State *L, const remote *self) {
  kx_error error = {0};
  lua_pushboolean(L, 1);
  if (kx_buf_ok(&self->results))
    return 1 + take_all(L, &self->results);
  kx_fail_memory(&error);
  return 1 + kx_lua_failed(L, &error);
}

static int poll(lua_State *L) {
  const struct ticket *ticket = luaL_checkudata(L, 1, TICKET);
  const remote *self = ticket->remote;
  luaL_argcheck(L, self != NULL, 1, "was never posted");
  if (!kx_call_done(&self->call)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (self->call.cancelled)
    return push_cancelled(L);
  return self->raised ? luaL_error(L, "%s", self->raise) : push_results(L, self);
}

void kx_lua_ticket_type(lua_State *L) {
  luaL_newmetatable(L, TICKET);
  lua_newtable(L);
  lua_pushcfunction(L, poll);
  lua_setfield(L, -2, "poll");
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
