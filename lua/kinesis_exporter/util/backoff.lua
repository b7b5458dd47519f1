-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- How long to wait after a failure: up to twice as long each time, anything from
-- nothing to that (full jitter), so that many who wait do not come back at once.
-- @module kinesis_exporter.util.backoff

local backoff = {}

---@class kinesis_exporter.Backoff
local Backoff = {}
Backoff.__index = Backoff

--- The next wait.
-- @treturn number seconds
function Backoff:next()
  local longest = math.min(self.most, self.least * 2 ^ self.failures)
  self.failures = self.failures + 1
  return longest * self.random()
end

--- It worked: the next wait is as short as the first one.
function Backoff:reset()
  self.failures = 0
end

--- @tparam number least seconds that the first wait has at most
-- @tparam number most seconds that any has at most
-- @tparam function random gives a number from 0 to 1
-- @treturn kinesis_exporter.Backoff
function backoff.new(least, most, random)
  return setmetatable({ least = least, most = most, random = random, failures = 0 }, Backoff)
end

return backoff
