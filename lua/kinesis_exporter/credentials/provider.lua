-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Gives the core credentials during a task: those of the `credentials` option, or those of AWS's
-- chain, which are refreshed before they expire.
-- @module kinesis_exporter.credentials.provider

local Cached = require "kinesis_exporter.credentials.cached"
local credentials = require "kinesis_exporter.credentials.option"
local log = require "kinesis_exporter.log.log"

local provider = {}

local STEP_MS, PAUSE = 100, 0.01

local function cached_of(this)
  this.cached = this.cached or Cached.new(this.settings, this.core)
  return this.cached
end

-- A slow function can ask whether the task still waits for it. In nginx it runs in a light thread
-- of its own instead.
local function caller_of(this, stopped)
  return function(f)
    if this.beside then return this.beside(this, f, stopped) end
    local found, why = f(function() return not stopped() end)
    return not stopped(), found, why
  end
end

local function give_option(this, stopped)
  local found, message, code = credentials.find(this.settings.credentials,
    caller_of(this, stopped))
  if not found then return found, message, code end
  return this.core:set_credentials(found)
end

-- In nginx the core may not wait: the coroutine sleeps instead, unless its process is ending.
local function step(this, cached)
  if this.ending and this.ending() then return nil, "the process is ending", "timeout" end
  local found, message, code = cached:step(this.sleep and 0 or STEP_MS)
  if found == false and this.sleep then this.sleep(PAUSE) end
  return found, message, code
end

local function search(this, cached, stopped)
  local found, message, code
  repeat
    if stopped() then return false end
    found, message, code = step(this, cached)
  until found ~= false
  return found, message, code
end

-- While the current credentials are valid, a failure is only logged.
local function fall_back(this, cached, message, code)
  local valid = cached:valid()
  if not valid or not valid.expires then return nil, message, code end
  local left = valid.expires - os.time()
  log(this, "warn", "%s: the current credentials stay in use, they are valid for %d s", message,
    left, { event = "credentials_not_refreshed", error = message, seconds_left = left })
  return valid
end

local function find(this, stopped)
  local cached = cached_of(this)
  if not cached:must_look() then return cached:valid() end
  local found, message, code = search(this, cached, stopped)
  if found ~= nil then return found end
  return fall_back(this, cached, message, code)
end

local function never() return false end

--- Finds credentials as a task does. It blocks, so nginx must not call it.
-- @tparam table this an exporter's private part
-- @treturn table|nil `access_key_id`, `secret_access_key`, `session_token`; those of the chain also
-- have `expires`, in seconds since the epoch, and `source`
-- @treturn string|nil message
-- @treturn string|nil code
function provider.find(this)
  if this.settings.credentials ~= nil then return credentials.find(this.settings.credentials) end
  return search({}, Cached.new(this.settings, this.core), never)
end

--- Gives the core credentials before a task begins.
-- @tparam table this an exporter's private part
-- @tparam function stopped called often during the search; it ends when this returns true
-- @treturn boolean|nil false when the search was ended
-- @treturn string|nil message
-- @treturn string|nil code
function provider.begin(this, stopped)
  if this.settings.credentials ~= nil then return give_option(this, stopped) end
  local found, message, code = find(this, stopped)
  if not found then return found, message, code end
  return this.core:set_credentials(found)
end

--- Between two steps of a task: performs a step of the refresh when one is due.
-- @tparam table this
function provider.tend(this)
  local cached = this.cached
  if not cached or not cached:may_look() then return end
  local found, message, code = cached:step(0)
  if found then
    log(this, "debug", "credentials were refreshed", { event = "credentials_refreshed" })
    this.core:set_credentials(found)
  elseif found == nil then
    fall_back(this, cached, message, code)
  end
end

--- After the service refused the credentials: performs a step of the search for others.
-- @tparam table this
-- @tparam function stopped as for `begin`
-- @treturn boolean|nil false while the search goes on
-- @treturn string|nil message
-- @treturn string|nil code
function provider.renew(this, stopped)
  if this.settings.credentials ~= nil then return give_option(this, stopped) end
  local cached = cached_of(this)
  cached:forget()
  local found, message, code = step(this, cached)
  if not found then return found, message, code end
  return this.core:set_credentials(found)
end

--- After a task: ends a search that is under way.
-- @tparam table this
function provider.finish(this)
  if this.cached then this.cached:abandon() end
end

return provider
