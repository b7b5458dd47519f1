-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The doctor's check of the configuration: each value that is set, and where it comes from.
-- @module kinesis_exporter.doctor.settings

local config = require "kinesis_exporter.config"

local doctor_settings = {}

-- Options that are shown even when they have their defaults.
local ALWAYS = { redis = true, sink = true }

-- Options that are not text, or that other findings show.
local NEVER = { credentials = true, log = true }

local SECRETS = { redis_sentinel_password = true }

local URLS = {
  redis = true, analytics_redis = true, queue_redis = true, endpoint = true, proxy = true,
}

local MISSING = {
  stream = "not set: set the stream option, KINESIS_EXPORTER_STREAM or --stream",
  region = "not set: set the region option, AWS_REGION or --region",
}

-- libcurl's variables, in the order in which it reads them.
local PROXIES = {
  { "http_proxy", "all_proxy", "ALL_PROXY" },
  { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" },
}

-- Whether a text that is not a port stands after the host: it may be a password without its @.
local function seems_secret(rest)
  local after = rest:match "^[^/?#]*":gsub("^%[.-%]", ""):match ":(.*)"
  return after ~= nil and after:find "%D" ~= nil
end

--- A URL without user and password.
-- @tparam string text
-- @treturn string
function doctor_settings.shown(text)
  local scheme = text:match "^%a[%w+.-]*://" or ""
  local place = text:match "@([^@]*)$"
  if place then return scheme .. "***@" .. place end
  return seems_secret(text:sub(#scheme + 1)) and scheme .. "***" or text
end

local function text_of(name, value)
  if SECRETS[name] then return "***" end
  return URLS[name] and doctor_settings.shown(value) or tostring(value)
end

local function check_option(found, options, settings, name)
  local value, origin = settings[name], config.origin(options, name, settings.sink)
  if value == nil then
    if MISSING[name] then found:fail("option " .. name, MISSING[name]) end
  elseif ALWAYS[name] or (origin ~= "default" and origin) then
    found:ok("option " .. name, "%s (%s)", text_of(name, value), origin)
  end
end

local function check_proxy(found, settings)
  if settings.proxy then return end
  local secure = not (settings.endpoint or "https:"):lower():find "^http:"
  for _, variable in ipairs(PROXIES[secure and 2 or 1]) do
    local value = os.getenv(variable)
    if value and value ~= "" then
      found:ok("option proxy", "%s (%s), unless no_proxy names the endpoint",
        doctor_settings.shown(value), variable)
      return
    end
  end
end

--- Checks the configuration.
-- @tparam kinesis_exporter.Findings found
-- @tparam table options as for `new`
-- @treturn table|nil the settings; nil when an environment variable is wrong
function doctor_settings.check(found, options)
  local settings, fault = config.complete(options)
  if not settings then
    found:fail("environment", fault)
    return nil
  end
  for _, name in ipairs(config.names()) do
    if not NEVER[name] then check_option(found, options, settings, name) end
  end
  check_proxy(found, settings)
  return settings
end

return doctor_settings
