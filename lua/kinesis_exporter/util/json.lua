-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Writes JSON. The members of an object keep their order, and text may hold any bytes.
-- @module kinesis_exporter.util.json

local numbers = require "kinesis_exporter.util.numbers"

local json = {}

local SHORT = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local REPLACEMENT = "\239\191\189"

local function escape(char)
  return SHORT[char] or ("\\u%04x"):format(char:byte())
end

-- How many bytes follow the first byte of a character, and the range of the second byte.
local function shape(first)
  if first >= 0xc2 and first <= 0xdf then return 1, 0x80, 0xbf end
  if first == 0xe0 then return 2, 0xa0, 0xbf end
  if first == 0xed then return 2, 0x80, 0x9f end
  if first >= 0xe1 and first <= 0xef then return 2, 0x80, 0xbf end
  if first == 0xf0 then return 3, 0x90, 0xbf end
  if first == 0xf4 then return 3, 0x80, 0x8f end
  if first >= 0xf1 and first <= 0xf3 then return 3, 0x80, 0xbf end
end

-- The end of the UTF-8 character that begins at `at`, or nil when no character begins there.
local function character_end(text, at)
  local following, low, high = shape(text:byte(at))
  if not following then return end
  for i = at + 1, at + following do
    local byte = text:byte(i)
    if not byte or byte < low or byte > high then return end
    low, high = 0x80, 0xbf
  end
  return at + following
end

-- Replaces what is not UTF-8 in a run of bytes above 127.
local function repair(run)
  local out, at = {}, 1
  while at <= #run do
    local stop = character_end(run, at)
    out[#out + 1] = stop and run:sub(at, stop) or REPLACEMENT
    at = (stop or at) + 1
  end
  return table.concat(out)
end

local function string_of(text)
  return '"' .. text:gsub('[%c"\\]', escape):gsub("[\128-\255]+", repair) .. '"'
end

local function array(list)
  local out = {}
  for i, fields in ipairs(list) do out[i] = json.object(fields) end
  return "[" .. table.concat(out, ",") .. "]"
end

local function list_or_object(value)
  return value.object and json.object(value.object) or array(value)
end

-- JSON has no infinity.
local function number_of(value)
  return value - value == 0 and numbers.text(value) or "null"
end

local WRITERS = {
  ["nil"] = function() return "null" end,
  boolean = tostring,
  number = number_of,
  string = string_of,
  table = list_or_object,
}

--- A value as JSON. Members of objects have these types.
-- @param value
-- @treturn string
function json.value(value)
  return WRITERS[type(value)](value)
end

--- An object as JSON on one line. Bytes that are not UTF-8 become U+FFFD.
-- @tparam {table,...} fields each `{ name, value }`; a value is nil (null), a
-- boolean, a number, a string, a list of such fields (an array of objects), or
-- `{ object = fields }`
-- @treturn string
function json.object(fields)
  local out = {}
  for i, field in ipairs(fields) do
    out[i] = string_of(field[1]) .. ":" .. json.value(field[2])
  end
  return "{" .. table.concat(out, ",") .. "}"
end

return json
