-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Looks for credentials when no option gives them, in the order of AWS's programs: environment,
-- profile with its roles and the web identity, container, IMDS. When a source is configured and
-- fails, the search ends with its error.
-- @module kinesis_exporter.credentials.chain

local container = require "kinesis_exporter.credentials.container"
local environment = require "kinesis_exporter.credentials.environment"
local shared_files = require "kinesis_exporter.credentials.shared_files"
local imds = require "kinesis_exporter.credentials.imds"
local profile = require "kinesis_exporter.credentials.profile"

local chain = {}

local HOW = "give the credentials option (a table or a function), set AWS_ACCESS_KEY_ID and "
  .. "AWS_SECRET_ACCESS_KEY, or name a profile that has some (AWS_PROFILE, the profile option)"

-- The profile option takes precedence over the environment.
local function of_environment(context)
  if context.settings.profile then return nil, "the profile option is set" end
  return environment.find()
end

local function of_profile(context)
  local fault = environment.fault("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
  if fault and not context.settings.profile then return false, fault end
  local loaded, message = shared_files.load()
  if not loaded then return false, message end
  context.files = loaded
  local name, asked = shared_files.profile_name(context.settings)
  if asked and not loaded.merged[name] then
    return false, ("there is no profile %q in %s"):format(name, loaded.where)
  end
  local found, why = profile.find(context, name, not context.settings.profile)
  if found then found.source = found.source or ("profile %q"):format(name) end
  if found ~= nil then return found, why end
  return nil, ("profile %q of %s has no credentials, AWS_WEB_IDENTITY_TOKEN_FILE is not set")
    :format(name, loaded.where)
end

local PLACES = {
  { "the environment", of_environment }, { "a profile", of_profile },
  { "the container's server", container.find }, { "the instance's metadata", imds.find },
}

--- Asks one source after the other, until one has credentials or fails. Call it in a coroutine, see
-- kinesis_exporter.credentials.request.
-- @tparam table context `settings`, and `core`, which sends the requests
-- @treturn table|nil `access_key_id`, `secret_access_key`, `session_token`, `expires`, in
-- seconds since the epoch, and `source`, where they were found
-- @treturn string|nil what was tried, or what failed
function chain.find(context)
  local reasons = {}
  for _, place in ipairs(PLACES) do
    local found, why = place[2](context)
    if found then
      found.source = found.source or place[1]
      return found
    end
    if found == false then return nil, why end
    reasons[#reasons + 1] = why
  end
  return nil, ("none found (%s): %s"):format(table.concat(reasons, "; "), HOW)
end

return chain
