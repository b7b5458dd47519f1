-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The buckets: sets of the counters that changed, one an interval.
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

--- Their names, oldest first: 14 digits, the UTC time at which each begins.
-- @treturn {string,...}|nil
function Buckets:list()
  return private(self).core:buckets_list()
end

--- Lets producers fill buckets.
-- @treturn true|nil
function Buckets:enable()
  return private(self).core:buckets_enable()
end

--- Keeps producers from filling buckets, until `enable`. Those that are there stay.
-- @treturn true|nil
function Buckets:disable()
  return private(self).core:buckets_disable()
end

--- Do producers fill buckets?
-- @treturn boolean|nil
function Buckets:enabled()
  local on, message, code = private(self).core:buckets_state()
  if on == nil then return nil, message, code end
  return on
end

--- Was the last one who switched them off the emergency (too many buckets, or too
-- many pending events), not a person? Producers then switch them on again by
-- themselves when no bucket is left.
-- @treturn boolean|nil
function Buckets:emergency()
  local on, emergency, code = private(self).core:buckets_state()
  if on == nil then return nil, emergency, code end
  return emergency
end

--- Switches them off, and deletes all there are: what changed in them is exported
-- only when it changes again.
-- @treturn int|nil number of buckets deleted
function Buckets:delete_all()
  return private(self).core:buckets_delete_all()
end

return Buckets
