-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials of a user who has signed in with IAM Identity Center (`aws sso login`). The AWS CLI
-- stores the token in a file. Tokens are not renewed here.
-- @module kinesis_exporter.credentials.sso

local core = require "kinesis_exporter.core"
local endpoint = require "kinesis_exporter.credentials.endpoint"
local shared_files = require "kinesis_exporter.credentials.shared_files"
local json_reply = require "kinesis_exporter.credentials.json_reply"
local times = require "kinesis_exporter.util.times"
local request = require "kinesis_exporter.credentials.request"

local sso = {}

local NEEDED = { "sso_role_name", "sso_account_id", "sso_start_url", "sso_region" }

-- The settings of the profile and of the session that it names.
local function with_session(context, profile)
  local name, all = profile.sso_session, {}
  if not name then return profile end
  local session = context.files.sessions[name]
  if not session then return nil, ("sso_session %q does not exist"):format(name) end
  for key, value in pairs(profile) do all[key] = value end
  for key, value in pairs(session) do
    if (all[key] or value) ~= value then
      return nil, ("%s is not the same in the profile and in its sso_session"):format(key)
    end
    all[key] = value
  end
  return all
end

local function complete(context, profile)
  local settings, why = with_session(context, profile)
  if not settings then return nil, why end
  for _, name in ipairs(NEEDED) do
    if (settings[name] or "") == "" then return nil, "has no " .. name end
  end
  return settings
end

-- The file's name is the SHA-1 of the session's name or of the start URL (botocore's
-- SSOTokenLoader).
local function token_of(settings)
  local name = core.sha1(settings.sso_session or settings.sso_start_url)
  local text = shared_files.read("~/.aws/sso/cache/" .. name .. ".json")
  local cached = text and core.json_members(text)
  local token = cached and cached.accessToken
  local expires = cached and times.epoch(cached.expiresAt)
  if type(token) ~= "string" or token == "" or token:find "%c" or not expires then
    return nil, "nobody has signed in"
  end
  if expires <= os.time() then return nil, "the sign-in has expired" end
  return token
end

local function read(text)
  local parts = core.json_members(text)
  local role = parts and parts.roleCredentials
  if type(role) ~= "table" then return nil, "the answer has no roleCredentials" end
  local found, why = json_reply.credentials {
    AccessKeyId = role.accessKeyId, SecretAccessKey = role.secretAccessKey,
    SessionToken = role.sessionToken,
  }
  local expiration = role.expiration
  if found and type(expiration) ~= "number" then return nil, "no expiration in the answer" end
  if found then found.expires = math.floor(expiration / 1000) end
  return found, why
end

local function ask(context, settings, token)
  local url, why = endpoint.url("SSO", settings.sso_region)
  if not url then return nil, why end
  local status, text = request.insist(context, {
    url = url .. "/federation/credentials?" .. endpoint.form {
      account_id = settings.sso_account_id, role_name = settings.sso_role_name,
    },
    method = "GET", headers = { "x-amz-sso_bearer_token: " .. token },
  })
  if not status then return nil, text end
  if status == 401 then return nil, "the sign-in is no longer valid" end
  if status ~= 200 then return nil, ("status %d: does the user have this role?"):format(status) end
  return read(text)
end

--- Looks for a signed-in user's credentials.
-- @tparam table context of the search, with `files`
-- @tparam table profile its settings
-- @tparam string name the profile's
-- @treturn table|nil|false nil when the profile does not use SSO, false after a failure
-- @treturn string|nil why
function sso.find(context, profile, name)
  if not (profile.sso_account_id or profile.sso_role_name) then return nil end
  local settings, why = complete(context, profile)
  if not settings then return false, "SSO: " .. why end
  local token, found
  token, why = token_of(settings)
  if token then found, why = ask(context, settings, token) end
  if found then return found end
  return false, ("SSO: %s (aws sso login --profile %s signs in)"):format(why, name)
end

return sso
