-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The options of this process's default exporter, for Lua states that configure none: nginx makes
-- states for one request (`lua_code_cache off`) or for a thread. Functions stay in the Lua state to
-- which they belong.
-- @module kinesis_exporter.exporter.configured

local core = require "kinesis_exporter.core"
local credentials = require "kinesis_exporter.credentials.option"

local configured = {}

local function elsewhere()
  return nil, "it was given to configure in another Lua state, and stays there: call configure "
    .. "in this state, too (in init_by_lua when lua_code_cache is off)"
end

--- Keeps options.
-- @tparam table options that are right
-- @treturn int|nil a number for `forget`
-- @treturn string|nil message
-- @treturn string|nil code
function configured.keep(options)
  local values, functions = {}, {}
  for name, value in pairs(options) do
    if type(value) == "function" then
      functions[name] = true
    elseif type(value) == "table" then
      values[name] = credentials.copy(value)
    else
      values[name] = value
    end
  end
  return core.keep_configured { values = values, functions = functions }
end

--- The options that a Lua state of this process kept last.
-- @treturn table|nil empty when none were kept
-- @treturn string|nil message
-- @treturn string|nil code
function configured.options()
  local found, message, code = core.configured()
  if message then return nil, message, code end
  if not found then return {} end
  if found.functions.credentials then found.values.credentials = elsewhere end
  return found.values
end

--- Forgets options, unless other options were kept since.
-- @tparam int number that `keep` returned
function configured.forget(number)
  core.forget_configured(number)
end

return configured
