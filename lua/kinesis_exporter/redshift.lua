-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The importing side: SQL for Amazon Redshift that imports what Firehose wrote to S3. It keeps one
-- row for each event, the newest. Events may arrive repeatedly and in any order. PostgreSQL runs
-- the same merge; only the way to read files and the attributes of tables differ.
--
-- Each function takes a table of options. All of them know `schema` ("backend"), `table` ("events")
-- and `dialect` ("redshift" or "postgresql").
-- @module kinesis_exporter.redshift

local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local sql = require "kinesis_exporter.redshift.sql"
local suggestion = require "kinesis_exporter.util.suggestion"

local redshift = {}

local DEFAULTS = { schema = "backend", table = "events", dialect = "redshift" }

local IDENTITY = {
  "service", "cinstance", "uinstance", "metric", "response_code", "period", '"timestamp"',
}

-- The following functions return what is wrong with a value, or nil.

local function identifier_fault(text)
  if not text:find "^[a-z_][a-z0-9_]*$" or #text > 63 then
    return "must be lower-case letters, digits and _, not a digit first, and at most 63 of them"
  end
end

-- Quotes and backslashes are left out, because they could end an SQL literal.
local function path_fault(text)
  if not text:find "^[%w!_.*()/=+@,:&$ %-]+$" or #text > 1024 then
    return "must be letters, digits, spaces and !_.*()/=+@,:&$-, at most 1024 of them"
  end
end

local function role_fault(text)
  if text ~= "default" and not text:find "^arn:aws[%w%-]*:iam::%d+:role/[%w+=,.@/_:%-]+$" then
    return "must be like arn:aws:iam::123456789012:role/NAME, or default"
  end
end

local function region_fault(text)
  if not text:find "^%l[%l%d%-]*%-%d+$" then return "must be like eu-west-1" end
end

local function dialect_fault(text)
  if not sql.copy[text] then return 'must be "redshift" or "postgresql"' end
end

local function table_fault(text)
  if text == "loaded_paths" then return "must not be loaded_paths: another table has this name" end
  return identifier_fault(text)
end

local function of_text(fault)
  return function(value)
    if type(value) ~= "string" then return "must be a string, got a " .. type(value) end
    return fault(value)
  end
end

local FAULTS = {
  schema = of_text(identifier_fault),
  table = of_text(table_fault),
  dialect = of_text(dialect_fault),
  path = of_text(path_fault),
  iam_role = of_text(role_fault),
  region = of_text(region_fault),
  skip_minutes = function(value)
    if type(value) ~= "boolean" then return "must be true or false, got a " .. type(value) end
  end,
}

--- What is wrong with an option's value.
-- @tparam string name of an option that one of the functions below knows
-- @param value
-- @treturn string|nil nil when it is right
function redshift.fault(name, value)
  return FAULTS[name](value)
end

local function check_names(options, known)
  config.check_table(options)
  for name in pairs(options) do
    local found = false
    for _, other in ipairs(known) do found = found or other == name end
    if not found then
      core.raise(("unknown option '%s'%s"):format(tostring(name),
        suggestion.hint(tostring(name), known)))
    end
  end
end

-- The options with their defaults, or nil and what is wrong with one.
local function complete(options, known)
  check_names(options, known)
  local given = {}
  for _, name in ipairs(known) do
    local value = options[name]
    if value == nil then value = DEFAULTS[name] end
    local fault = value ~= nil and FAULTS[name](value)
    if fault then return nil, name .. " " .. fault, "config" end
    given[name] = value
  end
  return given
end

local function quoted(name)
  return '"' .. name .. '"'
end

local function literal(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

-- The condition under which a stored event and an arriving event are the same.
local function same(events_table)
  local out = {}
  for i, column in ipairs(IDENTITY) do
    out[i] = ("%s.%s = kinesis_exporter_newest.%s"):format(quoted(events_table), column, column)
  end
  return table.concat(out, "\n  AND ")
end

local function names_of(given)
  local schema = quoted(given.schema)
  return {
    schema = schema, table = quoted(given.table), events = schema .. "." .. quoted(given.table),
    paths = schema .. ".loaded_paths", name = literal(given.table), same = same(given.table),
    attributes = sql.attributes[given.dialect], now = sql.now[given.dialect],
    usage = sql.usage[given.dialect], date = sql.date,
  }
end

local function fill(template, values)
  return (template:gsub("%$(%l+)", values))
end

--- A script that creates the schema and the tables. Running it again changes nothing.
-- @tparam[opt] table options
-- @treturn string|nil
-- @treturn string|nil what is wrong with an option, whose name it begins with
-- @treturn string|nil the code "config"
-- @raise when an option is unknown
function redshift.create(options)
  local given, fault, code = complete(options or {}, { "schema", "table", "dialect" })
  if not given then return nil, fault, code end
  return fill(sql.create, names_of(given))
end

-- What is wrong with the options that only Redshift needs, or nil.
local function source_fault(given)
  if given.dialect ~= "redshift" then return end
  if not given.path:find "^s3://[%l%d][%l%d.%-]+/.*/$" then
    return "path must be like s3://bucket/2026/11/23/10/, the / at its end included"
  end
  if not given.iam_role then
    return "iam_role is missing: the ARN of a role that may read the path, or default"
  end
end

local function load_fault(given)
  if not given.path then return "path is missing: like s3://bucket/2026/11/23/10/" end
  return source_fault(given)
end

local function load_values(given)
  local values = names_of(given)
  values.path = literal(given.path)
  values.role = given.iam_role == "default" and "DEFAULT" or literal(given.iam_role or "")
  values.region = given.region and "\nREGION " .. literal(given.region) or ""
  values.skipped = given.skip_minutes and " OR period = 'minute'" or ""
  return values
end

--- A script that merges the events under a path of S3, for example those of an hour, into the
-- table, and records the path.
--
--   path          s3://bucket/2026/11/23/10/
--   iam_role      the ARN of a role that may read the path, or "default"
--   region        the region of the bucket, if it is not the cluster's
--   skip_minutes  true: events of the period minute are left out
--
-- With dialect "postgresql" it is a script for psql that reads the events from standard input. It
-- only records `path`, and does not use `iam_role` and `region`.
-- @tparam table options these and the common options
-- @treturn string|nil
-- @treturn string|nil what is wrong with an option, whose name it begins with
-- @treturn string|nil the code "config"
-- @raise when an option is unknown
function redshift.load(options)
  local given, fault, code = complete(options or {},
    { "schema", "table", "dialect", "path", "iam_role", "region", "skip_minutes" })
  if not given then return nil, fault, code end
  fault = load_fault(given)
  if fault then return nil, fault, "config" end
  return fill(sql.begin .. sql.copy[given.dialect] .. sql.merge, load_values(given))
end

--- A script that counts the events with more than one row, and shows what was loaded last and where
-- lines were left out.
-- @tparam[opt] table options
-- @treturn string|nil
-- @treturn string|nil what is wrong with an option, whose name it begins with
-- @treturn string|nil the code "config"
-- @raise when an option is unknown
function redshift.check(options)
  local given, fault, code = complete(options or {}, { "schema", "table", "dialect" })
  if not given then return nil, fault, code end
  return fill(sql.check, names_of(given))
end

return redshift
