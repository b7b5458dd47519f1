-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials that the chain found, kept until they expire.
-- @classmod kinesis_exporter.credentials.cached

local chain = require "kinesis_exporter.credentials.chain"
local core = require "kinesis_exporter.core"
local fault = require("kinesis_exporter.credentials.option").fault

local Cached = {}
Cached.__index = Cached
Cached.__tostring = function() return "kinesis_exporter.credentials.cached" end

-- In seconds. ADVISORY: refresh during a task this long before the credentials expire. MANDATORY:
-- refresh before a task begins. AGAIN: wait after a failed refresh.
local ADVISORY, MANDATORY, AGAIN = 15 * 60, 10 * 60, 60

--- Makes an empty cache.
-- @tparam table settings
-- @tparam userdata|table exporter_core sends the requests
-- @treturn Cached
function Cached.new(settings, exporter_core)
  return setmetatable({ settings = settings, core = exporter_core, retry_at = 0 }, Cached)
end

local function seconds_left(self)
  return self.current.expires - os.time()
end

--- The credentials in the cache, unless they have expired.
-- @treturn table|nil
function Cached:valid()
  local current = self.current
  if current and (not current.expires or seconds_left(self) > 0) then return current end
end

--- Whether credentials must be looked for before a task begins. Credentials without an expiry are
-- looked for each time, because they may have changed in their file or variable.
-- @treturn boolean
function Cached:must_look()
  if not self:valid() or not self.current.expires then return true end
  return seconds_left(self) < MANDATORY and core.monotonic() >= self.retry_at
end

--- Whether fresh credentials should be looked for during a task.
-- @treturn boolean
function Cached:may_look()
  local current = self.current
  if not current or not current.expires then return false end
  return self.searching ~= nil
    or (seconds_left(self) < ADVISORY and core.monotonic() >= self.retry_at)
end

--- Forgets credentials that the service refused.
function Cached:forget()
  self.current = nil
end

--- Ends a search early.
function Cached:abandon()
  local context = self.context
  self.searching, self.context = nil, nil
  if context and context.under_way then context.under_way:close() end
end

local function judge(self, found, why)
  local again = self.current ~= nil
  self.searching, self.context = nil, nil
  if found then
    why = fault(found)
    why = why and ("%s (%s)"):format(why, found.source)
  end
  if found and not why and found.expires and found.expires <= os.time() then
    why = "the credentials that were found have expired"
  end
  if why then
    self.retry_at = core.monotonic() + AGAIN
    return nil, "credentials: " .. why, "credentials"
  end
  self.current, self.retry_at = found, 0
  -- Some providers return the same credentials until they have nearly expired, or only short ones.
  if again and found.expires and seconds_left(self) < ADVISORY then
    self.retry_at = core.monotonic() + AGAIN
  end
  return found
end

--- Performs a step of the search, and begins one if none is under way.
-- @tparam int ms how long the step may wait
-- @treturn table|nil|false false while the search goes on
-- @treturn string|nil message
-- @treturn string|nil code
function Cached:step(ms)
  if not self.searching then
    self.context = { settings = self.settings, core = self.core }
    self.searching = coroutine.create(function() return chain.find(self.context) end)
  end
  local fine, found, why = coroutine.resume(self.searching, ms)
  if not fine then
    self:abandon()
    error(found, 0)
  end
  if coroutine.status(self.searching) ~= "dead" then return false end
  return judge(self, found, why)
end

return Cached
