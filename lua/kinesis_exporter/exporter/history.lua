-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Totals of all processes, and samples over time. Each process adds what it has done since its
-- last addition. They are in Redis, so that each process shows the same figures.
-- @module kinesis_exporter.exporter.history

local object = require "kinesis_exporter.util.object"

local history = {
  -- Seconds between two additions.
  SECONDS = 10,
}

-- Each total is the sum of these counters of `stats`.
local TOTALS = {
  events_stored = { "events_added", "events_recorded", "events_taken" },
  events_accepted = { "events_accepted" }, events_rejected = { "events_rejected" },
  events_taken = { "events_taken" }, events_dropped = { "events_dropped" },
  reports = { "reports" }, reports_dropped = { "reports_dropped" }, jobs = { "jobs" },
  calls = { "calls" }, retries = { "retries" }, throttled = { "throttled" },
  bytes_sent = { "bytes_sent" }, emergencies = { "emergencies" },
  store_failures = { "store_failures" }, flushes = { "flushes" },
  export_failures = { "export_failures" }, credential_refreshes = { "credential_refreshes" },
  clock_corrections = { "clock_corrections" }, unknown_outcomes = { "unknown_outcomes" },
  events_refused = { "events_refused" }, records_sent = { "records_sent" },
  records_refused = { "records_refused" }, buckets_read = { "buckets_read" },
  late_buckets_read = { "late_buckets_read" },
  counters_left_out = { "counters_left_out" },
  keys_expired = { "keys_expired" }, keys_invalid = { "keys_invalid" },
}

local function sum(stats, names)
  local n = 0
  for _, name in ipairs(names) do n = n + (stats[name] or 0) end
  return n
end

--- Adds what an exporter has done since its last successful addition.
-- @tparam table this an exporter's private part
-- @treturn boolean|nil
-- @treturn string|nil message
-- @treturn string|nil code
function history.add(this)
  local stats, message, code = this.core:stats()
  if not stats then return nil, message, code end
  local now, exported, deltas = {}, this.exported or {}, {}
  stats.export_failures = this.export_failures
  for total, names in pairs(TOTALS) do
    now[total] = sum(stats, names)
    deltas[total] = now[total] - (exported[total] or 0)
  end
  local added
  added, message, code = this.core:history_add(deltas)
  if added then this.exported = now end
  return added, message, code
end

local function sample_of(line)
  local time, pending, stored, accepted = line:match "^(%d+) (%-?%d+) (%-?%d+) (%-?%d+)$"
  if not time then return nil end
  return { time = tonumber(time), pending = tonumber(pending), stored = tonumber(stored),
           accepted = tonumber(accepted) }
end

--- Reads totals and samples.
-- @tparam table exporter
-- @treturn table|nil totals by name; and `last_export_time` (seconds since the epoch), once Kinesis
-- has accepted events
-- @treturn {table,...}|string samples, oldest first: `{time=, pending=, stored=,
-- accepted=}`; or the message
-- @treturn string|nil code
function history.read(exporter)
  local text, message, code = object.private(exporter).core:history()
  if not text then return nil, message, code end
  local totals, samples = {}, {}
  for total in pairs(TOTALS) do totals[total] = 0 end
  for line in text:gmatch "[^\n]+" do
    local name, value = line:match "^([%a_]+) (%-?%d+)$"
    local sample = sample_of(line)
    if name then totals[name] = tonumber(value) end
    if sample then table.insert(samples, 1, sample) end
  end
  return totals, samples
end

return history
