-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The status report: everything that a status page shows, as one table.
-- @module kinesis_exporter.status.snapshot

local backlog = require "kinesis_exporter.status.backlog"
local core = require "kinesis_exporter.core"
local history = require "kinesis_exporter.exporter.history"
local log = require "kinesis_exporter.log.log"
local object = require "kinesis_exporter.util.object"
local platform = require "kinesis_exporter.util.platform"

local snapshot = {}

-- The figures of this process. They do not need Redis.
local function process(this)
  local look = this.channel and this.channel:look() or {}
  return {
    pid = platform.in_nginx() and _G.ngx.worker.pid() or nil,
    events_buffered = look.events_buffered, bytes_buffered = look.bytes_buffered,
    buffer_bytes = this.settings.buffer_bytes,
    events_dropped = look.events_dropped, reports_dropped = look.reports_dropped,
    store_failures = look.store_failures,
  }
end

local function failed(report, message, code)
  report.error, report.code, report.up = message, code, false
  return report
end

--- Collects the report.
-- @tparam table exporter
-- @treturn table `up`; when Redis is away `error` and `code`; else `enabled`, `lock`,
-- `lock_ttl_ms`, `pending`, `rejected`, `buckets`, `latest_bucket`, `failed_jobs`, `totals`,
-- `samples`, `backlog` (see kinesis_exporter.status.backlog) and `redis_clock_offset` (seconds)
function snapshot.collect(exporter)
  local this = object.private(exporter)
  local report = {
    version = core.version, time = os.time(), stream = this.settings.stream,
    sink = this.settings.sink, process = process(this), errors = log.recent(), up = true,
  }
  local status, message, code = exporter:status()
  if not status then return failed(report, message, code) end
  for name, value in pairs(status) do report[name] = value end
  report.failed_jobs, message, code = exporter:failed_jobs():size()
  if not report.failed_jobs then return failed(report, message, code) end
  report.totals, report.samples, code = history.read(exporter)
  if not report.totals then return failed(report, report.samples, code) end
  report.backlog = backlog.look(this)
  report.redis_clock_offset = backlog.clock_offset(this, "main", core.wall)
  return report
end

return snapshot
