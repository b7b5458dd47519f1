-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The buckets: sets of the counters that changed, one for each interval.
-- @module kinesis_exporter.exporter.buckets

local object = require "kinesis_exporter.util.object"

local private = object.private

---@class kinesis_exporter.Buckets
local Buckets = {}
Buckets.__index = Buckets

--- How many buckets there are.
-- @treturn int|nil
function Buckets:size()
  return private(self).core:buckets_size()
end

--- The names of the buckets, oldest first: 14 digits, the UTC time at which each begins.
-- @treturn {string,...}|nil
function Buckets:list()
  return private(self).core:buckets_list()
end

--- Lets producers fill buckets.
-- @treturn true|nil
function Buckets:enable()
  return private(self).core:buckets_enable()
end

--- Keeps producers from filling buckets until `enable`. The existing buckets stay.
-- @treturn true|nil
function Buckets:disable()
  return private(self).core:buckets_disable()
end

--- Tells whether producers fill buckets.
-- @treturn boolean|nil
function Buckets:enabled()
  local on, message, code = private(self).core:buckets_state()
  if on == nil then return nil, message, code end
  return on
end

--- Tells whether an emergency (too many buckets, or too many pending events), and not a person,
-- switched buckets off. Producers switch them on again when no bucket is left.
-- @treturn boolean|nil
function Buckets:emergency()
  local on, emergency, code = private(self).core:buckets_state()
  if on == nil then return nil, emergency, code end
  return emergency
end

--- Switches buckets off and deletes all of them. Their changes are exported only when the counters
-- change again.
-- @treturn int|nil number of buckets deleted
function Buckets:delete_all()
  return private(self).core:buckets_delete_all()
end

return Buckets
