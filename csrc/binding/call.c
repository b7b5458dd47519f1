/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/call.h"

#include "binding/channel.h"
#include "binding/marshal.h"
#include "binding/methods.h"
#include "binding/object.h"
#include "binding/raise.h"
#include "binding/values.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE "kinesis_exporter.call"
#define EXPORTER "kinesis_exporter.exporter"

enum { SMALL = 16 * 1024 /* room for credentials: growing would leave a copy of them behind */ };

typedef struct method_call {
  kx_call call;
  kx_buf arguments; /* the method's name first */
  kx_buf results;
  bool raised;
  char error[256]; /* what was raised */
} method_call;

/* The userdata. */
struct handle {
  method_call *call; /* NULL when it was not made */
};

/* Runs in the thread, in protected mode. An error leaves no memory unreleased: the buffers own
 * it. */
static int perform(lua_State *L) {
  method_call *self = lua_touserdata(L, 1);
  int n;
  lua_settop(L, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, EXPORTER);
  n = kx_lua_marshal_take(L, &self->arguments);
  lua_getfield(L, 1, lua_tostring(L, 2));
  lua_replace(L, 2);
  lua_pushvalue(L, 1);
  lua_insert(L, 3);
  lua_call(L, n, LUA_MULTRET);
  n = lua_gettop(L);
  for (int i = 2; i <= n; i++)
    kx_lua_marshal_put(L, i, &self->results);
  return 0;
}

struct opening {
  const kx_settings *settings;
  kx_error error;
};

static int open_exporter(lua_State *L) {
  struct opening *opening = lua_touserdata(L, 1);
  kx_lua_methods_register(L);
  struct kx_lua_object *object = kx_lua_object_push(L);
  lua_setfield(L, LUA_REGISTRYINDEX, EXPORTER);
  kx_status status =
    kx_settings_copy(&object->exporter.settings, opening->settings, &opening->error);
  if (status == KX_OK)
    status = kx_lua_object_open(object, &opening->error);
  return status == KX_OK ? 0 : kx_lua_raise(L, "%s", opening->error.text);
}

/* Calls a function in protected mode. In Lua 5.1 pushing it could raise already. */
static int protected_call(lua_State *L, lua_CFunction function, void *argument) {
#if LUA_VERSION_NUM < 502
  return lua_cpcall(L, function, argument);
#else
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, argument);
  return lua_pcall(L, 1, 0, 0);
#endif
}

static void keep_error(method_call *self, lua_State *L) {
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "out of memory";
  snprintf(self->error, sizeof self->error, "%s", text);
  self->raised = true;
  lua_settop(L, 0);
}

static lua_State *make_host(method_call *self) {
  struct opening opening = {.settings = &self->call.channel->settings};
  lua_State *L = luaL_newstate();
  if (L == NULL) {
    snprintf(self->error, sizeof self->error, "out of memory");
    self->raised = true;
    return NULL;
  }
  if (protected_call(L, open_exporter, &opening) == 0)
    return L;
  keep_error(self, L);
  lua_close(L);
  return NULL;
}

static void end_host(void *host) {
  lua_close(host);
}

static void run(kx_call *call) {
  method_call *self = (method_call *)call;
  kx_channel *channel = call->channel;
  channel->end_host = end_host;
  if (channel->host == NULL)
    channel->host = make_host(self);
  if (channel->host != NULL && protected_call(channel->host, perform, self) != 0)
    keep_error(self, channel->host);
}

static void release(kx_call *call) {
  method_call *self = (method_call *)call;
  kx_buf_wipe(&self->arguments); /* they may be credentials, or a reply that contains them */
  kx_buf_wipe(&self->results);
  free(self);
}

static method_call *new_call(kx_channel *channel) {
  method_call *self = calloc(1, sizeof *self);
  if (self != NULL)
    self->call = (kx_call){.channel = channel, .run = run, .release = release};
  return self;
}

/* Pushes a handle to a new call of a channel. Until the call is posted it counts as done, so that
 * collecting the handle releases it. NULL when there is no memory. */
static method_call *push_call(lua_State *L, kx_channel *channel) {
  struct handle *handle = lua_newuserdata(L, sizeof *handle);
  handle->call = NULL;
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  handle->call = new_call(channel);
  if (handle->call != NULL)
    handle->call->call.done = true;
  return handle->call;
}

static kx_status post(method_call *self, kx_error *err) {
  if (self == NULL || !kx_buf_ok(&self->arguments))
    return kx_fail_memory(err);
  self->call.done = false;
  kx_status status = kx_engine_post(&self->call, err);
  if (status != KX_OK)
    self->call.done = true;
  return status;
}

static int post_call(lua_State *L) {
  struct kx_lua_channel *channel = kx_lua_channel_get(L);
  kx_error error = {0};
  int n = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TSTRING);
  method_call *self = push_call(L, channel->channel);
  if (self != NULL)
    kx_buf_reserve(&self->arguments, SMALL);
  for (int i = 2; i <= n && self != NULL; i++)
    kx_lua_marshal_put(L, i, &self->arguments);
  return post(self, &error) == KX_OK ? 1 : kx_lua_failed(L, &error);
}

static int abandon_call(lua_State *L) {
  struct handle *handle = luaL_checkudata(L, 1, TYPE);
  if (handle->call != NULL)
    kx_engine_abandon(&handle->call->call);
  handle->call = NULL;
  return 0;
}

static int push_cancelled(lua_State *L) {
  kx_error error = {0};
  kx_fail(&error, KX_TIMEOUT, "the process is ending");
  lua_pushboolean(L, 1);
  return 1 + kx_lua_failed(L, &error);
}

static int push_results(lua_State *L, const method_call *self) {
  kx_error error = {0};
  lua_pushboolean(L, 1);
  if (kx_buf_ok(&self->results))
    return 1 + kx_lua_marshal_take(L, &self->results);
  kx_fail_memory(&error);
  return 1 + kx_lua_failed(L, &error);
}

static int poll_call(lua_State *L) {
  const struct handle *handle = luaL_checkudata(L, 1, TYPE);
  const method_call *self = handle->call;
  luaL_argcheck(L, self != NULL, 1, "was never posted");
  if (!kx_engine_done(&self->call)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (self->call.cancelled)
    return push_cancelled(L);
  return self->raised ? kx_lua_raise(L, "%s", self->error) : push_results(L, self);
}

void kx_lua_call_type(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_newtable(L);
  lua_pushcfunction(L, poll_call);
  lua_setfield(L, -2, "poll");
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, abandon_call);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

const luaL_Reg kx_lua_call_methods[] = {
  {"post", post_call},
  {NULL, NULL},
};
