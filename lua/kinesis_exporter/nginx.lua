-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- For nginx: its worker processes schedule and perform jobs, and a page shows the status.
-- @module kinesis_exporter.nginx

local Exporter = require "kinesis_exporter"
local negotiate = require "kinesis_exporter.nginx.negotiate"
local backoff = require "kinesis_exporter.util.backoff"
local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local history = require "kinesis_exporter.exporter.history"
local log = require "kinesis_exporter.log.log"
local object = require "kinesis_exporter.util.object"
local phases = require "kinesis_exporter.nginx.phases"
local page = require "kinesis_exporter.status.page"
local prometheus = require "kinesis_exporter.status.prometheus"
local status_json = require "kinesis_exporter.status.json"
local snapshot = require "kinesis_exporter.status.snapshot"
local worker_options = require "kinesis_exporter.jobs.options"

local ngx = assert(_G.ngx, "kinesis_exporter.nginx is for nginx and OpenResty")

local nginx = {}

-- The phases in which `start` is allowed: a timer can be made there, and a worker process passes
-- them once.
local STARTING = { init_worker = true, timer = true }

local function options_of_run(options)
  local complete = {}
  for name, value in pairs(options) do
    if name ~= "exporter" then complete[name == "every" and "every_seconds" or name] = value end
  end
  return complete
end

-- Works until the worker process ends. When the loop ends before that, it begins again.
local function work(exporter, options)
  local this = object.private(exporter)
  local failing = backoff.new(1, 30, core.random)
  while not ngx.worker.exiting() do
    local fine, jobs, message, code = pcall(exporter.run, exporter, options)
    if fine and jobs then return end
    log(this, "error", "jobs: %s%s: the loop begins again soon", tostring(fine and message or jobs),
      code and (" (%s)"):format(code) or "", { event = "jobs_ended", code = code })
    local deadline = core.monotonic() + failing:next()
    while core.monotonic() < deadline and not ngx.worker.exiting() do ngx.sleep(0.25) end
  end
end

local function in_timer(seconds, task, ...)
  local begun, why = ngx.timer.at(seconds, function(premature, ...)
    if not premature then task(...) end
  end, ...)
  if not begun then ngx.log(ngx.ERR, "kinesis-exporter: ngx.timer.at: ", why) end
end

local function keep_history(this)
  history.add(this)
  in_timer(history.SECONDS, keep_history, this)
end

--- Lets this worker process schedule and perform jobs. Call it in init_worker_by_lua. All worker
-- processes do this, and only one at a time has the lock.
-- @tparam[opt] table options `every`, seconds between two jobs (120); `exporter` (default: the
-- module's default exporter); and those of `run`: `queue`, `poll_seconds`,
-- `worker_ttl_seconds`, `stop`
-- @treturn true|nil
-- @treturn string|nil message
-- @treturn string|nil code
function nginx.start(options)
  options = options == nil and {} or options
  config.check_table(options)
  if not STARTING[ngx.get_phase()] then
    core.raise(("start belongs in init_worker_by_lua, not in the phase %s"):format(
      ngx.get_phase()))
  end
  local exporter = options.exporter
  if not exporter then
    local message, code
    exporter, message, code = Exporter.default()
    if not exporter then return nil, message, code end
  end
  local of_run = options_of_run(options)
  worker_options.complete(of_run, "run", "")
  in_timer(0, work, exporter, of_run)
  in_timer(0, keep_history, object.private(exporter))
  return true
end

local FORMATS = {
  html = { "text/html; charset=utf-8", page.write },
  json = { "application/json", status_json.write },
  prometheus = { "text/plain; version=0.0.4; charset=utf-8", prometheus.write },
}

local function answer(status, content_type, text)
  ngx.status = status
  ngx.header["Content-Type"] = content_type
  ngx.header["Cache-Control"] = "no-store"
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

--- Answers a request with the status: a page, JSON or Prometheus's text. The argument `format`
-- ("html", "json", "prometheus") or the Accept header of the request chooses. Call it in
-- content_by_lua. The location decides who may see it.
-- @tparam[opt] table options `exporter` (default: the module's default exporter)
-- @raise where no HTTP request can be answered
function nginx.status(options)
  local why_not = phases.why_no_answer()
  if why_not then core.raise("status belongs in content_by_lua of http {}: " .. why_not) end
  config.check_table(options or {})
  local format, status, why = negotiate.choose(ngx.var.arg_format, ngx.var.http_accept)
  if not format then return answer(status, "text/plain; charset=utf-8", why .. "\n") end
  local exporter, message = options and options.exporter, nil
  if not exporter then exporter, message = Exporter.default() end
  if not exporter then return answer(500, "text/plain; charset=utf-8", message .. "\n") end
  local report = snapshot.collect(exporter)
  answer(report.error and 503 or 200, FORMATS[format][1], FORMATS[format][2](report))
end

return nginx
