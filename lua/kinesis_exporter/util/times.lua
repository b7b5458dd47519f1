-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Times in the formats of jobs and of AWS.
-- @module kinesis_exporter.util.times

local times = {}

local FORM = "^(%d%d%d%d)%-(%d%d)%-(%d%d)[ T](%d%d):(%d%d):(%d%d)([%.%d]*)(.*)$"

local UTC = { [" UTC"] = true, Z = true, ["+00:00"] = true, [" +0000"] = true }

local function days_of_month(year, month)
  if month == 2 then
    return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) and 29 or 28
  end
  return (month == 4 or month == 6 or month == 9 or month == 11) and 30 or 31
end

-- Whether the time exists. Second 60 is allowed, because there are leap seconds.
local function exists(year, month, day, hour, minute, second)
  return month >= 1 and month <= 12 and day >= 1 and day <= days_of_month(year, month)
    and hour <= 23 and minute <= 59 and second <= 60
end

-- The digits of a time, its fraction and its zone, or nil.
local function parts_of(text)
  local year, month, day, hour, minute, second, fraction, zone = text:match(FORM)
  if not year or (fraction ~= "" and not fraction:find "^%.%d+$") then return nil end
  if not exists(tonumber(year), tonumber(month), tonumber(day), tonumber(hour), tonumber(minute),
    tonumber(second)) then
    return nil
  end
  return year, month, day, hour, minute, second, zone
end

--- The name of the bucket that begins at a time.
-- @tparam string text like "2026-11-22 18:30:50 UTC", or a time in UTC of ISO 8601
-- @treturn string|nil 14 digits; nil when the text is not a time in UTC
function times.bucket(text)
  local year, month, day, hour, minute, second, zone = parts_of(text)
  if not year or not UTC[zone] then return nil end
  return year .. month .. day .. hour .. minute .. second
end

-- Days since the epoch: the rule of the Gregorian calendar, with years that begin in March.
local function days(year, month, day)
  local y = month > 2 and year or year - 1
  local leaps = math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
  return 365 * y + leaps + math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719469
end

--- Seconds since the epoch of a date and a time in UTC.
-- @tparam string|int year
-- @tparam string|int month
-- @tparam string|int day
-- @tparam string|int hour
-- @tparam string|int minute
-- @tparam string|int second
-- @treturn number
function times.seconds(year, month, day, hour, minute, second)
  return days(tonumber(year), tonumber(month), tonumber(day)) * 86400 + tonumber(hour) * 3600
    + tonumber(minute) * 60 + tonumber(second)
end

local function offset(zone)
  if UTC[zone] or zone == "UTC" then return 0 end
  local sign, hours, minutes = zone:match "^([+-])(%d%d):?(%d%d)$"
  return sign and (sign == "-" and -1 or 1) * (hours * 3600 + minutes * 60)
end

--- Seconds since the epoch.
-- @tparam string text a time of ISO 8601 with a zone; fractions are dropped
-- @treturn number|nil
function times.epoch(text)
  if type(text) ~= "string" then return nil end
  local year, month, day, hour, minute, second, zone = parts_of(text)
  local east = year and offset(zone)
  if not east then return nil end
  return times.seconds(year, month, day, hour, minute, second) - east
end

return times
