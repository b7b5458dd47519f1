-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Schedules jobs at regular intervals, in a process that also performs jobs.
-- @module kinesis_exporter.jobs.scheduler

local core = require "kinesis_exporter.core"

local scheduler = {}

local WHY_NOT = {
  disabled = "no job is scheduled: exporting is off",
  locked = "no job is scheduled: one is queued or under way",
}

-- The next time of the timetable that lies in the future. Times that passed during a long job are
-- left out.
local function next_time(due, every, now)
  return due + every * (math.floor((now - due) / every) + 1)
end

--- Makes the function that a worker calls between jobs (see kinesis_exporter.jobs.worker).
-- @tparam table exporter
-- @tparam number every seconds between two jobs; the first job is scheduled at once
-- @tparam function log `(level, format, ...)`
-- @tparam[opt] function clock returns seconds (default: the core's)
-- @treturn function returns true, or nil, message and code
function scheduler.chore(exporter, every, log, clock)
  clock = clock or core.monotonic
  local due, said = clock(), nil
  return function()
    local now = clock()
    if now < due then return true end
    local key, why, code = exporter:schedule_job()
    if key == nil then return nil, why, code end
    due = next_time(due, every, now)
    if not key and why ~= said then
      log("info", WHY_NOT[why], { event = "job_not_scheduled", reason = why })
    end
    if key then log("info", "a job is scheduled", { event = "job_scheduled", lock_key = key }) end
    said = why
    return true
  end
end

return scheduler
