-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Logs the state of the engine, which has no log of its own. Also gives up tasks with a callback
-- that does not return.
-- @module kinesis_exporter.nginx.engine_log

local core = require "kinesis_exporter.core"
local log = require "kinesis_exporter.log.log"
local report_log = require "kinesis_exporter.exporter.report_log"
local task = require "kinesis_exporter.exporter.task"

local ngx = _G.ngx

local engine_log = {}

-- Seconds between two looks, and between two messages about the same trouble.
local LOOK, REPEAT = 1, 10

-- The number of looks after which a callback is given up. Looks are counted, and not seconds,
-- because looks are late, too, when the worker process stood still.
local PATIENCE = 10

local function log_storing(this, now)
  local was = this.watched
  if now.away and core.monotonic() >= was.again then
    log(this, "error", "%d events and %d reports (%d bytes) wait in memory: %s",
      now.events_buffered, now.reports_buffered, now.bytes_buffered, now.error,
      { event = "store_failed", events = now.events_buffered, reports = now.reports_buffered,
        bytes = now.bytes_buffered, error = now.error })
    was.again, was.reported = core.monotonic() + REPEAT, true
  elseif not now.away and was.reported then
    log(this, "info", "events and reports are stored again", { event = "stored_again" })
    was.again, was.reported = 0, false
  end
end

local function log_drops(this, now)
  local was = this.watched
  local events, reports = now.events_dropped - was.events, now.reports_dropped - was.reports
  if events + reports == 0 or core.monotonic() < was.drops_again then return end
  log(this, "error", "the buffer was full: %d events and %d reports were refused", events, reports,
    { event = "backpressure", events = events, reports = reports })
  was.events, was.reports = now.events_dropped, now.reports_dropped
  was.drops_again = core.monotonic() + REPEAT
end

local function log_left_out(this, now)
  local was = this.watched
  local count = now.counters_left_out - was.left_out
  if count == 0 or core.monotonic() < was.left_out_again then return end
  report_log.left_out(this, count, now.first_left_out)
  was.left_out, was.left_out_again = now.counters_left_out, core.monotonic() + REPEAT
end

local function look_at_task(this)
  local was, busy = this.watched, this.busy
  local same = busy and busy.outside and busy == was.busy and busy.signs == was.signs
  was.busy, was.signs = busy, busy and busy.signs
  was.waited = same and was.waited + 1 or 0
  if was.waited < PATIENCE then return end
  was.waited = 0
  task.give_up(this)
end

local function look(this)
  local now = this.channel:look()
  log_storing(this, now)
  log_drops(this, now)
  log_left_out(this, now)
  if now.turns > this.watched.turns then
    report_log.switched(this, now.turn)
  end
  this.watched.turns = now.turns
  look_at_task(this)
end

-- The next timer is made first, because the user's log function may end this handler. When the
-- exporter is closed, the looks end.
local function again(premature, this)
  if premature or this.closed then return end
  ngx.timer.at(LOOK, again, this)
  look(this)
end

--- Begins to look at an exporter's engine. Later calls do nothing.
-- @tparam table this an exporter's private part
function engine_log.begin(this)
  if this.watched then return end
  this.watched = {
    again = 0, drops_again = 0, events = 0, reports = 0, turns = 0, waited = 0,
    left_out = 0, left_out_again = 0,
  }
  ngx.timer.at(LOOK, again, this)
end

return engine_log
