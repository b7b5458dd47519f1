-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials of a role that is assumed with a token in a file. EKS gives this token to a pod.
-- @module kinesis_exporter.credentials.web_identity

local environment = require "kinesis_exporter.credentials.environment"
local shared_files = require "kinesis_exporter.credentials.shared_files"
local sts = require "kinesis_exporter.credentials.sts"

local variable = environment.variable

local web_identity = {}

local VARIABLES = {
  web_identity_token_file = "AWS_WEB_IDENTITY_TOKEN_FILE", role_arn = "AWS_ROLE_ARN",
  role_session_name = "AWS_ROLE_SESSION_NAME",
}

--- Looks for a token and exchanges it for credentials.
-- @tparam table context of the search
-- @tparam table profile its settings
-- @tparam boolean use_environment whether environment variables take precedence
-- @treturn table|nil|false nil when there is no token, false after a failure
-- @treturn string|nil why
function web_identity.find(context, profile, use_environment)
  local function setting(name)
    return use_environment and variable(VARIABLES[name]) or profile[name]
  end
  local path, role = setting "web_identity_token_file", setting "role_arn"
  if not path or path == "" then return nil, "AWS_WEB_IDENTITY_TOKEN_FILE is not set" end
  local fault = use_environment and environment.fault("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME")
  if fault then return false, fault end
  if not role then
    return false, "there is a web identity token file but no role: set AWS_ROLE_ARN, or role_arn "
      .. "in the profile"
  end
  local token, why = shared_files.read(path)
  if not token then return false, "web identity token: " .. tostring(why) end
  local found
  found, why = sts.ask(context, {
    Action = "AssumeRoleWithWebIdentity", RoleArn = role,
    WebIdentityToken = token:gsub("%s+$", ""),
    RoleSessionName = setting "role_session_name",
  })
  if found then found.source = "a web identity" end
  return found, why and ("web identity, role %s: %s"):format(role, why)
end

return web_identity
