/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Calls of a core's methods in the engine's thread. There, each channel has a core in a
 * Lua state of its own, which only the thread touches: arguments and results are
 * copied, as bytes, from one state to the other. */

#include "binding/channel.h"
#include "binding/marshal.h"
#include "binding/object.h"
#include "binding/raise.h"

#include <stdio.h>
#include <stdlib.h>

#define TICKET "kinesis_exporter.ticket"
#define CORE "kinesis_exporter.host"

enum { SMALL = 16 * 1024 /* credentials fit: growing would leave a copy of them behind */ };

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

/* In the thread, protected. Memory that an error leaves unreleased is the buffers'. */
static int perform(lua_State *L) {
  remote *self = lua_touserdata(L, 1);
  int n;
  lua_settop(L, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, CORE);
  n = kx_lua_copy_take(L, &self->arguments);
  lua_getfield(L, 1, lua_tostring(L, 2));
  lua_replace(L, 2);
  lua_pushvalue(L, 1);
  lua_insert(L, 3);
  lua_call(L, n, LUA_MULTRET);
  n = lua_gettop(L);
  for (int i = 2; i <= n; i++)
    kx_lua_copy_put(L, i, &self->results);
  return 0;
}

struct opening {
  const kx_settings *settings;
  kx_error error;
};

static int open_core(lua_State *L) {
  struct opening *opening = lua_touserdata(L, 1);
  kx_lua_object_type(L);
  struct kx_lua_object *object = kx_lua_object_push(L);
  lua_setfield(L, LUA_REGISTRYINDEX, CORE);
  kx_settings *settings = &object->exporter.settings;
  kx_status status = kx_settings_copy(settings, opening->settings, &opening->error);
  if (status == KX_OK) {
    kx_settings taken = *settings;
    status = kx_exporter_open(&object->exporter, &taken, &opening->error);
  }
  return status == KX_OK ? 0 : kx_lua_raise(L, "%s", opening->error.text);
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
    kx_lua_copy_put(L, i, &self->arguments);
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
    return 1 + kx_lua_copy_take(L, &self->results);
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
  return self->raised ? kx_lua_raise(L, "%s", self->raise) : push_results(L, self);
}

void kx_lua_call_type(lua_State *L) {
  luaL_newmetatable(L, TICKET);
  lua_newtable(L);
  lua_pushcfunction(L, poll);
  lua_setfield(L, -2, "poll");
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
