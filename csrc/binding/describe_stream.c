/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/describe_stream.h"

#include "binding/object.h"
#include "binding/raise.h"
#include "binding/values.h"
#include "kinesis/describe_stream.h"

#include <stdio.h>

enum { WORDS = 256 };

/* Appends an item: its length and its bytes. The length of nil is -1. */
static void put_item(kx_buf *out, const kx_reply *reply) {
  char digits[24];
  kx_slice text = kx_reply_text(reply);
  if (kx_reply_is_integer(reply)) {
    snprintf(digits, sizeof digits, "%lld", (long long)kx_reply_integer(reply));
    text = kx_str(digits);
  }
  int64_t len = kx_reply_is_nil(reply) ? -1 : (int64_t)text.len;
  kx_buf_append(out, &len, sizeof len);
  kx_buf_slice(out, text);
}

/* A Lua error must not lose the reply. So it is copied and released before Lua is called. */
static kx_status fetch(kx_redis *redis, size_t argc, const kx_slice *argv, kx_buf *out,
                       kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, argc, argv, &reply, err);
  kx_buf_clear(out);
  if (status == KX_OK && !kx_reply_is_array(reply))
    put_item(out, reply);
  for (size_t i = 0; i < kx_reply_size(reply); i++)
    put_item(out, kx_reply_item(reply, i));
  kx_reply_free(reply);
  return status == KX_OK && !kx_buf_ok(out) ? kx_fail_memory(err) : status;
}

static void push_items(lua_State *L, const kx_buf *items) {
  int n = 0;
  lua_newtable(L);
  for (size_t at = 0; at < items->len;) {
    int64_t len;
    memcpy(&len, items->data + at, sizeof len);
    at += sizeof len;
    if (len < 0)
      lua_pushboolean(L, 0);
    else
      lua_pushlstring(L, items->data + at, (size_t)len);
    at += len < 0 ? 0 : (size_t)len;
    lua_rawseti(L, -2, ++n);
  }
}

/* ask("main"|"data"|"queue", word, ...) -> the reply as a list of texts, with false for nil. The
 * items of an array become the items of the list. The connections are those of exports. */
static int core_ask(lua_State *L) {
  static const char *const names[] = {"main", "data", "queue", NULL};
  struct kx_lua_object *object = kx_lua_get(L);
  kx_redis *const all[] = {object->exporter.main, object->exporter.data, object->exporter.queue};
  kx_redis *redis = all[luaL_checkoption(L, 2, NULL, names)];
  size_t argc = (size_t)lua_gettop(L) - 2;
  kx_slice argv[WORDS];
  kx_error error = {0};
  luaL_argcheck(L, argc > 0 && argc <= WORDS, 3, "expected a command");
  for (size_t i = 0; i < argc; i++)
    argv[i].data = luaL_checklstring(L, (int)i + 3, &argv[i].len);
  if (fetch(redis, argc, argv, &object->scratch, &error) != KX_OK)
    return kx_lua_failed(L, &error);
  push_items(L, &object->scratch);
  return 1;
}

static kx_describe_stream_signer check_signer(lua_State *L) {
  kx_describe_stream_signer signer = {.skew = (int64_t)luaL_optnumber(L, 3, 0)};
  if (lua_isnoneornil(L, 2))
    return signer;
  luaL_checktype(L, 2, LUA_TTABLE);
  signer.access_key_id = kx_lua_text_field(L, 2, "access_key_id");
  signer.secret_access_key = kx_lua_text_field(L, 2, "secret_access_key");
  signer.session_token = kx_lua_text_field(L, 2, "session_token");
  if (signer.access_key_id == NULL || signer.secret_access_key == NULL)
    kx_lua_raise(L, "credentials need access_key_id and secret_access_key");
  return signer;
}

static void push_description(lua_State *L, const kx_describe_stream *description,
                             const kx_limits *limits, kx_slice body) {
  const kx_http_call *call = &description->call;
  lua_createtable(L, 0, 11);
  lua_pushboolean(L, call->end == KX_HTTP_ANSWERED);
  lua_setfield(L, -2, "answered");
  lua_pushboolean(L, call->tls_failed);
  lua_setfield(L, -2, "tls_failed");
  kx_lua_set_text(L, "why", call->why);
  kx_lua_set_text(L, "host", description->host);
  kx_lua_set_text(L, "refusal", description->answer.text);
  kx_lua_set_integer(L, "status", call->status);
  kx_lua_set_integer(L, "date", call->date);
  kx_lua_set_integer(L, "took_ms", description->took_ms);
  kx_lua_set_integer(L, "record_bytes", (int64_t)limits->record_bytes);
  kx_lua_set_integer(L, "batch_bytes", (int64_t)limits->batch_bytes);
  lua_pushlstring(L, body.len ? body.data : "", body.len);
  lua_setfield(L, -2, "body");
}

/* describe([credentials [, skew]]) -> a table with the answer of the service about the stream.
 * Without credentials the request is not signed. See kx_describe_stream. */
static int core_describe(lua_State *L) {
  struct kx_lua_object *object = kx_lua_get(L);
  kx_describe_stream_signer signer = check_signer(L);
  const kx_settings *settings = &object->exporter.settings;
  const kx_kinesis_config config = kx_settings_kinesis(settings);
  kx_describe_stream description = {0};
  kx_error error = {0};
  kx_status status = KX_OK;
  if (signer.access_key_id != NULL || config.endpoint == NULL)
    status = kx_settings_check_region(settings, &error);
  if (status == KX_OK)
    status = kx_describe_stream_make(&description, &config, &signer, &error);
  kx_buf_clear(&object->scratch);
  kx_buf_slice(&object->scratch, kx_buf_view(&description.call.reply));
  kx_describe_stream_free(&description);
  if (status == KX_OK && !kx_buf_ok(&object->scratch))
    status = kx_fail_memory(&error);
  if (status != KX_OK)
    return kx_lua_failed(L, &error);
  push_description(L, &description, &config.limits, kx_buf_view(&object->scratch));
  return 1;
}

const luaL_Reg kx_lua_describe_stream_methods[] = {
  {"ask", core_ask},
  {"describe", core_describe},
  {NULL, NULL},
};
