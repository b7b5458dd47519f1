-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Times as jobs carry them.
-- @module kinesis_exporter.times

local times = {}

local FORM = "^(%d%d%d%d)%-(%d%d)%-(%d%d)[ T](%d%d):(%d%d):(%d%d)([%.%d]*)(.*)$"

local UTC = { [" UTC"] = true, Z = true, ["+00:00"] = true, [" +0000"] = true }

--- The name of the bucket that would begin then.
-- @tparam string text like "2026-11-22 18:30:50 UTC", or as ISO 8601 writes it, in UTC
-- @treturn string|nil 14 digits; nil when the text is no such time
function times.bucket(text)
  local year, month, day, hour, minute, second, fraction, zone = text:match(FORM)
  if not year or not UTC[zone] then return nil end
  if fraction ~= "" and not fraction:find "^%.%d+$" then return nil end
  return year .. month .. day .. hour .. minute .. second
end

return times
