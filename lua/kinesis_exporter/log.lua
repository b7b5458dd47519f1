-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Calls the `log` option; without one, in nginx, writes to its error log. What went
-- wrong last is remembered, for a status page.
-- @module kinesis_exporter.log

local phases = require "kinesis_exporter.phases"

local ngx = _G.ngx

local KEPT = 10

local recent = {}

local function remember(level, message)
  table.insert(recent, 1, { time = os.time(), level = level, message = message })
  recent[KEPT + 1] = nil
end

local function write_to_nginx(level, message)
  local levels = { info = ngx.INFO, warn = ngx.WARN, error = ngx.ERR }
  ngx.log(levels[level] or ngx.ERR, "kinesis-exporter: ", message)
end

local write = phases.in_nginx() and write_to_nginx or function() end

local log = {}

--- Says something.
-- @tparam table this what is behind an exporter
-- @tparam string level "info", "warn" or "error"
-- @tparam string format as for string.format, with its arguments after it
function log.say(this, level, format, ...)
  local message = format:format(...)
  if level ~= "info" then remember(level, message) end
  local to = this.settings.log or write
  to(level, message)
end

--- The last warnings and errors of this process, newest first.
-- @treturn {table,...} each `{time=, level=, message=}`
function log.recent()
  return recent
end

return setmetatable(log, { __call = function(_, ...) return log.say(...) end })
