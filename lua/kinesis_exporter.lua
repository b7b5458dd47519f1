-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Takes an API platform's analytics events from Redis to Amazon Kinesis.
--
-- Each method of an exporter is also a function of the module. These functions work with a default
-- exporter. `configure` sets it up; without `configure` the environment does. On failure each
-- function returns `nil, message, code`. Wrong arguments raise.
-- @module kinesis_exporter

local Exporter = require "kinesis_exporter.exporter"
local core = require "kinesis_exporter.core"
local config = require "kinesis_exporter.config"
local configured = require "kinesis_exporter.exporter.configured"
local object = require "kinesis_exporter.util.object"
local platform = require "kinesis_exporter.util.platform"
local core_proxy = platform.in_nginx() and require "kinesis_exporter.nginx.core_proxy"

local module = { _VERSION = core.version }

local function make(options)
  local settings, message, code = config.complete(options or {})
  if not settings then return nil, message, code end
  if core_proxy then
    local this
    this, message, code = core_proxy.open(settings)
    if not this then return nil, message, code end
    return object.new(Exporter, this)
  end
  local made
  made, message, code = core.new(settings)
  if not made then return nil, message, code end
  return object.new(Exporter, { core = made, settings = settings })
end

--- Makes an exporter. It connects at its first use.
-- @tparam[opt] table options each has a default, except `stream` and `region`
-- @treturn Exporter|nil
-- @treturn string|nil what is wrong with a URL, a file or the environment
-- @treturn string|nil code: "config" or "memory"
-- @raise when an option is unknown, of the wrong type or out of range
---@param options table|nil
---@return kinesis_exporter.Exporter|nil exporter
---@return string|nil message
---@return string|nil code
function module.new(options)
  local made, message, code = make(options)
  return made, message, code
end

local default

-- The number under which this Lua state keeps its options for the other states of the process.
local kept

-- nginx: the functions that take the default exporter's events and reports. Handlers call them for
-- each request.
local record, report

local function set_default(exporter)
  local this = exporter and object.private(exporter)
  default = exporter
  record, report = this and this.record, this and this.report
end

--- Sets up the default exporter, with which the module's functions work, and closes an earlier one.
-- Lua states of this process that configure no exporter use the same options.
-- @tparam table options as for `new`
-- @treturn true|nil
function module.configure(options)
  local made, message, code = make(options)
  if not made then return nil, message, code end
  kept, message, code = configured.keep(options or {})
  if not kept then
    made:close()
    return nil, message, code
  end
  if default then default:close() end
  set_default(made)
  return true
end

--- The default exporter, with which the module's functions work.
-- @treturn Exporter|nil
-- @treturn string|nil message
-- @treturn string|nil code
function module.default()
  if default then return default end
  local options, message, code = configured.options()
  if not options then return nil, message, code end
  local made
  made, message, code = make(options)
  if not made then return nil, message, code end
  set_default(made)
  return made
end

local function on_default(method)
  return function(...)
    local exporter, message, code = module.default()
    if not exporter then return nil, message, code end
    return method(exporter, ...)
  end
end

for name, method in pairs(Exporter) do
  if type(method) == "function" and not name:find "^__" then module[name] = on_default(method) end
end

if core_proxy then
  local general_record, general_report = module.record, module.report
  function module.record(event)
    if record then return record(event) end
    return general_record(event)
  end
  function module.report(of)
    if report then return report(of) end
    return general_report(of)
  end
end

--- Releases the default exporter and forgets its options. The next use makes a new one.
-- @treturn true
function module.close()
  if default then default:close() end
  if kept then configured.forget(kept) end
  kept = nil
  set_default(nil)
  return true
end

return module
