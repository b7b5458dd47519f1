-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Flushes and jobs: what the core works off in steps, so that credentials can be
-- found, progress shown and a stop asked for in between.
-- @module kinesis_exporter.task

local log = require "kinesis_exporter.log"
local supply = require "kinesis_exporter.supply"

local task = {}

local STEP_MS = 100

local function check_destination(settings)
  if not settings.stream then
    return nil, "no stream: set the stream option, KINESIS_EXPORTER_STREAM or --stream", "config"
  end
  if not settings.region then
    return nil, "no region: set the region option, AWS_REGION or --region", "config"
  end
  return true
end

-- Stats keys that are none are told one by one, the first of each step at least.
local function tell_invalid_keys(this)
  local list, more = this.core:invalid_keys()
  for _, pair in ipairs(list) do
    log(this, "warn", "invalid stats key '%s', value '%s'", pair[1], pair[2])
  end
  if more > 0 then log(this, "warn", "%d more invalid stats keys", more) end
end

-- Works the task off. Returns what core:step ended with.
local function step_to_the_end(this, name, limit, progress)
  log(this, "info", "%s: begun", name)
  while true do
    local state, a, b, c = this.core:step(STEP_MS)
    tell_invalid_keys(this)
    if state == "running" then supply.tend(this) end
    if state == "credentials" then
      local given, message, code = supply.renew(this)
      if given == nil then
        this.core:stop()
        this.refusal = { message, code }
      end
    elseif state ~= "running" then
      return state, a, b, c
    elseif progress and progress(a, math.min(b, limit or b)) == false then
      this.core:stop()
    end
  end
end

-- A callback raised: what is in flight ends, the rest returns to pending, and
-- the lock is released before anybody hears of it.
local function wind_up(this)
  this.core:stop()
  repeat
    local state = this.core:step(STEP_MS)
  until state ~= "running" and state ~= "credentials"
end

local function finish(this, name, limit, progress)
  this.refusal = nil
  local finished, state, a, b, c = pcall(step_to_the_end, this, name, limit, progress)
  if not finished then
    wind_up(this)
    error(state, 0)
  end
  if state == nil then return nil, a, b, c end
  if this.refusal then return nil, this.refusal[1], this.refusal[2], a end
  return a, b
end

-- The credentials function, too, may not begin another task.
local function work(this, name, begin, limit, progress)
  local ready, message, code = check_destination(this.settings)
  if ready then ready, message, code = supply.begin(this) end
  if not ready then return nil, message, code end
  local begun
  begun, message, code = begin(this.core)
  if begun ~= true then return begun, message, code end
  return finish(this, name, limit, progress)
end

-- Counters of which the increase is worth a warning.
local TOLD = {
  { "events_rejected", "%s: %d events were rejected" },
  { "keys_expired", "%s: %d counters had expired before they were read" },
  { "keys_invalid", "%s: %d stats keys were invalid and left out" },
}

local function report(this, name, before, n, outcome, code, done)
  local now = this.core:stats() or before
  for _, told in ipairs(TOLD) do
    local more = now[told[1]] - before[told[1]]
    if more > 0 then log(this, "warn", told[2], name, more) end
  end
  if not n then
    log(this, "error", "%s failed after %d events (%s): %s", name, done or 0, code, outcome)
  else
    log(this, outcome and "warn" or "info", "%s: %d events%s", name, n,
      outcome and ", " .. outcome or "")
  end
  return n, outcome, code, done
end

local function perform(this, name, begin, limit, progress)
  local before, message, message_code = this.core:stats()
  if not before then return nil, message, message_code end
  local results = { pcall(work, this, name, begin, limit, progress) }
  if not results[1] then error(results[2], 0) end
  return report(this, name, before, results[2], results[3], results[4], results[5])
end

local function give_back(this, busy)
  if this.busy == busy then this.busy = nil end
end

-- The exporter is free again when the task has ended, even if nobody waits for that.
local function perform_and_give_back(busy, this, ...)
  local results = { pcall(perform, this, ...) }
  supply.finish(this)
  give_back(this, busy)
  if not results[1] then error(results[2], 0) end
  return results[2], results[3], results[4], results[5]
end

local function do_at_once(work_on, ...)
  return work_on(...)
end

--- Performs a task.
-- @tparam table this what is behind an exporter
-- @tparam string name "flush" or "job"
-- @tparam function begin given the core: true, or what the task ended with at once
-- @tparam int|nil limit of events, for the progress
-- @tparam function|nil progress
-- @treturn int|nil
-- @treturn string|nil
-- @treturn string|nil
-- @treturn int|nil
function task.perform(this, name, begin, limit, progress)
  if this.busy and this.detached then return 0, "locked" end
  if this.busy then error(("a %s is in progress on this exporter"):format(this.busy.name), 3) end
  local busy = { name = name }
  this.busy = busy
  local results = { pcall(this.detached or do_at_once, perform_and_give_back, busy, this, name,
    begin, limit, progress) }
  give_back(this, busy)
  if not results[1] then error(results[2], 0) end
  return results[2], results[3], results[4], results[5]
end

return task
