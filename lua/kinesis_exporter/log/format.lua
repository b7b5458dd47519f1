-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The format of the command's log: lines for people, or JSON.
-- @module kinesis_exporter.log.format

local stderr = require "kinesis_exporter.log.stderr"

local log_format = {
  writers = { text = stderr.text, json = stderr.json },
}

local VARIABLE = "KINESIS_EXPORTER_LOG_FORMAT"

--- Reads the name of a format.
-- @tparam string text
-- @treturn string|nil "text" or "json"
-- @treturn string|nil what is wrong
function log_format.read(text)
  if log_format.writers[text] then return text end
  return nil, 'must be "text" or "json"'
end

--- The format that the option or the environment chooses; without them text.
-- @tparam string|nil given
-- @treturn string|nil
-- @treturn string|nil what is wrong with the environment
function log_format.wanted(given)
  local text = os.getenv(VARIABLE)
  if given or not text or text == "" then return given or "text" end
  local form, fault = log_format.read(text)
  return form, fault and ("%s %s"):format(VARIABLE, fault)
end

return log_format
