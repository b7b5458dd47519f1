/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/channel.h"

#include "binding/raise.h"
#include "binding/settings.h"
#include "binding/values.h"

#define TYPE "kinesis_exporter.channel"
#define SENTINEL "kinesis_exporter.sentinel"

struct kx_lua_channel *kx_lua_channel_get(lua_State *L) {
  struct kx_lua_channel *self = luaL_checkudata(L, 1, TYPE);
  if (self->channel == NULL)
    kx_lua_raise(L, "the exporter is closed");
  return self;
}

int kx_lua_channel_new(lua_State *L) {
  struct kx_lua_channel *self;
  kx_error error = {0};
  kx_lua_settings_check(L, 1);
  self = lua_newuserdata(L, sizeof *self);
  memset(self, 0, sizeof *self);
  luaL_getmetatable(L, TYPE);
  lua_setmetatable(L, -2);
  kx_status status = kx_lua_settings_take(L, 1, &self->settings, &error);
  if (status == KX_OK) {
    self->event_bytes = kx_settings_limits(&self->settings).record_bytes;
    status = kx_engine_open_channel(&self->channel, &self->settings, &error);
  }
  return status == KX_OK ? 1 : kx_lua_failed(L, &error);
}

static int close_channel(lua_State *L) {
  struct kx_lua_channel *self = luaL_checkudata(L, 1, TYPE);
  if (self->channel != NULL)
    kx_engine_release_channel(self->channel);
  self->channel = NULL;
  kx_settings_free(&self->settings);
  kx_buf_free(&self->scratch);
  kx_uses_free(&self->uses);
  return 0;
}

static int detach(lua_State *L) {
  (void)L;
  kx_engine_detach();
  return 0;
}

/* Puts an object into the registry. Only the end of the Lua state collects it, so the engine
 * notices when the last Lua state ends. */
static void attach(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, SENTINEL);
  if (lua_isnil(L, -1)) {
    (void)lua_newuserdata(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, detach);
    lua_setfield(L, -2, "__gc");
    kx_engine_attach();
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, SENTINEL);
  }
  lua_pop(L, 1);
}

static int start_engine(lua_State *L) {
  kx_error error = {0};
  (void)kx_lua_channel_get(L);
  attach(L);
  return kx_lua_boolean(L, kx_engine_start(&error), &error, true);
}

static int inspect_channel(lua_State *L) {
  kx_ingest_counts counts;
  kx_ingest_writer_state state;
  kx_channel_inspect(kx_lua_channel_get(L)->channel, &counts, &state);
  lua_createtable(L, 0, 16);
  kx_lua_set_integer(L, "events_recorded", counts.events_recorded);
  kx_lua_set_integer(L, "events_dropped", counts.events_dropped);
  kx_lua_set_integer(L, "reports", counts.reports);
  kx_lua_set_integer(L, "reports_dropped", counts.reports_dropped);
  kx_lua_set_integer(L, "events_buffered", counts.events_buffered);
  kx_lua_set_integer(L, "reports_buffered", counts.reports_buffered);
  kx_lua_set_integer(L, "bytes_buffered", counts.bytes_buffered);
  kx_lua_set_integer(L, "store_failures", state.failures);
  kx_lua_set_integer(L, "counters_written", state.written);
  kx_lua_set_integer(L, "counters_left_out", state.left_out);
  kx_lua_set_text(L, "first_left_out", state.first);
  kx_lua_set_integer(L, "events_rejected", state.rejected);
  kx_lua_set_integer(L, "turns", state.turns);
  kx_lua_set_text(L, "turn", state.turn == KX_TURN_OFF ? "off" : "on");
  kx_lua_set_text(L, "error", state.error.text);
  lua_pushboolean(L, state.away);
  lua_setfield(L, -2, "away");
  return 1;
}

/* hurry() -> a text, the argument for stored() */
static int hurry_channel(lua_State *L) {
  kx_hurry made = kx_channel_hurry(kx_lua_channel_get(L)->channel);
  lua_pushlstring(L, (const char *)&made, sizeof made);
  return 1;
}

/* stored(text) -> true when the caller need not wait longer: see kx_channel_stored */
static int is_stored(lua_State *L) {
  kx_hurry made;
  size_t len;
  kx_channel *channel = kx_lua_channel_get(L)->channel;
  const char *text = luaL_checklstring(L, 2, &len);
  luaL_argcheck(L, len == sizeof made, 2, "hurry() did not return it");
  memcpy(&made, text, len);
  lua_pushboolean(L, kx_channel_stored(channel, &made));
  return 1;
}

int kx_lua_drain(lua_State *L) {
  (void)L;
  kx_engine_stop();
  return 0;
}

static const luaL_Reg methods[] = {
  {"start", start_engine}, {"look", inspect_channel}, {"hurry", hurry_channel},
  {"stored", is_stored},   {"close", close_channel},  {NULL, NULL},
};

void kx_lua_channel_type(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_pushcfunction(L, close_channel);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  kx_lua_add_functions(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__index");
  lua_remove(L, -2);
}
