/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The userdata behind every exporter. */

#ifndef KX_BINDING_OBJECT_H
#define KX_BINDING_OBJECT_H

#include "aws/request.h"
#include "counters/tally.h"
#include "exporter/exporter.h"

#include <lua.h>

/* An exporter, the connection of a worker, a request for credentials, and scratch memory. */
struct kx_lua_object {
  kx_exporter exporter;
  kx_redis *queue; /* made when it is first needed */
  kx_request request;
  kx_buf scratch;
  kx_uses uses; /* of one report */
  bool open;
};

/* Registers the type and pushes the table of its methods, which holds `close`. */
void kx_lua_object_type(lua_State *L);

/* Pushes an object that owns nothing. The caller puts settings into its exporter, and then
 * kx_lua_object_open opens that. */
struct kx_lua_object *kx_lua_object_push(lua_State *L);
kx_status kx_lua_object_open(struct kx_lua_object *object, kx_error *err);

/* new(settings) -> an exporter | nil, message, code */
int kx_lua_new(lua_State *L);

/* Returns argument 1. Raises when it is not an exporter, or when it is closed. */
struct kx_lua_object *kx_lua_get(lua_State *L);

/* Does the same, for methods that would disturb a task. Raises while a task is in progress. */
kx_exporter *kx_lua_get_idle(lua_State *L);

#endif
