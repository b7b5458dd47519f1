-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The events that cannot be exported as they are.
-- @module kinesis_exporter.exporter.rejected_events

local check = require "kinesis_exporter.util.check"
local object = require "kinesis_exporter.util.object"

local private = object.private

---@class kinesis_exporter.RejectedEvents
local RejectedEvents = {}
RejectedEvents.__index = RejectedEvents

--- How many rejected events there are.
-- @treturn int|nil
function RejectedEvents:size()
  return private(self).core:rejected_size()
end

--- The oldest rejected events.
-- @tparam[opt=100] int n the most events to return
-- @treturn {table,...}|nil each `{event=, reason=, time=}`
function RejectedEvents:list(n)
  local most = check.count("n", n == nil and 100 or n) or check.MOST
  return private(self).core:rejected_list(most)
end

--- Makes those events pending again that can be exported now, for example after `record_bytes` was
-- raised. The others stay.
-- @treturn int|nil number of events that are pending again
function RejectedEvents:retry()
  return private(self).core:rejected_retry()
end

--- Deletes all rejected events.
-- @treturn int|nil number of events deleted
function RejectedEvents:delete_all()
  return private(self).core:rejected_delete_all()
end

return RejectedEvents
