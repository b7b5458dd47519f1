-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The fields of a log message in a fixed order: first the event, then the others by name.
-- @module kinesis_exporter.log.fields

local json = require "kinesis_exporter.util.json"

local log_fields = {}

local PLAIN = { string = true, number = true, boolean = true }

local function before(a, b)
  if a == "event" or b == "event" then return a == "event" and b ~= "event" end
  return a < b
end

--- The fields as a list for kinesis_exporter.util.json.
-- @tparam table fields by name
-- @treturn {table,...}
function log_fields.list(fields)
  local names, out = {}, {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names, before)
  for i, name in ipairs(names) do
    local value = fields[name]
    out[i] = { name, PLAIN[type(value)] and value or tostring(value) }
  end
  return out
end

-- A text with blanks or other special characters is quoted.
local function value_text(value)
  if type(value) ~= "string" then return json.value(value) end
  return value:find "^[%w_.:/@+-]+$" and value or json.value(value)
end

--- The fields as `key=value`, separated by blanks. A text that is not a plain word is in quotes,
-- with JSON's escapes.
-- @tparam table fields by name
-- @treturn string
function log_fields.text(fields)
  local out = {}
  for i, field in ipairs(log_fields.list(fields)) do
    out[i] = field[1] .. "=" .. value_text(field[2])
  end
  return table.concat(out, " ")
end

return log_fields
