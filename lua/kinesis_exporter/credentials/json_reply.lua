-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials in the JSON of AWS.
-- @module kinesis_exporter.credentials.json_reply

local core = require "kinesis_exporter.core"
local times = require "kinesis_exporter.util.times"

local json_reply = {}

--- Credentials from their parts.
-- @tparam table parts `AccessKeyId`, `SecretAccessKey`, `SessionToken` or `Token`,
-- `Expiration`
-- @treturn table|nil `access_key_id`, `secret_access_key`, `session_token`, `expires`
-- @treturn string|nil what is missing
function json_reply.credentials(parts)
  for _, name in ipairs { "AccessKeyId", "SecretAccessKey" } do
    if type(parts[name]) ~= "string" or parts[name] == "" then
      return nil, "no " .. name .. " in the answer"
    end
  end
  local expires = parts.Expiration and times.epoch(parts.Expiration)
  if parts.Expiration and not expires then return nil, "Expiration is not an ISO 8601 time" end
  return {
    access_key_id = parts.AccessKeyId, secret_access_key = parts.SecretAccessKey,
    session_token = parts.SessionToken or parts.Token, expires = expires,
  }
end

--- Credentials from the text of an answer.
-- @tparam string text
-- @treturn table|nil
-- @treturn string|nil what is wrong
-- @treturn table|nil the parts
function json_reply.parse(text)
  local parts = core.json_members(text)
  if not parts then return nil, "the answer is not a JSON object" end
  local found, why = json_reply.credentials(parts)
  return found, why, parts
end

return json_reply
