-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Flushes and jobs. The core performs them in steps. Between the steps credentials are looked for,
-- progress is shown, and a stop is noticed.
-- @module kinesis_exporter.exporter.task

local callback = require "kinesis_exporter.util.callback"
local core = require "kinesis_exporter.core"
local history = require "kinesis_exporter.exporter.history"
local log = require "kinesis_exporter.log.log"
local provider = require "kinesis_exporter.credentials.provider"

local task = {}

-- The longest step of the core, in milliseconds.
local STEP_MS = 100

-- Seconds between two calls of the progress function, and between two looks whether another task
-- has ended.
local LOOK, TURN = 0.1, 0.05

-- Calls the progress function with the last counts. `look` calls it always, `stopped` at most about
-- ten times a second. Both return whether the task has to end early.
local function monitor_of(this, progress)
  local self = { done = 0, total = 0, ended = false, at = 0 }
  function self.look()
    if progress and callback.call(this, progress, self.done, self.total) == false then
      self.ended = true
    end
    return self.ended
  end
  function self.stopped()
    if self.ended or not progress or core.monotonic() < self.at then return self.ended end
    self.at = core.monotonic() + LOOK
    return self.look()
  end
  return self
end

-- Logs invalid stats keys one by one: the first ones of each step, and the number of the others.
local function log_invalid_keys(this)
  local list, more = this.core:invalid_keys()
  for _, pair in ipairs(list) do
    log(this, "warn", "invalid stats key '%s', value '%s'", pair[1], pair[2],
      { event = "key_invalid", key = pair[1], value = pair[2] })
  end
  if more > 0 then
    log(this, "warn", "%d more invalid stats keys", more, { event = "keys_invalid", count = more })
  end
end

local function renew(this, monitor)
  local given, message, code = provider.renew(this, monitor.stopped)
  if given == nil then
    this.core:stop()
    this.refusal = { message, code }
  elseif not given and monitor.stopped() then
    this.core:stop()
  end
end

-- Performs all steps. Returns the last results of core:step.
local function step_to_the_end(this, name, limit, monitor)
  log(this, "info", "%s: begun", name, { event = "task_begun", task = name })
  while true do
    local state, a, b, c = this.core:step(STEP_MS)
    log_invalid_keys(this)
    if state == "running" then
      provider.tend(this)
      monitor.done, monitor.total = a, math.min(b, limit or b)
      if monitor.look() then this.core:stop() end
    elseif state == "credentials" then
      renew(this, monitor)
    else
      return state, a, b, c
    end
  end
end

-- Ends the task early: the calls in flight end, the other events return to pending, and the lock is
-- released. Returns the last results of core:step.
local function wind_up(this)
  this.core:stop()
  local state, a, b, c
  repeat
    state, a, b, c = this.core:step(STEP_MS)
  until state ~= "running" and state ~= "credentials"
  return state, a, b, c
end

-- When a callback raises, the task ends in order before the error is raised again.
local function finish(this, name, limit, monitor)
  this.refusal = nil
  local finished, state, a, b, c = pcall(step_to_the_end, this, name, limit, monitor)
  if not finished then
    wind_up(this)
    error(state, 0)
  end
  if state == nil then return nil, a, b, c end
  if this.refusal then return nil, this.refusal[1], this.refusal[2], a end
  return a, b
end

-- The exporter is busy during the search for credentials, too, so that the credentials function
-- cannot begin another task.
local function work(this, name, begin, limit, monitor)
  local ready, message, code = this.core:check_export()
  if ready then ready, message, code = provider.begin(this, monitor.stopped) end
  if ready == false then return 0, "partial" end
  if not ready then return nil, message, code end
  if this.busy then this.busy.begun = true end
  local begun
  begun, message, code = begin(this.core)
  if begun ~= true then return begun, message, code end
  return finish(this, name, limit, monitor)
end

-- The counters whose increase is a warning.
local WARNINGS = {
  { "events_rejected", "%s: %d events were rejected" },
  { "late_buckets_read", "%s: %d late buckets were read: a producer was behind, or "
    .. "a clock is wrong" },
  { "keys_expired", "%s: %d counters had expired before they were read" },
  { "keys_invalid", "%s: %d stats keys were invalid and left out" },
}

-- The counters whose increase is in the fields of a task's last log message.
local COUNTED = { "events_accepted", "calls", "retries", "throttled", "bytes_sent" }

local function fields_of(name, before, now, began)
  local fields = { task = name, duration_ms = math.floor((core.monotonic() - began) * 1000) }
  for _, counter in ipairs(COUNTED) do fields[counter] = now[counter] - before[counter] end
  return fields
end

local function log_warnings(this, name, before, now)
  for _, warning in ipairs(WARNINGS) do
    local counter, text = warning[1], warning[2]
    local more = now[counter] - before[counter]
    if more > 0 then
      log(this, "warn", text, name, more, { event = counter, task = name, count = more })
    end
  end
end

-- A marker in the future withholds no event, but a clock was or is wrong.
local function log_marker(this, name, ahead)
  if name ~= "job" or ahead == 0 then return end
  log(this, "warn", "%s: the newest bucket read lies %d s in the future: is the clock of Redis or "
    .. "of a machine that performs jobs wrong?", name, ahead,
    { event = "marker_ahead", task = name, seconds = ahead })
end

local function log_end(this, name, before, began, n, outcome, code, done)
  local now = this.core:stats() or before
  local fields = fields_of(name, before, now, began)
  log_warnings(this, name, before, now)
  log_marker(this, name, now.marker_ahead)
  fields.events, fields.code = n or done or 0, code
  if not n then
    this.export_failures = (this.export_failures or 0) + 1
    fields.event, fields.error = "task_failed", outcome
    log(this, "error", "%s failed after %d events (%s): %s", name, done or 0, code, outcome, fields)
  else
    fields.event, fields.outcome = "task_done", outcome
    log(this, outcome and "warn" or "info", "%s: %d events%s", name, n,
      outcome and ", " .. outcome or "", fields)
  end
end

local NOTHING_DONE = { disabled = true, locked = true }

-- Adds to the totals of all processes. In nginx a timer does this.
local function add_to_history(this, n, outcome, code)
  if this.detached or code == "redis" or (n and NOTHING_DONE[outcome]) then return end
  local added, message = history.add(this)
  if added then return end
  log(this, "debug", "the totals could not be updated: %s", message,
    { event = "history_failed", error = message })
end

local function perform(this, name, begin, limit, monitor)
  local before, message, message_code = this.core:stats()
  if not before then return nil, message, message_code end
  local began = core.monotonic()
  local results = { pcall(work, this, name, begin, limit, monitor) }
  if not results[1] then error(results[2], 0) end
  log_end(this, name, before, began, results[2], results[3], results[4], results[5])
  add_to_history(this, results[2], results[3], results[4])
  return results[2], results[3], results[4], results[5]
end

local function give_back(this, busy)
  if this.busy == busy then this.busy = nil end
end

-- The exporter is free again when the task has ended, even if no coroutine waits for it.
local function perform_and_give_back(busy, this, ...)
  busy.owner = this.detached and coroutine.running()
  local results = { pcall(perform, this, ...) }
  provider.finish(this)
  give_back(this, busy)
  if not results[1] then error(results[2], 0) end
  return results[2], results[3], results[4], results[5]
end

local function do_at_once(busy, work_on, ...)
  return work_on(busy, ...)
end

-- In nginx, while another task is under way. Returns true when it is this task's turn, or the
-- task's results.
local function wait_for_turn(this, queued, monitor)
  local allowed, message, code = this.check_wait "a task"
  if not allowed then return nil, message, code end
  if not queued then return 0, "locked" end
  while this.busy do
    if monitor.stopped() or not this.sleep(TURN) then return 0, "partial" end
  end
  return true
end

--- Ends a task in order when one of its callbacks did not return.
-- @tparam table this an exporter's private part
function task.give_up(this)
  local left = this.busy
  local busy = { name = left.name, begun = true, signs = 0 }
  this.busy = busy
  local _, _, done = pcall(wind_up, this)
  pcall(provider.finish, this)
  local message = ("the %s was ended: a function that it called did not return. "
    .. "Functions given as options may not call ngx.exit, nor take long"):format(left.name)
  left.given_up = { nil, message, "timeout", type(done) == "number" and done or nil, n = 4 }
  give_back(this, busy)
  log(this, "error", "%s", message, { event = "task_given_up", task = left.name })
end

--- Performs a task.
-- @tparam table this an exporter's private part
-- @tparam string name "flush" or "job"
-- @tparam function begin begins the task in a core: returns true, or the task's results
-- @tparam int|nil limit of events, for the progress
-- @tparam function|nil progress
-- @tparam[opt] boolean queued whether the task is a queued job, which holds a lock: in nginx it
-- waits for the exporter's other task and does not return "locked", which means a lost lock
-- @treturn int|nil
-- @treturn string|nil
-- @treturn string|nil
-- @treturn int|nil
function task.perform(this, name, begin, limit, progress, queued)
  local monitor = monitor_of(this, progress)
  if this.closed then core.raise "the exporter is closed" end
  if this.busy and not this.detached then
    core.raise(("a %s is in progress on this exporter"):format(this.busy.name))
  end
  if this.busy then
    local turn, message, code = wait_for_turn(this, queued, monitor)
    if turn ~= true then return turn, message, code end
  end
  local busy = { name = name, signs = 0 }
  this.busy = busy
  local results = { pcall(this.detached or do_at_once, busy, perform_and_give_back, this, name,
    begin, limit, monitor) }
  give_back(this, busy)
  if not results[1] then error(results[2], 0) end
  return results[2], results[3], results[4], results[5]
end

return task
