-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Calls the `log` option. Without this option nginx's error log is used in nginx, and no log
-- elsewhere. The last warnings and errors are kept for the status page.
-- @module kinesis_exporter.log.log

local callback = require "kinesis_exporter.util.callback"
local log_fields = require "kinesis_exporter.log.fields"
local platform = require "kinesis_exporter.util.platform"

local ngx = _G.ngx

-- The most messages that are kept.
local KEPT = 10

local RANKS = { debug = 1, info = 2, warn = 3, error = 4 }

local recent = {}

local function remember(level, message)
  table.insert(recent, 1, { time = os.time(), level = level, message = message })
  recent[KEPT + 1] = nil
end

local function write_to_nginx(level, message, fields)
  local levels = { debug = ngx.DEBUG, info = ngx.INFO, warn = ngx.WARN, error = ngx.ERR }
  ngx.log(levels[level] or ngx.ERR, "kinesis-exporter: ", (message:gsub("%c", " ")), " ",
    log_fields.text(fields))
end

local write = platform.in_nginx() and write_to_nginx or function() end

local log = {}

-- The last argument if it is a table, else an empty table.
local function fields_of(...)
  local n = select("#", ...)
  local last = n > 0 and select(n, ...) or nil
  return type(last) == "table" and last or {}
end

--- Logs a message, unless its level is below the `log_level` option.
-- @tparam table this an exporter's private part
-- @tparam string level "debug", "info", "warn" or "error"
-- @tparam string format as for string.format, with its arguments after it
-- @param ... after the arguments a table of fields: `event`, a name that stays the same when the
-- text changes, and further fields by name
function log.say(this, level, format, ...)
  if RANKS[level] < RANKS[this.settings.log_level or "info"] then return end
  local message, fields = format:format(...), fields_of(...)
  fields.stream = this.settings.stream
  if RANKS[level] >= RANKS.warn then remember(level, message) end
  callback.call(this, this.settings.log or write, level, message, fields)
end

--- The last warnings and errors of this process, newest first.
-- @treturn {table,...} each `{time=, level=, message=}`
function log.recent()
  return recent
end

return setmetatable(log, { __call = function(_, ...) return log.say(...) end })
