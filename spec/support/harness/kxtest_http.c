/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* http/http.h for the specs: a client with a fixed number of calls, each with a number. */

#include "kxtest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/http.h"
#include "http/libcurl.h"

enum { CALLS = 32, HEADERS = 16, WATCHES = 8 };

typedef struct client {
  kx_http *http;
  kx_http_call calls[CALLS];
  char *bodies[CALLS];
} client;

static const char NAME[] = "kxtest.http";

static int answered(lua_State *L, kx_status status, const kx_error *err) {
  if (status != KX_OK)
    return kxtest_failed(L, err);
  lua_pushboolean(L, 1);
  return 1;
}

static client *check(lua_State *L) {
  client *c = luaL_checkudata(L, 1, NAME);
  luaL_argcheck(L, c->http, 1, "closed");
  return c;
}

static const char *text(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  return lua_tostring(L, -1);
}

static long number(lua_State *L, const char *name, long otherwise) {
  lua_getfield(L, 1, name);
  return lua_isnil(L, -1) ? otherwise : (long)lua_tonumber(L, -1);
}

/* http_open{url=, ca_file=, proxy=, connect_timeout_ms=, ...} */
static int open_client(lua_State *L) {
  kx_error err = {0};
  const kx_http_config config = {
    .url = text(L, "url"),
    .ca_file = text(L, "ca_file"),
    .proxy = text(L, "proxy"),
    .connect_timeout_ms = number(L, "connect_timeout_ms", 10000),
    .request_timeout_ms = number(L, "request_timeout_ms", 30000),
    .max_connections = (size_t)number(L, "max_connections", 4),
  };
  client *c = lua_newuserdata(L, sizeof *c);
  memset(c, 0, sizeof *c);
  luaL_getmetatable(L, NAME);
  lua_setmetatable(L, -2);
  return kx_http_open(&c->http, &config, &err) == KX_OK ? 1 : kxtest_failed(L, &err);
}

static int close_client(lua_State *L) {
  client *c = luaL_checkudata(L, 1, NAME);
  for (int i = 0; i < CALLS; i++) {
    if (c->http)
      kx_http_abort(c->http, &c->calls[i]);
    kx_buf_free(&c->calls[i].reply);
    free(c->bodies[i]);
    c->bodies[i] = NULL;
  }
  kx_http_close(c->http);
  c->http = NULL;
  return 0;
}

static int host(lua_State *L) {
  lua_pushstring(L, kx_http_host(check(L)->http));
  return 1;
}

static int path(lua_State *L) {
  lua_pushstring(L, kx_http_path(check(L)->http));
  return 1;
}

static int free_call(lua_State *L, const client *c) {
  int i = 0;
  while (i < CALLS && c->bodies[i])
    i++;
  if (i == CALLS)
    luaL_error(L, "more than %d calls", CALLS);
  return i;
}

static void copy_body(lua_State *L, client *c, int i) {
  size_t len;
  const char *body = luaL_checklstring(L, 2, &len);
  c->bodies[i] = malloc(len + 1);
  if (!c->bodies[i])
    luaL_error(L, "no memory");
  memcpy(c->bodies[i], body, len);
  c->calls[i].body = (kx_slice){c->bodies[i], len};
}

static void read_headers(lua_State *L, const char *headers[HEADERS + 1]) {
  luaL_checkstack(L, HEADERS, NULL);
  for (int n = 0; n < HEADERS && lua_istable(L, 3); n++) {
    lua_rawgeti(L, 3, n + 1);
    headers[n] = lua_tostring(L, -1);
    if (!headers[n])
      return;
  }
}

static void forget_body(client *c, int i) {
  free(c->bodies[i]);
  c->bodies[i] = NULL;
}

/* client:start(body, {"Name: value", ...}) -> the call's number */
static int start(lua_State *L) {
  client *c = check(L);
  const char *headers[HEADERS + 1] = {NULL};
  kx_error err = {0};
  int i = free_call(L, c);
  copy_body(L, c, i);
  read_headers(L, headers);
  c->calls[i].headers = headers;
  c->calls[i].owner = &c->calls[i];
  if (kx_http_start(c->http, &c->calls[i], &err) != KX_OK) {
    forget_body(c, i);
    return kxtest_failed(L, &err);
  }
  c->calls[i].headers = NULL;
  lua_pushinteger(L, i + 1);
  return 1;
}

static int progress(lua_State *L) {
  kx_error err = {0};
  return answered(L, kx_http_progress(check(L)->http, &err), &err);
}

/* client:wait(timeout_ms, fd, ...) -> a boolean for each fd, or true */
static int await(lua_State *L) {
  client *c = check(L);
  kx_http_watch watches[WATCHES];
  kx_error err = {0};
  int n = lua_gettop(L) - 2;
  for (int i = 0; i < n && i < WATCHES; i++) {
    watches[i] = (kx_http_watch){.fd = (int)luaL_checkinteger(L, i + 3)};
  }
  int timeout = (int)luaL_checkinteger(L, 2);
  kx_status status = kx_http_wait(c->http, watches, (size_t)n, timeout, &err);
  if (status != KX_OK || n == 0)
    return answered(L, status, &err);
  for (int i = 0; i < n; i++)
    lua_pushboolean(L, watches[i].readable);
  return n;
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, lua_Number value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void push_call(lua_State *L, const client *c, const kx_http_call *call) {
  static const char *const ends[] = {"answered", "not sent", "unknown"};
  lua_newtable(L);
  set_number(L, "call", (lua_Number)(call - c->calls + 1));
  set_text(L, "outcome", ends[call->end]);
  set_number(L, "status", (lua_Number)call->status);
  set_number(L, "date", (lua_Number)call->date);
  set_number(L, "retry_after_ms", (lua_Number)call->retry_after_ms);
  set_text(L, "request_id", call->request_id);
  set_text(L, "error_type", call->error_type);
  set_text(L, "why", call->why);
  lua_pushboolean(L, call->tls_failed);
  lua_setfield(L, -2, "tls_failed");
  lua_pushlstring(L, call->reply.data ? call->reply.data : "", call->reply.len);
  lua_setfield(L, -2, "reply");
  lua_pushboolean(L, !call->handle && !call->header_list && call->owner == call);
  lua_setfield(L, -2, "idle");
}

/* client:ended() -> a table, or nil */
static int ended(lua_State *L) {
  client *c = check(L);
  kx_http_call *call = kx_http_ended(c->http);
  if (!call)
    return 0;
  forget_body(c, (int)(call - c->calls));
  push_call(L, c, call);
  return 1;
}

static int abort_call(lua_State *L) {
  client *c = check(L);
  int i = (int)luaL_checkinteger(L, 2) - 1;
  kx_http_abort(c->http, &c->calls[i]);
  forget_body(c, i);
  return 0;
}

static int version(lua_State *L) {
  lua_pushstring(L, kx_libcurl_version());
  return 1;
}

/* http_pipe() -> read end, write end */
static int make_pipe(lua_State *L) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return luaL_error(L, "pipe2");
  lua_pushinteger(L, fds[0]);
  lua_pushinteger(L, fds[1]);
  return 2;
}

static int poke(lua_State *L) {
  lua_pushboolean(L, write((int)luaL_checkinteger(L, 1), "x", 1) == 1);
  return 1;
}

static int close_fd(lua_State *L) {
  lua_pushboolean(L, close((int)luaL_checkinteger(L, 1)) == 0);
  return 1;
}

/* http_sigpipe(reset) -> three booleans: it is pending, it is blocked, it has the default
 * handler */
static int sigpipe(lua_State *L) {
  sigset_t pending, blocked;
  struct sigaction action;
  if (lua_toboolean(L, 1))
    signal(SIGPIPE, SIG_DFL);
  sigpending(&pending);
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  sigaction(SIGPIPE, NULL, &action);
  lua_pushboolean(L, sigismember(&pending, SIGPIPE));
  lua_pushboolean(L, sigismember(&blocked, SIGPIPE));
  lua_pushboolean(L, action.sa_handler == SIG_DFL);
  return 3;
}

/* http_setenv(name[, value]) */
static int set_env(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_pushboolean(L,
                  lua_isnoneornil(L, 2) ? !unsetenv(name) : !setenv(name, lua_tostring(L, 2), 1));
  return 1;
}

void kxtest_http(lua_State *L) {
  static const luaL_Reg methods[] = {
    {"__gc", close_client}, {"close", close_client}, {"host", host},
    {"path", path},         {"start", start},        {"progress", progress},
    {"wait", await},        {"ended", ended},        {"abort", abort_call},
    {NULL, NULL},
  };
  static const luaL_Reg functions[] = {
    {"http_open", open_client},  {"http_version", version},
    {"http_pipe", make_pipe},    {"http_poke", poke},
    {"http_close_fd", close_fd}, {"http_sigpipe", sigpipe},
    {"http_setenv", set_env},    {NULL, NULL},
  };
  luaL_newmetatable(L, NAME);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  kxtest_add(L, methods);
  lua_pop(L, 1);
  kxtest_add(L, functions);
}
