-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- How long to wait after a failure: exponential backoff with full jitter. A wait is a random time
-- up to a limit, and the limit doubles each time, so that many processes do not retry at the same
-- time.
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

--- After a success: the next wait is as short as the first one.
function Backoff:reset()
  self.failures = 0
end

--- Makes a backoff.
-- @tparam number least the longest first wait, in seconds
-- @tparam number most the longest wait, in seconds
-- @tparam function random returns a number from 0 to 1
-- @treturn kinesis_exporter.Backoff
function backoff.new(least, most, random)
  return setmetatable({ least = least, most = most, random = random, failures = 0 }, Backoff)
end

return backoff
