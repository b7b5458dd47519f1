-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Where credentials come from: the `credentials` option, a table or a function
-- that returns one, else the AWS environment variables. No message ever holds a
-- value.
-- @module kinesis_exporter.credentials

local credentials = {}

local HOW = "give the credentials option (a table or a function) "
  .. "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

local FIELDS = { "access_key_id", "secret_access_key", "session_token" }

local function variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function environment()
  local id, secret = variable "AWS_ACCESS_KEY_ID", variable "AWS_SECRET_ACCESS_KEY"
  if not id then return nil, "AWS_ACCESS_KEY_ID is not set: " .. HOW end
  if not secret then return nil, "AWS_SECRET_ACCESS_KEY is not set: " .. HOW end
  local token = variable "AWS_SESSION_TOKEN"
  return { access_key_id = id, secret_access_key = secret, session_token = token }
end

-- What is wrong with the shape of credentials, or nil.
local function fault(found)
  for _, field in ipairs(FIELDS) do
    local value = found[field]
    if value == nil and field ~= "session_token" then return field .. " is missing" end
    if value ~= nil and (type(value) ~= "string" or value == "" or value:find "[%c]") then
      return field .. " is not a text without control characters"
    end
  end
end

local function ask(provider)
  local found, why = provider()
  if type(found) == "table" then return found end
  why = why or "it returned a " .. type(found)
  return nil, "the credentials function gave none: " .. tostring(why)
end

--- Finds credentials, afresh at every call.
-- @tparam table|function|nil option the `credentials` option
-- @treturn table|nil `{access_key_id=, secret_access_key=, session_token=}`
-- @treturn string|nil what is missing and how to give it
-- @treturn string|nil the code "credentials"
function credentials.find(option)
  local found, why
  if option == nil then
    found, why = environment()
  elseif type(option) == "function" then
    found, why = ask(option)
  else
    found = option
  end
  if found then why = fault(found) end
  if why then return nil, "credentials: " .. why, "credentials" end
  return found
end

return credentials
