/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The parts of an export that do no I/O: batch, api, checkpoint, newlines. */

#include "kxtest.h"

#include "base/backoff.h"
#include "base/newlines.h"
#include "events/checkpoint.h"
#include "kinesis/api.h"
#include "kinesis/batch.h"
#include "kinesis/endpoint.h"

static const char NAME[] = "kxtest.batch";

/* Two batches, the second one for splitting, and the limits of both. */
typedef struct box {
  kx_batch batch, rest;
  kx_frame frame;
  kx_limits limits;
} box;

static int box_gc(lua_State *L) {
  box *b = luaL_checkudata(L, 1, NAME);
  kx_batch_free(&b->batch);
  kx_batch_free(&b->rest);
  kx_frame_free(&b->frame);
  return 0;
}

static const kx_dialect *dialect(lua_State *L, const char *sink) {
  const kx_dialect *found = kx_api_dialect(sink);
  if (!found)
    luaL_error(L, "no such sink: %s", sink);
  return found;
}

static void limit(lua_State *L, const char *name, size_t *out) {
  lua_getfield(L, 1, name);
  if (!lua_isnil(L, -1))
    *out = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
}

static const char *text_field(lua_State *L, const char *name) {
  const char *text;
  lua_getfield(L, 1, name);
  text = lua_tostring(L, -1);
  lua_pop(L, 1); /* the table still holds it */
  return text;
}

/* packer{sink=, stream=, key=, record_bytes=, ...}: an object */
static int packer(lua_State *L) {
  const kx_dialect *d = dialect(L, text_field(L, "sink"));
  box *b = lua_newuserdata(L, sizeof *b);
  memset(b, 0, sizeof *b);
  luaL_getmetatable(L, NAME);
  lua_setmetatable(L, -2);
  b->limits = d->limits;
  limit(L, "record_bytes", &b->limits.record_bytes);
  limit(L, "batch_bytes", &b->limits.batch_bytes);
  limit(L, "batch_records", &b->limits.batch_records);
  limit(L, "events_per_record", &b->limits.events_per_record);
  kx_api_frame(d, text_field(L, "stream"), text_field(L, "key"), &b->frame, NULL);
  return 1;
}

/* b:pack(text) -> the result, the bytes used */
static int pack(lua_State *L) {
  static const char *const names[] = {"all", "full", "large"};
  box *b = luaL_checkudata(L, 1, NAME);
  size_t used;
  kx_packed packed = kx_batch_pack(&b->batch, &b->frame, &b->limits, kxtest_slice(L, 2), &used);
  lua_pushstring(L, names[packed]);
  lua_pushinteger(L, (lua_Integer)used);
  return 2;
}

static void number(lua_State *L, const char *name, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void push_records(lua_State *L, const kx_batch *batch) {
  lua_newtable(L);
  for (size_t i = 0; i < batch->n_records; i++) {
    kx_buf events = {0};
    lua_newtable(L);
    number(L, "raw", batch->records[i].raw);
    number(L, "events", batch->records[i].events);
    kx_batch_events(batch, i, &events);
    kxtest_push_buf(L, &events);
    lua_setfield(L, -2, "text");
    lua_rawseti(L, -2, (int)i + 1);
  }
}

static int push_batch(lua_State *L, const kx_batch *batch) {
  lua_newtable(L);
  lua_pushlstring(L, batch->body.len ? batch->body.data : "", batch->body.len);
  lua_setfield(L, -2, "body");
  number(L, "raw", batch->raw);
  number(L, "events", batch->events);
  push_records(L, batch);
  lua_setfield(L, -2, "records");
  return 1;
}

/* b:close() -> the batch as a table. The object keeps it for keep and split. */
static int close_batch(lua_State *L) {
  box *b = luaL_checkudata(L, 1, NAME);
  kx_batch_close(&b->batch, &b->frame);
  return push_batch(L, &b->batch);
}

static int clear(lua_State *L) {
  kx_batch_clear(&((box *)luaL_checkudata(L, 1, NAME))->batch);
  return 0;
}

/* b:keep{true, false, ...} -> the batch that is left */
static int keep(lua_State *L) {
  box *b = luaL_checkudata(L, 1, NAME);
  bool kept[KX_BATCH_RECORDS] = {0};
  for (size_t i = 0; i < b->batch.n_records; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    kept[i] = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  kx_batch_keep(&b->batch, &b->frame, kept);
  return push_batch(L, &b->batch);
}

/* b:split() -> true; nil, message, code. The batch has two events or more. */
static int split(lua_State *L) {
  box *b = luaL_checkudata(L, 1, NAME);
  kx_error error;
  luaL_argcheck(L, b->batch.events > 1, 1, "too few events");
  if (kx_batch_split(&b->batch, &b->rest, &b->frame, &error) != KX_OK)
    return kxtest_failed(L, &error);
  lua_pushboolean(L, true);
  return 1;
}

/* b:batch() -> the batch as a table */
static int batch(lua_State *L) {
  return push_batch(L, &((box *)luaL_checkudata(L, 1, NAME))->batch);
}

/* b:rest() -> what the last b:split moved out of the batch, as a table */
static int rest(lua_State *L) {
  return push_batch(L, &((box *)luaL_checkudata(L, 1, NAME))->rest);
}

static void push_verdict(lua_State *L, const kx_verdict *verdict, size_t n) {
  static const char *const actions[] = {"accepted", "retry", "refresh", "clock", "split", "stop"};
  lua_newtable(L);
  lua_pushstring(L, actions[verdict->action]);
  lua_setfield(L, -2, "action");
  lua_pushboolean(L, verdict->throttled);
  lua_setfield(L, -2, "throttled");
  lua_pushboolean(L, verdict->unknown);
  lua_setfield(L, -2, "unknown");
  lua_pushboolean(L, verdict->by_record);
  lua_setfield(L, -2, "by_record");
  number(L, "refused", verdict->refused);
  lua_pushstring(L, verdict->error.text);
  lua_setfield(L, -2, "text");
  lua_pushstring(L, kx_status_name(verdict->error.code));
  lua_setfield(L, -2, "code");
  lua_newtable(L);
  for (size_t i = 0; i < n; i++) {
    lua_pushboolean(L, verdict->keep[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_setfield(L, -2, "keep");
}

/* kinesis_read(sink, status, body, error_type, n) */
static int kinesis_read(lua_State *L) {
  kx_verdict verdict;
  size_t n = (size_t)luaL_checkinteger(L, 5);
  kx_api_read(dialect(L, luaL_checkstring(L, 1)), (long)luaL_checkinteger(L, 2), kxtest_slice(L, 3),
              luaL_checkstring(L, 4), n, &verdict);
  push_verdict(L, &verdict, n);
  return 1;
}

/* kinesis_unanswered(n, unknown, why) */
static int kinesis_unanswered(lua_State *L) {
  kx_verdict verdict;
  size_t n = (size_t)luaL_checkinteger(L, 1);
  kx_api_unanswered(n, lua_toboolean(L, 2), luaL_checkstring(L, 3), &verdict);
  push_verdict(L, &verdict, n);
  return 1;
}

static int kinesis_endpoint(lua_State *L) {
  kx_buf url = {0};
  kx_endpoint_url(dialect(L, luaL_checkstring(L, 1)), luaL_checkstring(L, 2), &url);
  kxtest_push_buf(L, &url);
  return 1;
}

/* backoff_ms(base_ms, cap_ms, attempts, asked_ms) */
static int backoff_ms(lua_State *L) {
  const kx_backoff backoff = {(int64_t)luaL_checknumber(L, 1), (int64_t)luaL_checknumber(L, 2)};
  int64_t ms =
    kx_backoff_ms(&backoff, (int)luaL_checkinteger(L, 3), (int64_t)luaL_checknumber(L, 4));
  lua_pushnumber(L, (lua_Number)ms);
  return 1;
}

static int newlines_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)kx_newlines_count(kxtest_slice(L, 1)));
  return 1;
}

/* checkpoint_settle(n, order): begins n parts at the places 1..n and ends them in that order ->
 * the place that is settled after each end */
static int checkpoint_settle(lua_State *L) {
  kx_checkpoint checkpoint = {0};
  kx_checkpoint_entry *drawn[64];
  lua_Integer settled[64];
  int n = (int)luaL_checkinteger(L, 1);
  int order[64];
  luaL_argcheck(L, n <= 64, 1, "at most 64");
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    order[i] = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  if (kx_checkpoint_make(&checkpoint, (size_t)n, NULL) != KX_OK)
    return luaL_error(L, "no memory");
  kx_checkpoint_begin(&checkpoint, &(kx_place){.chunks = 0});
  for (int i = 0; i < n; i++)
    drawn[i] = kx_checkpoint_draw(&checkpoint, &(kx_place){.chunks = i + 1}, 1);
  for (int i = 0; i < n; i++) {
    drawn[order[i] - 1]->parts = 0;
    settled[i] = (lua_Integer)kx_checkpoint_settled(&checkpoint)->chunks;
  }
  kx_checkpoint_free(&checkpoint);
  lua_newtable(L);
  for (int i = 0; i < n; i++) {
    lua_pushinteger(L, settled[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static const luaL_Reg methods[] = {
  {"pack", pack},   {"close", close_batch}, {"clear", clear}, {"keep", keep},
  {"split", split}, {"batch", batch},       {"rest", rest},   {NULL, NULL},
};

static const luaL_Reg functions[] = {
  {"packer", packer},
  {"kinesis_read", kinesis_read},
  {"kinesis_unanswered", kinesis_unanswered},
  {"kinesis_endpoint", kinesis_endpoint},
  {"backoff_ms", backoff_ms},
  {"newlines_count", newlines_count},
  {"checkpoint_settle", checkpoint_settle},
  {NULL, NULL},
};

void kxtest_export(lua_State *L) {
  luaL_newmetatable(L, NAME);
  lua_newtable(L);
  kxtest_add(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, box_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  kxtest_add(L, functions);
}
