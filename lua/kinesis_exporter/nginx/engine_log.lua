-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Tells in the log how the engine fares: it has no log of its own. Gives up tasks that a
-- callback has left behind.
-- @module kinesis_exporter.nginx.engine_log

local core = require "kinesis_exporter.core"
local log = require "kinesis_exporter.log.log"
local report_log = require "kinesis_exporter.exporter.report_log"
local task = require "kinesis_exporter.exporter.task"

local ngx = _G.ngx

local engine_log = {}

-- Seconds between two looks, and between two lines about the same trouble.
local LOOK, REPEAT = 1, 10

-- So many looks, not seconds: a worker that stood still makes them late, too.
local PATIENCE = 10

local function tell_of_storing(this, now)
  local was = this.watched
  if now.away and core.monotonic() >= was.again then
    log(this, "error", "%d events and %d reports (%d bytes) wait in memory: %s",
      now.events_buffered, now.reports_buffered, now.bytes_buffered, now.error,
      { event = "store_failed", events = now.events_buffered, reports = now.reports_buffered,
        bytes = now.bytes_buffered, error = now.error })
    was.again, was.told = core.monotonic() + REPEAT, true
  elseif not now.away and was.told then
    log(this, "info", "events and reports are stored again", { event = "stored_again" })
    was.again, was.told = 0, false
  end
end

local function tell_of_drops(this, now)
  local was = this.watched
  local events, reports = now.events_dropped - was.events, now.reports_dropped - was.reports
  if events + reports == 0 or core.monotonic() < was.drops_again then return end
  log(this, "error", "the buffer was full: %d events and %d reports were refused", events, reports,
    { event = "backpressure", events = events, reports = reports })
  was.events, was.reports = now.events_dropped, now.reports_dropped
  was.drops_again = core.monotonic() + REPEAT
end

local function tell_of_left_out(this, now)
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
  tell_of_storing(this, now)
  tell_of_drops(this, now)
  tell_of_left_out(this, now)
  if now.turns > this.watched.turns then
    report_log.switched(this, now.turn)
  end
  this.watched.turns = now.turns
  look_at_task(this)
end

-- A log function that ends this handler does not end the watch. A closed exporter is not
-- looked at again.
local function again(premature, this)
  if premature or this.closed then return end
  ngx.timer.at(LOOK, again, this)
  look(this)
end

--- Begins to look at an exporter's engine, once.
-- @tparam table this what is behind the exporter
function engine_log.begin(this)
  if this.watched then return end
  this.watched = {
    again = 0, drops_again = 0, events = 0, reports = 0, turns = 0, waited = 0,
    left_out = 0, left_out_again = 0,
  }
  ngx.timer.at(LOOK, again, this)
end

return engine_log
