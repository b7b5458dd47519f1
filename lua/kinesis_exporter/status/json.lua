-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- A status report as JSON.
-- @module kinesis_exporter.status.json

local json = require "kinesis_exporter.util.json"

local status_json = {}

local FIELDS = {
  "version", "time", "up", "error", "code", "stream", "sink", "enabled", "lock", "lock_ttl_ms",
  "pending", "rejected", "buckets", "latest_bucket", "failed_jobs",
}

local OF_SAMPLES = { "time", "pending", "stored", "accepted" }
local OF_ERRORS = { "time", "level", "message" }

local function pick(from, names)
  local fields = {}
  for i, name in ipairs(names) do fields[i] = { name, from[name] } end
  return fields
end

local function sorted(from)
  local names = {}
  for name in pairs(from) do names[#names + 1] = name end
  table.sort(names)
  return { object = pick(from, names) }
end

local function list(items, names)
  local out = {}
  for i, item in ipairs(items) do out[i] = pick(item, names) end
  return out
end

--- A report as fields for kinesis_exporter.util.json.
-- @tparam table report of kinesis_exporter.status.snapshot
-- @treturn {table,...}
function status_json.fields(report)
  local fields = pick(report, FIELDS)
  local function add(name, value) fields[#fields + 1] = { name, value } end
  add("process", sorted(report.process))
  add("errors", list(report.errors, OF_ERRORS))
  if report.totals then
    add("totals", sorted(report.totals))
    add("samples", list(report.samples, OF_SAMPLES))
    add("backlog", sorted(report.backlog))
    add("redis_clock_offset", report.redis_clock_offset)
  end
  return fields
end

--- Writes a report.
-- @tparam table report of kinesis_exporter.status.snapshot
-- @treturn string
function status_json.write(report)
  return json.object(status_json.fields(report)) .. "\n"
end

return status_json
