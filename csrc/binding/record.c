/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "binding/record.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "binding/channel.h"
#include "binding/raise.h"
#include "binding/report.h"
#include "binding/values.h"
#include "events/rejected_events.h"

static struct kx_lua_channel *of_closure(lua_State *L) {
  struct kx_lua_channel *self = lua_touserdata(L, lua_upvalueindex(1));
  if (self->channel == NULL)
    kx_lua_raise(L, "the exporter is closed");
  return self;
}

/* Returns the event at 1 as JSON. */
static kx_slice event_text(lua_State *L, struct kx_lua_channel *self) {
  kx_lua_event parts;
  kx_slice event;
  if (lua_istable(L, 1)) {
    kx_lua_event_read(L, 1, 1, &parts);
    kx_lua_event_write(&parts, kx_lua_time_gen(&self->time), &self->scratch);
    return kx_buf_view(&self->scratch);
  }
  if (lua_type(L, 1) != LUA_TSTRING)
    kx_lua_raise(L, "expected an event (a table or a JSON string), got a %s", luaL_typename(L, 1));
  event.data = lua_tolstring(L, 1, &event.len);
  return event;
}

/* The text that was made from a table is JSON. Only its characters must be checked. */
static bool clean_table(kx_slice event) {
  return kx_utf8_valid(event) && memmem(event.data, event.len, "\\u0000", 6) == NULL;
}

static const char *objection(kx_slice event, bool table, size_t most) {
  const char *why = table && clean_table(event) ? NULL : kx_json_check_object(event);
  if (why == NULL && event.len + 1 > most)
    why = KX_REJECTED_LARGE;
  return why;
}

/* A newline would end the event. Between the tokens of JSON a space has the same meaning. */
static kx_slice on_one_line(kx_slice event, kx_buf *scratch) {
  if (memchr(event.data, '\n', event.len) == NULL)
    return event;
  kx_buf_clear(scratch);
  kx_buf_slice(scratch, event);
  for (size_t i = 0; kx_buf_ok(scratch) && i < scratch->len; i++)
    if (scratch->data[i] == '\n')
      scratch->data[i] = ' ';
  return kx_buf_view(scratch);
}

static int not_taken(lua_State *L, const struct kx_lua_channel *self, kx_taken taken) {
  kx_ingest_counts counts;
  kx_ingest_writer_state state;
  kx_error error = {0};
  kx_channel_inspect(self->channel, &counts, &state);
  if (taken == KX_NO_MEMORY)
    kx_fail_memory(&error);
  else
    kx_fail(&error, KX_BACKPRESSURE, "the buffer of %lld bytes is full: %s",
            (long long)self->channel->settings.number[KX_SET_BUFFER_BYTES],
            state.away ? state.error.text : "Redis is too slow");
  return kx_lua_failed(L, &error);
}

static int is_rejected(lua_State *L, const char *why) {
  lua_pushnil(L);
  lua_pushfstring(L, "the event is %s: it is kept with the rejected events", why);
  lua_pushliteral(L, "rejected");
  return 3;
}

static int record(lua_State *L) {
  struct kx_lua_channel *self = of_closure(L);
  kx_slice event = event_text(L, self);
  const char *why;
  kx_taken taken = KX_NO_MEMORY;
  if (!kx_engine_running()) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (!kx_buf_ok(&self->scratch))
    return not_taken(L, self, taken);
  why = objection(event, lua_istable(L, 1), self->event_bytes);
  if (why == NULL && lua_type(L, 1) == LUA_TSTRING)
    event = on_one_line(event, &self->scratch);
  if (kx_buf_ok(&self->scratch))
    taken = kx_channel_event(self->channel, event, why);
  if (taken != KX_TAKEN)
    return not_taken(L, self, taken);
  if (why != NULL)
    return is_rejected(L, why);
  lua_pushboolean(L, 1);
  return 1;
}

/* Reads the argument, a report or a list of reports, and returns the number of reports. */
static int read_reports(lua_State *L, kx_uses *uses) {
  int n = (int)lua_rawlen(L, 1);
  int64_t now = kx_wall_seconds();
  kx_uses_clear(uses);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, 1, i);
    kx_lua_report_read(L, 2, i, now, uses);
    lua_settop(L, 1);
  }
  if (n > 0)
    return n;
  lua_pushnil(L);
  if (!lua_next(L, 1))
    return 0;
  lua_settop(L, 1);
  kx_lua_report_read(L, 1, 1, now, uses);
  return 1;
}

static int report(lua_State *L) {
  struct kx_lua_channel *self = of_closure(L);
  kx_taken taken = KX_NO_MEMORY;
  int n;
  lua_settop(L, 1);
  if (!lua_istable(L, 1))
    kx_lua_raise(L, "expected a report or a list of reports, got a %s", luaL_typename(L, 1));
  n = read_reports(L, &self->uses);
  if (!kx_engine_running()) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (kx_uses_ok(&self->uses))
    taken = kx_channel_reports(self->channel, &self->uses, n);
  if (taken != KX_TAKEN)
    return not_taken(L, self, taken);
  lua_pushboolean(L, 1);
  return 1;
}

static int push_closure(lua_State *L, lua_CFunction function) {
  (void)kx_lua_channel_get(L);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, function, 1);
  return 1;
}

static int push_recorder(lua_State *L) {
  return push_closure(L, record);
}

static int push_reporter(lua_State *L) {
  return push_closure(L, report);
}

const luaL_Reg kx_lua_record_methods[] = {
  {"recorder", push_recorder},
  {"reporter", push_reporter},
  {NULL, NULL},
};
