-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The command's options, as kinesis_exporter.arguments wants them. The global
-- ones, but for `json`, `help` and `version`, are options of an exporter.
-- @module kinesis_exporter.options

local arguments = require "kinesis_exporter.arguments"
local config = require "kinesis_exporter.config"

local options = {}

local function text_of(name)
  return function(text)
    local fault = config.fault(name, text)
    if fault then return nil, fault end
    return text
  end
end

local function number_of(name)
  return function(text)
    local number = text:find "^%d+$" and tonumber(text)
    if not number then return nil, "must be a whole number" end
    local fault = config.fault(name, number)
    if fault then return nil, fault end
    return number
  end
end

-- What an exporter is made with: `key` is the name of its option.
local function of_exporter(key, value, summary, reader)
  return {
    name = key:gsub("_", "-"), key = key, value = value, summary = summary, global = true,
    read = (reader or text_of)(key),
  }
end

options.list = {
  of_exporter("redis", "URL", "Redis (KINESIS_EXPORTER_REDIS; redis://127.0.0.1:6379)"),
  of_exporter("analytics_redis", "URL", "that of events (KINESIS_EXPORTER_ANALYTICS_REDIS; same)"),
  of_exporter("stream", "NAME", "the stream to send to (KINESIS_EXPORTER_STREAM)"),
  of_exporter("region", "REGION", "its region (AWS_REGION, AWS_DEFAULT_REGION)"),
  of_exporter("endpoint", "URL", "the service's address (AWS_ENDPOINT_URL; the region's)"),
  of_exporter("sink", "SINK", "firehose or streams (KINESIS_EXPORTER_SINK; firehose)"),
  of_exporter("ca_file", "FILE", "trusted certificates (AWS_CA_BUNDLE; the system's)"),
  of_exporter("concurrency", "N", "calls in flight, 1 to 64 (4)", number_of),
  { name = "json", summary = "print the result as one JSON object", global = true },
  { name = "help", summary = "show this help, or that of a command (-h)", global = true },
  { name = "version", summary = "print the version", global = true },
  {
    name = "limit", value = "N", summary = "send at most N events; all of them without it",
    read = arguments.count(0),
  },
  { name = "yes", summary = "yes, for good" },
}

--- What an exporter is made with, from a command line's options.
-- @tparam table given by name
-- @treturn table
function options.of_exporter(given)
  local out = {}
  for _, option in ipairs(options.list) do
    if option.key then out[option.key] = given[option.name] end
  end
  return out
end

return options
