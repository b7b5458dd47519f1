-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Flushes and jobs: what the core works off in steps, so that credentials can be
-- found, progress shown and a stop asked for in between.
-- @module kinesis_exporter.exporter.task

local callback = require "kinesis_exporter.util.callback"
local core = require "kinesis_exporter.core"
local history = require "kinesis_exporter.exporter.history"
local log = require "kinesis_exporter.log.log"
local provider = require "kinesis_exporter.credentials.provider"

local task = {}

local STEP_MS = 100

-- Seconds between two looks whether to go on, where nothing else takes time, and between two
-- looks whether another task has ended.
local LOOK, TURN = 0.1, 0.05

-- Calls the progress function with what was counted last. `stopped` does so some ten times a
-- second, however often it is asked.
local function watcher(this, progress)
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

-- Stats keys that are none are told one by one, the first of each step at least.
local function tell_invalid_keys(this)
  local list, more = this.core:invalid_keys()
  for _, pair in ipairs(list) do
    log(this, "warn", "invalid stats key '%s', value '%s'", pair[1], pair[2],
      { event = "key_invalid", key = pair[1], value = pair[2] })
  end
  if more > 0 then
    log(this, "warn", "%d more invalid stats keys", more, { event = "keys_invalid", count = more })
  end
end

local function renew(this, watch)
  local given, message, code = provider.renew(this, watch.stopped)
  if given == nil then
    this.core:stop()
    this.refusal = { message, code }
  elseif not given and watch.stopped() then
    this.core:stop()
  end
end

-- Works the task off. Returns what core:step ended with.
local function step_to_the_end(this, name, limit, watch)
  log(this, "info", "%s: begun", name, { event = "task_begun", task = name })
  while true do
    local state, a, b, c = this.core:step(STEP_MS)
    tell_invalid_keys(this)
    if state == "running" then
      provider.tend(this)
      watch.done, watch.total = a, math.min(b, limit or b)
      if watch.look() then this.core:stop() end
    elseif state == "credentials" then
      renew(this, watch)
    else
      return state, a, b, c
    end
  end
end

-- What is in flight ends, the rest returns to pending, and the lock is released. Returns what
-- core:step ended with.
local function wind_up(this)
  this.core:stop()
  local state, a, b, c
  repeat
    state, a, b, c = this.core:step(STEP_MS)
  until state ~= "running" and state ~= "credentials"
  return state, a, b, c
end

-- When a callback raises, the task ends in order before anybody hears of it.
local function finish(this, name, limit, watch)
  this.refusal = nil
  local finished, state, a, b, c = pcall(step_to_the_end, this, name, limit, watch)
  if not finished then
    wind_up(this)
    error(state, 0)
  end
  if state == nil then return nil, a, b, c end
  if this.refusal then return nil, this.refusal[1], this.refusal[2], a end
  return a, b
end

-- The credentials function, too, may not begin another task.
local function work(this, name, begin, limit, watch)
  local ready, message, code = this.core:check_export()
  if ready then ready, message, code = provider.begin(this, watch.stopped) end
  if ready == false then return 0, "partial" end
  if not ready then return nil, message, code end
  if this.busy then this.busy.begun = true end
  local begun
  begun, message, code = begin(this.core)
  if begun ~= true then return begun, message, code end
  return finish(this, name, limit, watch)
end

-- Counters of which the increase is worth a warning.
local TOLD = {
  { "events_rejected", "%s: %d events were rejected" },
  { "late_buckets_read", "%s: %d late buckets were read: a producer was behind, or "
    .. "a clock is wrong" },
  { "keys_expired", "%s: %d counters had expired before they were read" },
  { "keys_invalid", "%s: %d stats keys were invalid and left out" },
}

-- Of the exporter's counters: what a task has added to them is told at its end.
local COUNTED = { "events_accepted", "calls", "retries", "throttled", "bytes_sent" }

local function fields_of(name, before, now, began)
  local fields = { task = name, duration_ms = math.floor((core.monotonic() - began) * 1000) }
  for _, counter in ipairs(COUNTED) do fields[counter] = now[counter] - before[counter] end
  return fields
end

local function tell_counters(this, name, before, now)
  for _, told in ipairs(TOLD) do
    local more = now[told[1]] - before[told[1]]
    if more > 0 then
      log(this, "warn", told[2], name, more, { event = told[1], task = name, count = more })
    end
  end
end

-- A marker in the future withholds nothing, but some clock was wrong, or is.
local function tell_marker(this, name, ahead)
  if name ~= "job" or ahead == 0 then return end
  log(this, "warn", "%s: the newest bucket read lies %d s in the future: is the clock of Redis or "
    .. "of a machine that performs jobs wrong?", name, ahead,
    { event = "marker_ahead", task = name, seconds = ahead })
end

local function report(this, name, before, began, n, outcome, code, done)
  local now = this.core:stats() or before
  local fields = fields_of(name, before, now, began)
  tell_counters(this, name, before, now)
  tell_marker(this, name, now.marker_ahead)
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

-- For those who look at the figures of all processes. In nginx a timer does it.
local function add_to_history(this, n, outcome, code)
  if this.detached or code == "redis" or (n and NOTHING_DONE[outcome]) then return end
  local added, message = history.add(this)
  if added then return end
  log(this, "debug", "nothing is added to the totals: %s", message,
    { event = "history_failed", error = message })
end

local function perform(this, name, begin, limit, watch)
  local before, message, message_code = this.core:stats()
  if not before then return nil, message, message_code end
  local began = core.monotonic()
  local results = { pcall(work, this, name, begin, limit, watch) }
  if not results[1] then error(results[2], 0) end
  report(this, name, before, began, results[2], results[3], results[4], results[5])
  add_to_history(this, results[2], results[3], results[4])
  return results[2], results[3], results[4], results[5]
end

local function give_back(this, busy)
  if this.busy == busy then this.busy = nil end
end

-- The exporter is free again when the task has ended, even if nobody waits for that.
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

-- In nginx, while another task is under way. True when it is this one's turn, or how it ends.
local function wait_for_turn(this, queued, watch)
  local allowed, message, code = this.check_wait "a task"
  if not allowed then return nil, message, code end
  if not queued then return 0, "locked" end
  while this.busy do
    if watch.stopped() or not this.sleep(TURN) then return 0, "partial" end
  end
  return true
end

--- Ends a task in order that a callback has left behind.
-- @tparam table this what is behind an exporter
function task.give_up(this)
  local left = this.busy
  local busy = { name = left.name, begun = true, signs = 0 }
  this.busy = busy
  local _, _, done = pcall(wind_up, this)
  pcall(provider.finish, this)
  local message = ("the %s was ended: a function that was called for it did not return. "
    .. "Functions given as options may not call ngx.exit, nor take long"):format(left.name)
  left.given_up = { nil, message, "timeout", type(done) == "number" and done or nil, n = 4 }
  give_back(this, busy)
  log(this, "error", "%s", message, { event = "task_given_up", task = left.name })
end

--- Performs a task.
-- @tparam table this what is behind an exporter
-- @tparam string name "flush" or "job"
-- @tparam function begin given the core: true, or what the task ended with at once
-- @tparam int|nil limit of events, for the progress
-- @tparam function|nil progress
-- @tparam[opt] boolean queued it holds a lock: in nginx it waits for the tasks of others that
-- this exporter performs, instead of saying "locked", which would mean that the lock is lost
-- @treturn int|nil
-- @treturn string|nil
-- @treturn string|nil
-- @treturn int|nil
function task.perform(this, name, begin, limit, progress, queued)
  local watch = watcher(this, progress)
  if this.closed then core.raise "the exporter is closed" end
  if this.busy and not this.detached then
    core.raise(("a %s is in progress on this exporter"):format(this.busy.name))
  end
  if this.busy then
    local turn, message, code = wait_for_turn(this, queued, watch)
    if turn ~= true then return turn, message, code end
  end
  local busy = { name = name, signs = 0 }
  this.busy = busy
  local results = { pcall(this.detached or do_at_once, busy, perform_and_give_back, this, name,
    begin, limit, watch) }
  give_back(this, busy)
  if not results[1] then error(results[2], 0) end
  return results[2], results[3], results[4], results[5]
end

return task
