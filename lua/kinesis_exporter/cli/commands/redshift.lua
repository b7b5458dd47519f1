-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter redshift-sql`: each prints a script.
-- @module kinesis_exporter.cli.commands.redshift

local redshift = require "kinesis_exporter.redshift"

local redshift_command = {}

-- The module's messages begin with an option's name in Lua; the command's with --its-name.
local function as_option(fault)
  return "--" .. fault:gsub("^[%l_]+", function(name) return (name:gsub("_", "-")) end)
end

local function printed(sql, fault)
  if not sql then return nil, as_option(fault), "usage" end
  return { text = (sql:gsub("\n$", "")), fields = { { "sql", sql } } }
end

local function common(call)
  local options = call.options
  return { schema = options.schema, table = options.table, dialect = options.dialect }
end

function redshift_command.create(_, call)
  return printed(redshift.create(common(call)))
end

function redshift_command.load(_, call)
  local options, given = common(call), call.options
  options.path, options.iam_role, options.region = given.path, given["iam-role"], given.region
  options.skip_minutes = given["skip-minutes"]
  return printed(redshift.load(options))
end

function redshift_command.check(_, call)
  return printed(redshift.check(common(call)))
end

return redshift_command
