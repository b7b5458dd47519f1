-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What exported events say about the counters in Redis, as the importing side sees it: the event
-- with the largest time_gen counts.

local cjson = require "cjson"

local told = {}

-- Periods whose counters become events.
local EXPORTED = { year = true, month = true, day = true, hour = true, minute = true }

local function identity(row)
  return ("%s|%s|%s|%s|%s|%s"):format(row.service, row.cinstance or "", row.metric or "",
    row.response_code or "", row.period, row.timestamp)
end

local function take(list, row)
  local key = identity(row)
  local last = list.last[key]
  local moment = key .. "|" .. row.time_gen
  local value = list.values[moment]
  list.values[moment] = row.value
  if value and value ~= row.value then
    list.contradictions[#list.contradictions + 1] = ("%s is %s and %s"):format(moment, value,
      row.value)
  end
  if not last or row.time_gen >= last.time_gen then list.last[key] = row end
end

-- Reads a list of events. Gives `ids`, how often each event with an id ("n") came, which is not
-- about a counter; `last`, the event that counts, by counter; and `contradictions`: counters that
-- have two values for one time_gen.
function told.read(events)
  local list = { ids = {}, last = {}, values = {}, contradictions = {} }
  for _, event in ipairs(events) do
    local id = event:match '"n":"(.-)"'
    if id then list.ids[id] = (list.ids[id] or 0) + 1 else take(list, cjson.decode(event)) end
  end
  return list
end

local function stamp_of(digits)
  return digits:sub(1, 8) .. " " .. (digits:sub(9) .. "0000"):sub(1, 2) .. ":"
    .. (digits:sub(11) .. "00"):sub(1, 2)
end

local LIST = "local list = {} for _, key in ipairs(redis.call('KEYS', 'stats/*')) do"
  .. " list[#list + 1] = key .. ' ' .. redis.call('GET', key) end return list"

-- Compares with the counters that are in Redis. Gives their number, and a list of those whose last
-- value was not exported.
function told.stale(redis, list)
  local stale, all = {}, 0
  for _, line in ipairs(redis.cli("EVAL", LIST, "0")) do
    local key, period, digits, value = line:match "^(.*)/(%a+):(%d+) (%d+)$"
    if EXPORTED[period] then
      local function part(name) return key:match("/" .. name .. ":([^/]*)") end
      local last = list.last[identity {
        service = key:match "{service:(.-)}", cinstance = part "cinstance", metric = part "metric",
        response_code = part "response_code", period = period, timestamp = stamp_of(digits),
      }]
      all = all + 1
      if not last or last.value ~= value then
        stale[#stale + 1] = ("%s, told as %s"):format(line, last and last.value or "nothing")
      end
    end
  end
  return all, stale
end

return told
