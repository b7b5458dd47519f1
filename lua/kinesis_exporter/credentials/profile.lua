-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials that a profile of the AWS files names: keys, a command, a role.
-- @module kinesis_exporter.credentials.profile

local container = require "kinesis_exporter.credentials.container"
local environment = require "kinesis_exporter.credentials.environment"
local imds = require "kinesis_exporter.credentials.imds"
local process = require "kinesis_exporter.credentials.process"
local sso = require "kinesis_exporter.credentials.sso"
local sts = require "kinesis_exporter.credentials.sts"
local web_identity = require "kinesis_exporter.credentials.web_identity"

local profile = {}

-- The values of credential_source.
local SOURCES = {
  Environment = environment.find, EcsContainer = container.find,
  Ec2InstanceMetadata = imds.find,
}

local function keys(settings)
  local id, secret = settings.aws_access_key_id, settings.aws_secret_access_key
  if not id then return nil end
  if not secret then return false, "has aws_access_key_id but no aws_secret_access_key" end
  return {
    access_key_id = id, secret_access_key = secret,
    session_token = settings.aws_session_token ~= "" and settings.aws_session_token or nil,
  }
end

-- All ways in AWS's order, except a role that is assumed with other credentials.
local function direct(context, name, use_environment)
  local files = context.files
  local settings = files.merged[name] or {}
  local ways = {
    function() return web_identity.find(context, settings, use_environment) end,
    function() return sso.find(context, settings, name) end,
    function() return keys(files.credentials[name] or {}) end,
    function() return process.find(context, settings) end,
    function() return keys(files.config[name] or {}) end,
  }
  for _, way in ipairs(ways) do
    local found, why = way()
    if found or found == false then return found, why end
  end
end

local function has_keys(settings)
  return settings.aws_access_key_id ~= nil or settings.aws_secret_access_key ~= nil
end

local function assumes(settings)
  return settings.role_arn ~= nil and settings.web_identity_token_file == nil
end

local function contains(list, item)
  for _, one in ipairs(list) do
    if one == item then return true end
  end
  return false
end

local assume

-- A profile may name itself: then its own keys are meant.
local function from_profile(context, name, source, visited)
  local settings = context.files.merged[source]
  if not settings then return false, ("source_profile %q does not exist"):format(source) end
  if contains(visited, source) and not (source == name and has_keys(settings)) then
    return false, ("source_profile %q leads back to itself"):format(source)
  end
  visited[#visited + 1] = source
  if assumes(settings) and not has_keys(settings) then return assume(context, source, visited) end
  local found, why = direct(context, source, false)
  if found then return found end
  return false, ("source_profile %q %s"):format(source, why or "has no credentials")
end

local function from_source(context, source)
  local find = SOURCES[source]
  if not find then
    return false, ("credential_source %q is not Environment, EcsContainer or "
      .. "Ec2InstanceMetadata"):format(source)
  end
  local found, why = find(context)
  return found or false, why and ("credential_source %s: %s"):format(source, why)
end

local function source_of(context, name, settings, visited)
  local source, other = settings.source_profile, settings.credential_source
  if source and other then return false, "has both source_profile and credential_source" end
  if source then return from_profile(context, name, source, visited) end
  if other then return from_source(context, other) end
  return false, "has role_arn but neither source_profile nor credential_source"
end

function assume(context, name, visited)
  local settings = context.files.merged[name]
  if settings.mfa_serial then
    return false, "needs an MFA code (mfa_serial), which nobody can enter here"
  end
  local signer, why = source_of(context, name, settings, visited)
  if not signer then return false, why end
  local found
  found, why = sts.ask(context, {
    Action = "AssumeRole", RoleArn = settings.role_arn, ExternalId = settings.external_id,
    RoleSessionName = settings.role_session_name,
    DurationSeconds = tonumber(settings.duration_seconds) and settings.duration_seconds,
  }, signer)
  return found, why and ("role %s: %s"):format(settings.role_arn, why)
end

--- Looks for a profile's credentials.
-- @tparam table context of the search, with `files`
-- @tparam string name
-- @tparam boolean use_environment whether a web identity may come from the environment
-- @treturn table|nil|false nil when it has none, false when a source that it names failed
-- @treturn string|nil why
function profile.find(context, name, use_environment)
  local found, why
  if assumes(context.files.merged[name] or {}) then
    found, why = assume(context, name, { name })
  else
    found, why = direct(context, name, use_environment)
  end
  return found, why and ("profile %q: %s"):format(name, why)
end

return profile
