-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Stats keys once more, in Lua, written from the data contract alone: what an event must hold, and
-- keys made at random to ask for. The calendar is the system's, by os.date.

local cjson = require "cjson"

local oracle = {}

local DAY = 86400
local NA = "\255" -- stands for N/A where slashes separate; no key has that byte

-- The same numbers in every Lua: below(n) gives 0 .. n - 1.
function oracle.dice(seed)
  local state = seed * 7919 % 2147483646 + 1
  return function(n)
    state = state * 48271 % 2147483647
    return state % n
  end
end

local function monday_before(seconds)
  while os.date("!*t", seconds).wday ~= 2 do seconds = seconds - DAY end
  return seconds
end

local formats = { year = "!%Y0101", month = "!%Y%m01", week = "!%Y%m%d", day = "!%Y%m%d",
  hour = "!%Y%m%d%H", minute = "!%Y%m%d%H%M" }

function oracle.period_start(period, seconds)
  if period == "eternity" then return "" end
  if period == "week" then seconds = monday_before(seconds) end
  local start = os.date(formats[period], seconds)
  while #start > 8 and start:sub(-1) == "0" do start = start:sub(1, -2) end
  return start
end

local function restored(compact)
  return compact .. ("0"):rep(14 - #compact)
end

function oracle.timestamp(compact)
  return compact == "" and ""
    or (restored(compact):gsub("^(%d%d%d%d%d%d%d%d)(%d%d)(%d%d)%d%d$", "%1 %2:%3"))
end

-- The calendar is the same every 400 years, and os.date knows these 400 well.
local function find_day(date)
  local year, month, day = date:match("^(%d%d%d%d)(%d%d)(%d%d)$")
  local modern = ("%d%s%s"):format(2000 + year % 400, month, day)
  local near = math.floor((modern:sub(1, 4) - 1970) * 365.2425 + (month - 1) * 30.44 + day)
  for number = near - 4, near + 4 do
    if year ~= "0000" and os.date("!%Y%m%d", number * DAY) == modern then
      return { monday = os.date("!%w", number * DAY) == "1" }
    end
  end
  return false
end

local days = {}

local function real_day(date)
  if days[date] == nil then days[date] = find_day(date) end
  return days[date]
end

local ends = { year = "0101000000", month = "01000000", week = "000000", day = "000000",
  hour = "0000", minute = "00" }

local function read_time(period, compact)
  if #compact < 8 or #compact > 14 or compact:find("%D") then return nil end
  if #compact > 8 and compact:find("0$") then return nil end
  local full = restored(compact)
  local day, hour, minute = real_day(full:sub(1, 8)), full:sub(9, 10), full:sub(11, 12)
  if not day or tonumber(hour) > 23 or tonumber(minute) > 59 then return nil end
  if full:sub(-#ends[period]) ~= ends[period] then return nil end
  if period == "week" and not day.monday then return nil end
  return oracle.timestamp(compact)
end

local sequences = { "^[%z\1-\127]", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]" }

local function utf8_valid(text)
  local at = text:find("[\128-\255]") or #text + 1
  while at <= #text do
    local last
    for _, sequence in ipairs(sequences) do
      last = last or select(2, text:find(sequence, at))
    end
    if not last then return false end
    at = last + 1
  end
  return true
end

local fields = { cinstance = true, uinstance = true, metric = true, response_code = true }

local function resolved(id)
  if id == NA then return cjson.null end
  return not id:find(NA, 1, true) and id or nil
end

local function read_segment(segment, event)
  local name, id = segment:match("^([^:]*):(.+)$")
  if segment == "eternity" and not event.period then
    event.period, event.timestamp = "eternity", ""
  elseif name and fields[name] and event[name] == nil then
    event[name] = resolved(id)
    return event[name] ~= nil
  elseif name and ends[name] and not event.period then
    event.period, event.timestamp = name, read_time(name, id)
    return event.timestamp ~= nil
  else
    return false
  end
  return true
end

-- The event as cjson decodes it; nil for a text that is not a stats key.
function oracle.read(key, value, time_gen)
  if key:find("[%z\n]") or not utf8_valid(key) then return nil end
  local marked, number = (key .. "/"):gsub(":N/A([/}])", ":" .. NA .. "%1"), 0
  local event = { value = value, time_gen = time_gen }
  for segment in marked:gmatch("([^/]*)/") do
    number = number + 1
    if number == 1 then
      if segment ~= "stats" then return nil end
    elseif number == 2 then
      event.service = resolved(segment:match("^{service:(.+)}$") or NA .. NA)
      if event.service == nil then return nil end
    elseif not read_segment(segment, event) then
      return nil
    end
  end
  return event.period and event or nil
end

-- Whether two decoded events, or nulls, are the same.
function oracle.same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for name, value in pairs(a) do
    if b[name] ~= value then return false end
  end
  for name in pairs(b) do
    if a[name] == nil then return false end
  end
  return true
end

local names = { "cinstance", "uinstance", "metric", "response_code" }
local kinds = { "year", "month", "week", "day", "hour", "minute" }
local ids = { "1006", "a60", "255", "2XX", "N/A", "N/A", "N", "A", "josé", "佐藤", "a:b", "{x}",
  "}", "alice@example.com", "two+words", "two words", " ", "\1", "\t", '"', "\\", "\127", "x:N" }
local splinters = { "/", ":", "}", "{", "N/A", "/N/A", ":N/A", "0", "1", "9", "00", "/metric:1",
  "/eternity", "/day:20151130", " ", "\n", "\t", "\255", "\195", "é", "\0", "+", "week", "hour:" }

local function pick(below, list)
  return list[below(#list) + 1]
end

local function random_period(below)
  if below(12) == 0 then return "eternity" end
  local period = pick(below, kinds)
  return period .. ":" .. oracle.period_start(period, below(60000) * DAY + below(24) * 3600
    + below(4) * below(3600))
end

local function whole_key(below)
  local segments = {}
  for _, name in ipairs(names) do
    if below(2) == 0 then
      table.insert(segments, below(#segments + 1) + 1, name .. ":" .. pick(below, ids))
    end
  end
  table.insert(segments, below(4) == 0 and 1 or #segments + 1, random_period(below))
  return "stats/{service:" .. pick(below, ids) .. "}/" .. table.concat(segments, "/")
end

-- One change: bytes taken out, put in or put in their place.
local function broken(below, key)
  local at, kind = below(#key + 1), below(3)
  local removed = kind == 0 and 0 or 1 + below(2) * below(6)
  return key:sub(1, at) .. (kind == 1 and "" or pick(below, splinters)) .. key:sub(at + removed + 1)
end

-- A function that makes a key a call: half of them whole, the others changed in a place or two.
function oracle.maker(seed)
  local below = oracle.dice(seed)
  return function()
    local key = whole_key(below)
    for _ = 1, math.max(0, below(4) - 1) do key = broken(below, key) end
    return key
  end
end

return oracle
