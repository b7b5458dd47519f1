-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials in environment variables.
-- @module kinesis_exporter.credentials.environment

local check = require "kinesis_exporter.util.check"
local credentials = require "kinesis_exporter.credentials.option"
local times = require "kinesis_exporter.util.times"

local environment = {}

--- The value of a variable; nil when it is not set or empty.
-- @tparam string name
-- @treturn string|nil
function environment.variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local variable = environment.variable

--- What is wrong with variables that go into a header, a URL or a path.
-- @tparam string ... their names
-- @treturn string|nil a sentence that names the first one
function environment.fault(...)
  for _, name in ipairs { ... } do
    local value = variable(name)
    local fault = value and check.text_fault(value)
    if fault then return name .. " " .. fault end
  end
end

local function keys_fault()
  for _, field in ipairs { "access_key_id", "secret_access_key", "session_token" } do
    local name = "AWS_" .. field:upper()
    local value = variable(name)
    local fault = value and credentials.field_fault(field, value)
    if fault then return name .. " " .. fault end
  end
end

--- Looks for credentials.
-- @treturn table|nil|false nil when the variables are not set, false when they are wrong
-- @treturn string|nil why
function environment.find()
  local id, secret = variable "AWS_ACCESS_KEY_ID", variable "AWS_SECRET_ACCESS_KEY"
  if not id then return nil, "AWS_ACCESS_KEY_ID is not set" end
  if not secret then
    return false, "AWS_SECRET_ACCESS_KEY is not set, but AWS_ACCESS_KEY_ID is: set both or neither"
  end
  local fault = keys_fault()
  if fault then return false, fault end
  local expiry = variable "AWS_CREDENTIAL_EXPIRATION"
  local expires = expiry and times.epoch(expiry)
  if expiry and not expires then
    return false, "AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time"
  end
  return {
    access_key_id = id, secret_access_key = secret, session_token = variable "AWS_SESSION_TOKEN",
    expires = expires,
  }
end

return environment
