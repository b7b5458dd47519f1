-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials that were looked for, kept until they expire.
-- @classmod kinesis_exporter.credentials.cached

local chain = require "kinesis_exporter.credentials.chain"
local core = require "kinesis_exporter.core"
local fault = require("kinesis_exporter.credentials.option").fault

local Cached = {}
Cached.__index = Cached
Cached.__tostring = function() return "kinesis_exporter.credentials.cached" end

-- Seconds before they expire: from when on fresh ones are looked for meanwhile, and from
-- when on none are used without. How long after a search in vain there is another.
local ADVISORY, MANDATORY, AGAIN = 15 * 60, 10 * 60, 60

--- Makes one that has none yet.
-- @tparam table settings
-- @tparam userdata|table exporter_core sends its requests
-- @treturn Cached
function Cached.new(settings, exporter_core)
  return setmetatable({ settings = settings, core = exporter_core, retry_at = 0 }, Cached)
end

local function left(self)
  return self.current.expires - os.time()
end

--- The credentials that are there, if they may still be used.
-- @treturn table|nil
function Cached:valid()
  local current = self.current
  if current and (not current.expires or left(self) > 0) then return current end
end

--- Whether fresh ones must be there before anything is begun. Those that do not expire
-- may have been changed where they were found.
-- @treturn boolean
function Cached:must_look()
  if not self:valid() or not self.current.expires then return true end
  return left(self) < MANDATORY and core.monotonic() >= self.retry_at
end

--- Whether fresh ones are worth looking for while the others are in use.
-- @treturn boolean
function Cached:may_look()
  local current = self.current
  if not current or not current.expires then return false end
  return self.searching ~= nil or (left(self) < ADVISORY and core.monotonic() >= self.retry_at)
end

--- Forgets credentials that were refused.
function Cached:forget()
  self.current = nil
end

--- Breaks off a search.
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
    why = "those that were found have expired"
  end
  if why then
    self.retry_at = core.monotonic() + AGAIN
    return nil, "credentials: " .. why, "credentials"
  end
  self.current, self.retry_at = found, 0
  -- Some have no fresh ones before the others are nearly over, or none that live longer.
  if again and found.expires and left(self) < ADVISORY then
    self.retry_at = core.monotonic() + AGAIN
  end
  return found
end

--- Looks on, after beginning if no search is under way.
-- @tparam int ms how long it may wait
-- @treturn table|nil|false false while it is not done
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
