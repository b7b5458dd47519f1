-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials that the user gives: the `credentials` option, a table or a function
-- that returns one. No message shows a value.
-- @module kinesis_exporter.credentials.option

local check = require "kinesis_exporter.util.check"

local credentials = {}

local FIELDS = { "access_key_id", "secret_access_key", "session_token" }

--- What is wrong with a field. The access key ID stands in a list in a header, so it has a rule of
-- its own.
-- @tparam string field
-- @param value
-- @treturn string|nil nil when it is right
function credentials.field_fault(field, value)
  if type(value) ~= "string" or value == "" then return "is not a text" end
  if field == "access_key_id" and value:find "[^\33-\126]" then
    return "must be printable ASCII without blanks (a newline at its end?)"
  end
  return check.text_fault(value)
end

--- What is wrong with the fields of credentials.
-- @tparam table found
-- @treturn string|nil nil when it is right
function credentials.fault(found)
  for _, field in ipairs(FIELDS) do
    local value = found[field]
    if value == nil and field ~= "session_token" then return field .. " is missing" end
    local fault = value ~= nil and credentials.field_fault(field, value)
    if fault then return field .. " " .. fault end
  end
end

--- A copy of credentials with their fields alone.
-- @tparam table found
-- @treturn table
function credentials.copy(found)
  local copy = {}
  for _, field in ipairs(FIELDS) do
    if type(found[field]) == "string" then copy[field] = found[field] end
  end
  return copy
end

local function ask(f, call)
  local ended, found, why = call(f)
  if not ended then return false end
  if type(found) == "table" then return found end
  why = why or "it returned a " .. type(found)
  return nil, "the credentials function returned none: " .. tostring(why)
end

local function call_at_once(f)
  return true, f()
end

--- Finds credentials, again at each call.
-- @tparam table|function option the `credentials` option
-- @tparam[opt] function call calls a function: returns true and its results, or false when waiting
-- for it has ended
-- @treturn table|false|nil `{access_key_id=, secret_access_key=, session_token=}`; false when
-- waiting has ended
-- @treturn string|nil what is missing and how to give it
-- @treturn string|nil the code "credentials"
function credentials.find(option, call)
  local found, why
  if type(option) == "function" then
    found, why = ask(option, call or call_at_once)
  else
    found = option
  end
  if found then why = credentials.fault(found) end
  if why then return nil, "credentials: " .. why, "credentials" end
  return found
end

return credentials
