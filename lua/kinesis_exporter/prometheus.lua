-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Prometheus's text format, version 0.0.4.
-- @module kinesis_exporter.prometheus

local prometheus = {}

-- Of the moment: name, where the value is in a report, what it means.
local GAUGES = {
  { "enabled", "enabled", "Is exporting on (1) or off (0)?" },
  { "lock_held", "lock", "Is a job or a flush under way, or queued (1)?" },
  { "pending_events", "pending", "Events stored and not yet accepted by Kinesis." },
  { "rejected_events", "rejected", "Events that cannot be exported as they are." },
  { "buckets", "buckets", "Buckets of changed counters that no job has read yet." },
  { "failed_jobs", "failed_jobs", "Jobs that failed for good." },
}

-- Since the first exporter told its figures; of all processes.
local COUNTERS = {
  { "events_stored", "Events stored by record, add_pending_events and jobs." },
  { "events_accepted", "Events accepted by Kinesis." },
  { "events_rejected", "Events put among the rejected." },
  { "events_taken", "Events that jobs made of counters." },
  { "events_dropped", "Events refused because a buffer was full." },
  { "reports", "Reports taken." },
  { "reports_dropped", "Reports refused because a buffer was full." },
  { "jobs", "Jobs begun." },
  { "calls", "Calls to Kinesis." },
  { "retries", "Calls that repeat an earlier one." },
  { "throttled", "Answers of Kinesis that ask to slow down." },
  { "bytes_sent", "Bytes of request bodies sent to Kinesis." },
  { "emergencies", "Times that bucket creation was switched off in an emergency." },
  { "store_failures", "Attempts to write to Redis that failed." },
}

local PREFIX = "kinesis_exporter_"

local function escape(text)
  return (text:gsub("[\\\n\"]", { ["\\"] = "\\\\", ["\n"] = "\\n", ['"'] = '\\"' }))
end

local function number(value)
  if type(value) == "number" then return ("%.0f"):format(value) end
  return value and "1" or "0"
end

local function add(lines, name, kind, help, value, labels)
  lines[#lines + 1] = ("# HELP %s%s %s"):format(PREFIX, name, help)
  lines[#lines + 1] = ("# TYPE %s%s %s"):format(PREFIX, name, kind)
  lines[#lines + 1] = ("%s%s%s %s"):format(PREFIX, name, labels or "", number(value))
end

local function add_seconds(lines, report)
  if not report.latest_bucket then return end
  add(lines, "latest_bucket", "gauge", "Name of the newest bucket read: YYYYmmddHHMMSS, UTC.",
    tonumber(report.latest_bucket))
end

--- Writes a report.
-- @tparam table report of kinesis_exporter.status_report
-- @treturn string
function prometheus.write(report)
  local lines = {}
  add(lines, "build_info", "gauge", "Which exporter answers.", 1,
    ('{version="%s",stream="%s"}'):format(escape(report.version), escape(report.stream or "")))
  add(lines, "up", "gauge", "Could Redis be asked?", report.up)
  if report.up then
    for _, gauge in ipairs(GAUGES) do
      add(lines, gauge[1], "gauge", gauge[3], report[gauge[2]])
    end
    add_seconds(lines, report)
    for _, counter in ipairs(COUNTERS) do
      add(lines, counter[1] .. "_total", "counter", counter[2], report.totals[counter[1]] or 0)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return prometheus
