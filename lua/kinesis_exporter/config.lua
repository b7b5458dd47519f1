-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The options: their names, types, defaults, ranges, and environment variables. A wrong option is
-- the programmer's mistake and raises. A wrong environment variable is an operational error and is
-- returned.
-- @module kinesis_exporter.config

local shared_files = require "kinesis_exporter.credentials.shared_files"
local check = require "kinesis_exporter.util.check"
local core = require "kinesis_exporter.core"
local numbers = require "kinesis_exporter.util.numbers"
local suggestion = require "kinesis_exporter.util.suggestion"

local config = {}

local MIB = 1024 * 1024

-- A region is a host label, as in AWS's programs.
local function is_region(text)
  return #text <= 63 and text:find "^[%w-]+$" and text:find "%a" and not text:find "^%-"
    and not text:find "%-$"
end

-- As the API references of Firehose and Kinesis say. Firehose takes at most 64 bytes.
local function is_stream(text)
  return #text <= 128 and text:find "^[%w_.-]+$"
end

local LONGEST_FIREHOSE = 64

-- `env` lists the variables that give the default; the first one that is set counts. `min` and
-- `max` are inclusive. `blanks`: the text may begin and end with blanks. `is` is a function that
-- checks a text, and `form` says what the text must be.
local OPTIONS = {
  redis = {
    type = "string",
    env = { "KINESIS_EXPORTER_REDIS" },
    default = "redis://127.0.0.1:6379/0",
  },
  analytics_redis = { type = "string", env = { "KINESIS_EXPORTER_ANALYTICS_REDIS" } },
  queue_redis = { type = "string", env = { "KINESIS_EXPORTER_QUEUE_REDIS" } },
  redis_ca_file = { type = "string", env = { "KINESIS_EXPORTER_REDIS_CA_FILE" } },
  redis_cert_file = { type = "string", env = { "KINESIS_EXPORTER_REDIS_CERT_FILE" } },
  redis_key_file = { type = "string", env = { "KINESIS_EXPORTER_REDIS_KEY_FILE" } },
  redis_sentinel_user = { type = "string", env = { "KINESIS_EXPORTER_REDIS_SENTINEL_USER" } },
  redis_sentinel_password = {
    type = "string",
    env = { "KINESIS_EXPORTER_REDIS_SENTINEL_PASSWORD" },
    blanks = true,
  },
  key_prefix = { type = "string", env = { "KINESIS_EXPORTER_KEY_PREFIX" }, max_length = 100 },
  min_replicas = {
    type = "integer",
    env = { "KINESIS_EXPORTER_MIN_REPLICAS" },
    default = 0,
    min = 0,
    max = 100,
  },
  min_replicas_timeout_ms = { type = "integer", default = 1000, min = 1, max = 60000 },
  redis_timeout_ms = { type = "integer", default = 2000, min = 1, max = 3600000 },
  sink = {
    type = "string",
    env = { "KINESIS_EXPORTER_SINK" },
    default = "firehose",
    one_of = { "firehose", "streams" },
  },
  stream = {
    type = "string",
    env = { "KINESIS_EXPORTER_STREAM" },
    is = is_stream,
    form = "letters, digits and _.-, at most 128 of them",
  },
  region = {
    type = "string",
    env = { "AWS_REGION", "AWS_DEFAULT_REGION" },
    is = is_region,
    form = "letters, digits and hyphens, like eu-west-1",
  },
  endpoint = { type = "string" },
  credentials = { type = "credentials" },
  profile = { type = "string" },
  lock_resource = {
    type = "string",
    default = "ThreeScale::Backend::Analytics::Kinesis::Exporter",
  },
  lock_ttl_seconds = { type = "integer", default = 360, min = 1, max = 86400 },
  concurrency = { type = "integer", default = 4, min = 1, max = 64 },
  events_per_record = { type = "integer", default = 0, min = 0, max = 1000000 },
  record_bytes = { type = "integer", default = 0, min = 0, max = 10 * MIB - 256 },
  batch_bytes = { type = "integer", default = 0, min = 0, max = 10 * MIB },
  batch_records = { type = "integer", default = 0, min = 0, max = 500 },
  max_attempts = {
    type = "integer",
    env = { "AWS_MAX_ATTEMPTS" },
    default = 8,
    min = 1,
    max = 1000,
  },
  connect_timeout_ms = { type = "integer", default = 5000, min = 1, max = 3600000 },
  request_timeout_ms = { type = "integer", default = 60000, min = 1, max = 3600000 },
  ca_file = { type = "string", env = { "AWS_CA_BUNDLE" } },
  proxy = { type = "string" },
  partition_key = { type = "string", max_length = 256 },
  queue = { type = "string", default = "stats" },
  bucket_interval_seconds = { type = "integer", default = 10, min = 1, max = 30, divides = 60 },
  max_buckets = { type = "integer", default = 60, min = 1, max = 60 },
  min_export_events = { type = "integer", default = 1000, min = 0, max = 1000000 },
  max_pending_events = { type = "integer", default = 600000, min = 1, max = 10 ^ 12 },
  buffer_bytes = { type = "integer", default = 16 * MIB, min = 4096, max = 1024 * MIB },
  linger_ms = { type = "integer", default = 50, min = 1, max = 60000 },
  report_interval_ms = { type = "integer", default = 1000, min = 1, max = 60000 },
  drain_timeout_ms = { type = "integer", default = 2000, min = 0, max = 60000 },
  log = { type = "function" },
  log_level = {
    type = "string",
    env = { "KINESIS_EXPORTER_LOG_LEVEL" },
    default = "info",
    one_of = { "debug", "info", "warn", "error" },
  },
}

local ENDPOINTS = {
  firehose = { "AWS_ENDPOINT_URL_FIREHOSE", "AWS_ENDPOINT_URL" },
  streams = { "AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL" },
}

--- The names of the options.
-- @treturn {string,...} in alphabetical order
function config.names()
  local list = {}
  for name in pairs(OPTIONS) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function is_integer(value)
  return type(value) == "number" and value == math.floor(value) and value - value == 0
end

local function contains(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

-- What is wrong with a number, or nil.
local function integer_fault(option, value)
  if not is_integer(value) then
    local kind = type(value)
    local got = kind == "number" and "the number " .. numbers.text(value) or "a " .. kind
    return "must be a whole number, got " .. got
  end
  if value < option.min or value > option.max then
    return ("must be from %d to %d, got %s"):format(option.min, option.max, numbers.text(value))
  end
  if option.divides and option.divides % value ~= 0 then
    return ("must divide %d, got %d"):format(option.divides, value)
  end
end

-- What is wrong with a text, or nil. The message does not show the value, which may be secret.
local function string_fault(option, value)
  if type(value) ~= "string" then return "must be a string, got a " .. type(value) end
  if value == "" then return "must not be empty" end
  local fault = check.text_fault(value, option.blanks)
  if fault then return fault end
  if option.max_length and #value > option.max_length then
    return ("must be at most %d bytes long"):format(option.max_length)
  end
  if option.is and not option.is(value) then return "must be " .. option.form end
  if option.one_of and not contains(option.one_of, value) then
    return 'must be "' .. table.concat(option.one_of, '" or "') .. '"'
  end
end

local FAULTS = {
  integer = integer_fault,
  string = string_fault,
  ["function"] = function(_, value)
    if type(value) ~= "function" then return "must be a function, got a " .. type(value) end
  end,
  credentials = function(_, value)
    if type(value) ~= "function" and type(value) ~= "table" then
      return "must be a table or a function, got a " .. type(value)
    end
  end,
}

--- What is wrong with an option's value.
-- @tparam string name of a known option
-- @param value
-- @treturn string|nil nil when it is right
function config.fault(name, value)
  return FAULTS[OPTIONS[name].type](OPTIONS[name], value)
end

--- Raises when the options are not a table.
-- @param options
function config.check_table(options)
  if type(options) ~= "table" then
    core.raise("expected a table of options, got a " .. type(options))
  end
end

local function check_names(options)
  for name in pairs(options) do
    if not OPTIONS[name] then
      core.raise(("unknown option '%s'%s"):format(tostring(name),
        suggestion.hint(tostring(name), config.names())))
    end
  end
end

local function check_values(options)
  for name, value in pairs(options) do
    local fault = config.fault(name, value)
    if fault then core.raise(("option '%s' %s"):format(name, fault)) end
  end
end

-- Value and name of the first variable that is set and not empty.
local function from_environment(variables)
  for _, variable in ipairs(variables or {}) do
    local value = os.getenv(variable)
    if value and value ~= "" then return value, variable end
  end
end

local function default_of(option)
  local text, variable = from_environment(option.env)
  if not text then return option.default end
  local value = text
  if option.type == "integer" then
    value = text:find "^%-?%d+$" and tonumber(text)
    if not value then return nil, variable .. " must be a whole number" end
  end
  local fault = FAULTS[option.type](option, value)
  if fault then return nil, ("%s %s"):format(variable, fault) end
  return value
end

--- Where the value of an option comes from.
-- @tparam table options as the user gave them
-- @tparam string name
-- @tparam string sink
-- @treturn string|nil "option", the name of an environment variable, or "default"; nil
-- when the option has no value
function config.origin(options, name, sink)
  if options[name] ~= nil then return "option" end
  local variables = name == "endpoint" and ENDPOINTS[sink] or OPTIONS[name].env
  local _, variable = from_environment(variables)
  return variable or (OPTIONS[name].default ~= nil and "default") or nil
end

-- Completes region and endpoint from the files of AWS and from variables that depend on the sink.
-- Returns what is wrong with them, or nil.
local function complete_destination(settings)
  local variable
  if not settings.region then
    local region, place = shared_files.region(settings)
    local fault = region and config.fault("region", region)
    if fault then return place .. " " .. fault end
    settings.region = region
  end
  if not settings.endpoint then
    settings.endpoint, variable = from_environment(ENDPOINTS[settings.sink])
    local fault = variable and config.fault("endpoint", settings.endpoint)
    if fault then return variable .. " " .. fault end
  end
  if settings.sink == "firehose" and #(settings.stream or "") > LONGEST_FIREHOSE then
    return ("the stream's name must be at most %d bytes long"):format(LONGEST_FIREHOSE)
  end
end

--- Completes options from the environment and the defaults.
-- @tparam table options as the user gave them
-- @treturn table|nil the value of each option that has one
-- @treturn string|nil what is wrong with the environment
-- @treturn string|nil the code "config"
-- @raise when an option is unknown, of the wrong type or out of range
function config.complete(options)
  config.check_table(options)
  check_names(options)
  check_values(options)
  local settings = {}
  for name, option in pairs(OPTIONS) do
    local fault
    settings[name] = options[name]
    if settings[name] == nil then settings[name], fault = default_of(option) end
    if fault then return nil, fault, "config" end
  end
  settings.analytics_redis = settings.analytics_redis or settings.redis
  settings.queue_redis = settings.queue_redis or settings.redis
  local fault = complete_destination(settings)
  if fault then return nil, fault, "config" end
  return settings
end

return config
