-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The options of `work` and `run`: their names, types and defaults.
-- @module kinesis_exporter.jobs.options

local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local numbers = require "kinesis_exporter.util.numbers"
local suggestion = require "kinesis_exporter.util.suggestion"

local worker_options = {}

local OPTIONS = {
  queue = { type = "string" },
  poll_seconds = { type = "number", default = 1, min = 0.01, max = 3600 },
  worker_ttl_seconds = { type = "number", default = 60, min = 1, max = 86400 },
  stop = { type = "function" },
  once = { type = "boolean", only = "work" },
  every_seconds = { type = "number", default = 120, min = 1, max = 86400, only = "run" },
}

local function names(method)
  local list = {}
  for name, option in pairs(OPTIONS) do
    if not option.only or option.only == method then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- What is wrong with an option, or nil.
local function fault(method, name, value)
  local option = OPTIONS[name]
  if not option or (option.only and option.only ~= method) then
    return ("unknown %s option '%s'%s"):format(method, tostring(name),
      suggestion.hint(tostring(name), names(method)))
  end
  if type(value) ~= option.type then
    return ("option '%s' must be a %s, got a %s"):format(name, option.type, type(value))
  end
  if option.min and not (value >= option.min and value <= option.max) then
    return ("option '%s' must be from %s to %s, got %s"):format(name, numbers.text(option.min),
      numbers.text(option.max), numbers.text(value))
  end
  local of_text = name == "queue" and config.fault(name, value)
  return of_text and ("option '%s' %s"):format(name, of_text) or nil
end

--- Completes options with the defaults.
-- @tparam table|nil options as the user gave them
-- @tparam string method "work" or "run"
-- @tparam string queue the exporter's queue
-- @treturn table
-- @raise when an option is wrong; the error names the line that called the public function
function worker_options.complete(options, method, queue)
  if options ~= nil and type(options) ~= "table" then
    core.raise(("expected a table of %s options, got a %s"):format(method, type(options)))
  end
  local complete = {}
  for name, option in pairs(OPTIONS) do complete[name] = option.default end
  complete.queue = queue
  for name, value in pairs(options or {}) do
    local wrong = fault(method, name, value)
    if wrong then core.raise(wrong) end
    complete[name] = value
  end
  return complete
end

return worker_options
