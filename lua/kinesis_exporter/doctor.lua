-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Checks everything that an export needs, one thing after the other, and changes nothing. When
-- something is missing, only its own checks fail.
-- @module kinesis_exporter.doctor

local core = require "kinesis_exporter.core"
local doctor_aws = require "kinesis_exporter.doctor.aws"
local doctor_redis = require "kinesis_exporter.doctor.redis"
local doctor_settings = require "kinesis_exporter.doctor.settings"
local doctor_data = require "kinesis_exporter.doctor.data"
local findings = require "kinesis_exporter.doctor.findings"

local doctor = {}

-- The longest wait for an answer: a person waits for the findings.
local LONGEST_MS = 10000

-- Libraries that do not fit are refused when the module is loaded.
local function check_libraries(found)
  local versions = core.versions()
  found:ok("libraries", "kinesis-exporter %s, %s, %s, %s, %s: they fit", core.version,
    versions.lua, versions.hiredis, versions.libcurl, versions.openssl)
end

local function copy(from, changes)
  local out = {}
  for name, value in pairs(from) do out[name] = value end
  for name, value in pairs(changes) do out[name] = value end
  return out
end

-- Opens a core with the settings; or without Redis, when a URL cannot be read.
local function open(found, settings)
  local made, message = core.new(settings)
  if made then return { core = made, settings = settings }, true end
  found:fail("redis", message)
  local without = copy(settings, {
    redis = "unix:///", analytics_redis = "unix:///", queue_redis = "unix:///",
  })
  return { core = assert(core.new(without)), settings = settings }, false
end

local function check_redis(found, this)
  local settings = this.settings
  local usable = doctor_redis.check(found, this, "main")
  if settings.analytics_redis ~= settings.redis then
    usable = doctor_redis.check(found, this, "data") and usable
  end
  if settings.queue_redis ~= settings.redis then
    usable = doctor_redis.check(found, this, "queue") and usable
  end
  if usable then doctor_data.check(found, this) end
end

--- Examines everything that an exporter with these options works with. It blocks, so nginx must not
-- call it.
-- @tparam table options as for `new`
-- @treturn {table,...} findings: `{ name =, level =, message = }`; levels are "ok",
-- "warning" and "failed"
-- @raise when an option is unknown, of the wrong type or out of range
function doctor.examine(options)
  local found = findings.new()
  local settings = doctor_settings.check(found, options or {})
  check_libraries(found)
  if not settings then return found.list end
  settings = copy(settings, {
    request_timeout_ms = math.min(settings.request_timeout_ms, LONGEST_MS),
  })
  local this, with_redis = open(found, settings)
  if with_redis then check_redis(found, this) end
  doctor_aws.check(found, this)
  this.core:close()
  return found.list
end

return doctor
