-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The options of the command line, for kinesis_exporter.cli.arguments. The global options are
-- those of an exporter, except `log-format`, `json`, `help` and `version`.
-- @module kinesis_exporter.cli.options

local arguments = require "kinesis_exporter.cli.arguments"
local config = require "kinesis_exporter.config"
local log_format = require "kinesis_exporter.log.format"
local numbers = require "kinesis_exporter.util.numbers"
local redshift = require "kinesis_exporter.redshift"

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

local function as_is(text)
  if text == "" then return nil, "must not be empty" end
  return text
end

local function seconds_from(least, most)
  return function(text)
    local number = text:find "^%d+%.?%d*$" and tonumber(text)
    if number and number >= least and number <= most then return number end
    return nil, ("must be a number from %s to %s"):format(numbers.text(least), numbers.text(most))
  end
end

-- An option of the exporter. `key` is its name in Lua.
local function of_exporter(key, value, summary, reader)
  return {
    name = key:gsub("_", "-"), key = key, value = value, summary = summary, global = true,
    read = (reader or text_of)(key),
  }
end

-- An option of kinesis_exporter.redshift.
local function of_sql(key, value, summary)
  return {
    name = key:gsub("_", "-"), value = value, summary = summary,
    read = function(text)
      local fault = redshift.fault(key, text)
      if fault then return nil, fault end
      return text
    end,
  }
end

options.list = {
  of_exporter("redis", "URL", "Redis (KINESIS_EXPORTER_REDIS; redis://127.0.0.1:6379)"),
  of_exporter("analytics_redis", "URL", "for events (KINESIS_EXPORTER_ANALYTICS_REDIS; same)"),
  of_exporter("queue_redis", "URL", "for jobs (KINESIS_EXPORTER_QUEUE_REDIS; same)"),
  of_exporter("stream", "NAME", "the stream to send to (KINESIS_EXPORTER_STREAM)"),
  of_exporter("region", "REGION", "its region (AWS_REGION, AWS_DEFAULT_REGION)"),
  of_exporter("profile", "NAME", "profile of the AWS files, before the environment"),
  of_exporter("endpoint", "URL", "the service's address (AWS_ENDPOINT_URL; the region's)"),
  of_exporter("sink", "SINK", "firehose or streams (KINESIS_EXPORTER_SINK; firehose)"),
  of_exporter("ca_file", "FILE", "trusted certificates (AWS_CA_BUNDLE; the system's)"),
  of_exporter("concurrency", "N", "calls at the same time, 1 to 64 (4)", number_of),
  of_exporter("queue", "NAME", "the Resque queue of the jobs (stats)"),
  of_exporter("log_level", "LEVEL", "least level to log (KINESIS_EXPORTER_LOG_LEVEL; info)"),
  {
    name = "log-format", value = "FORMAT", global = true, read = log_format.read,
    summary = "text or json (KINESIS_EXPORTER_LOG_FORMAT; text)",
  },
  { name = "json", summary = "print the result as one JSON object", global = true },
  { name = "help", summary = "show this help, or the help of a command (-h)", global = true },
  { name = "version", summary = "print the version", global = true },
  {
    name = "limit", value = "N", summary = "send at most N events (all)",
    read = arguments.count(0),
  },
  { name = "yes", summary = "confirm that this cannot be undone" },
  { name = "output", value = "FILE", summary = "write to this file", read = as_is },
  { name = "once", summary = "perform at most one job" },
  {
    name = "poll", value = "SECONDS", summary = "seconds between looks at an empty queue (1)",
    read = seconds_from(0.01, 3600),
  },
  {
    name = "every", value = "SECONDS", summary = "the interval (run: 120; metrics: once)",
    read = seconds_from(1, 86400),
  },
  of_sql("schema", "NAME", "the schema of the tables (backend)"),
  of_sql("table", "NAME", "the table for the events (events)"),
  of_sql("dialect", "DIALECT", "redshift or postgresql (redshift)"),
  of_sql("path", "PATH", "where the events are: s3://bucket/2026/11/23/10/"),
  of_sql("iam_role", "ARN", "role with which Redshift reads, or default"),
  { name = "skip-minutes", summary = "leave out events of the period minute" },
}

--- The options of an exporter, taken from those of a command line.
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
