-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Log lines on standard error, for commands that run long. Each line is written at once and in one
-- piece, for a journal or a pipe. Both functions can be the `log` option of an exporter.
-- @module kinesis_exporter.log.stderr

local core = require "kinesis_exporter.core"
local json = require "kinesis_exporter.util.json"
local log_fields = require "kinesis_exporter.log.fields"

local stderr = {}

--- For people: UTC time, level, text.
-- @tparam string level
-- @tparam string message
function stderr.text(level, message)
  io.stderr:write(("%s %-5s %s\n"):format(os.date "!%Y-%m-%dT%H:%M:%SZ", level,
    (message:gsub("%c", " "))))
end

-- The time in the format of RFC 3339, in UTC with milliseconds.
local function timestamp()
  local now = core.wall()
  local seconds = math.floor(now)
  return ("%s.%03dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", seconds),
    math.floor((now - seconds) * 1000))
end

--- For programs: one JSON object with `time`, `level`, `message` and the fields.
-- @tparam string level
-- @tparam string message
-- @tparam table fields by name
function stderr.json(level, message, fields)
  local members = { { "time", timestamp() }, { "level", level }, { "message", message } }
  for _, field in ipairs(log_fields.list(fields)) do members[#members + 1] = field end
  io.stderr:write(json.object(members) .. "\n")
end

return stderr
