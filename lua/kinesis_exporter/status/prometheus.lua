-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Prometheus's text format, version 0.0.4.
-- @module kinesis_exporter.status.prometheus

local numbers = require "kinesis_exporter.util.numbers"

local prometheus = {}

-- Gauges: name, field of the report, meaning.
local GAUGES = {
  { "enabled", "enabled", "Is exporting on (1) or off (0)?" },
  { "lock_held", "lock", "Is a job or a flush under way, or queued (1)?" },
  { "pending_events", "pending", "Events stored and not yet accepted by Kinesis." },
  { "rejected_events", "rejected", "Events that cannot be exported as they are." },
  { "buckets", "buckets", "Buckets of changed counters that no job has read." },
  { "failed_jobs", "failed_jobs", "Jobs that failed three times or cannot be read." },
}

-- Gauges of the report's backlog. A gauge without a value is left out.
local OF_BACKLOG = {
  { "queued_jobs", "queued_jobs", "Jobs in the queue, of any class." },
  { "workers", "workers", "Workers that show that they are alive." },
  { "workers_dead", "workers_dead", "Registered workers that do not show that they are alive." },
  { "buckets_enabled", "buckets_enabled", "May producers fill buckets (1)?" },
  { "buckets_emergency", "buckets_emergency", "Has an emergency switched the buckets off (1)?" },
  { "late_buckets", "late_buckets",
    "Buckets that wait although a newer one has been read; at most 1000." },
  { "marker_ahead_seconds", "marker_ahead",
    "How far the newest bucket read lies in the future of Redis's clock." },
  { "oldest_bucket_timestamp_seconds", "oldest_bucket", "When the oldest waiting bucket begins." },
  { "latest_bucket_timestamp_seconds", "latest_bucket", "When the newest bucket read begins." },
  { "oldest_event_timestamp_seconds", "oldest_event",
    "When the oldest pending event was made, of those stored in chunks." },
}

-- Counters of all processes, since the first exporter added its figures.
local COUNTERS = {
  { "events_stored", "Events stored by record, add_pending_events and jobs." },
  { "events_accepted", "Events accepted by Kinesis." },
  { "events_refused", "Events that stayed pending because Kinesis refused them." },
  { "events_rejected", "Events put among the rejected events." },
  { "events_taken", "Events that jobs made of counters." },
  { "events_dropped", "Events refused because a buffer was full." },
  { "reports", "Reports taken." },
  { "reports_dropped", "Reports refused because a buffer was full." },
  { "counters_left_out", "Times that Redis could not count a counter up." },
  { "jobs", "Jobs begun." },
  { "flushes", "Flushes begun." },
  { "export_failures", "Jobs and flushes that ended with an error." },
  { "calls", "Calls to Kinesis." },
  { "retries", "Calls that repeat an earlier one." },
  { "throttled", "Answers of Kinesis that ask to slow down." },
  { "unknown_outcomes", "Calls that may or may not have arrived." },
  { "clock_corrections", "Corrections of the time in signatures." },
  { "credential_refreshes", "Times that fresh credentials were needed during an export." },
  { "records_sent", "Records in calls, repeats included." },
  { "records_refused", "Records refused by Kinesis, one by one." },
  { "bytes_sent", "Bytes of request bodies sent to Kinesis." },
  { "buckets_read", "Buckets read by jobs." },
  { "late_buckets_read", "Late buckets read by jobs." },
  { "keys_expired", "Counters of minutes that expired before a job read them." },
  { "keys_invalid", "Keys in buckets that are not stats keys, or not of an integer." },
  { "emergencies", "Times that bucket creation was switched off in an emergency." },
  { "store_failures", "Attempts to write to Redis that failed." },
}

local PREFIX = "kinesis_exporter_"

local function escape(text)
  return (text:gsub("[\\\n\"]", { ["\\"] = "\\\\", ["\n"] = "\\n", ['"'] = '\\"' }))
end

local function number(value)
  if type(value) ~= "number" then return value and "1" or "0" end
  return numbers.text(value)
end

local function add(lines, name, kind, help, value, labels)
  lines[#lines + 1] = ("# HELP %s%s %s"):format(PREFIX, name, help)
  lines[#lines + 1] = ("# TYPE %s%s %s"):format(PREFIX, name, kind)
  lines[#lines + 1] = ("%s%s%s %s"):format(PREFIX, name, labels or "", number(value))
end

local function add_known(lines, name, help, value)
  if value ~= nil then add(lines, name, "gauge", help, value) end
end

local function add_times(lines, report)
  local ttl = report.lock_ttl_ms
  add_known(lines, "lock_ttl_seconds", "How long the lock still lasts if nobody renews it.",
    ttl and ttl >= 0 and ttl / 1000 or nil)
  add_known(lines, "latest_bucket", "Name of the newest bucket read: YYYYmmddHHMMSS, UTC.",
    tonumber(report.latest_bucket))
  add_known(lines, "last_export_timestamp_seconds", "When Kinesis last accepted events.",
    report.totals.last_export_time)
  add_known(lines, "redis_clock_offset_seconds",
    "How far the clock of Redis is ahead of the clock of this machine.", report.redis_clock_offset)
end

local function add_all(lines, report)
  for _, gauge in ipairs(GAUGES) do
    add(lines, gauge[1], "gauge", gauge[3], report[gauge[2]])
  end
  for _, gauge in ipairs(OF_BACKLOG) do
    add_known(lines, gauge[1], gauge[3], report.backlog[gauge[2]])
  end
  add_times(lines, report)
  for _, counter in ipairs(COUNTERS) do
    add(lines, counter[1] .. "_total", "counter", counter[2], report.totals[counter[1]] or 0)
  end
end

--- Writes a report.
-- @tparam table report of kinesis_exporter.status.snapshot
-- @treturn string
function prometheus.write(report)
  local lines = {}
  add(lines, "build_info", "gauge", "The exporter that answers.", 1,
    ('{version="%s",stream="%s"}'):format(escape(report.version), escape(report.stream or "")))
  add(lines, "up", "gauge", "Did Redis answer without an error (1)?", report.up)
  if report.up then add_all(lines, report) end
  return table.concat(lines, "\n") .. "\n"
end

return prometheus
