-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Small things that many specs need: files, waiting, JSON, and events like those of a busy backend.

local cjson = require "cjson"
local processes = require "processes"

local helper = {
  interpreter = processes.interpreter,
  json = cjson,
  quote = processes.quote,
  read_file = processes.read_file,
  write_file = processes.write_file,
  temporary_directory = processes.temporary_directory,
  remove_directory = processes.remove_directory,
  run = processes.run,
  sleep = processes.sleep,
  wait_until = processes.wait_until,
}

-- The same numbers in every Lua: below(n) gives 0 .. n - 1.
local function dice(seed)
  local state = seed * 7919 % 2147483646 + 1
  return function(n)
    state = state * 48271 % 2147483647
    return state % n
  end
end

local timestamp_forms = {
  year = "%04d0101 00:00", month = "%04d%02d01 00:00", day = "%04d%02d%02d 00:00",
  hour = "%04d%02d%02d %02d:00", minute = "%04d%02d%02d %02d:%02d",
}
local event_form =
  '{%s,"value":"%d","period":"%s","timestamp":"%s","time_gen":"20261122 %02d:%02d:%d0"}'
local periods = { "minute", "hour", "day", "month", "year" }
local users = { "alice@example.com", "josé", "佐藤", "Ωmega+12" }

local function subject(below, number)
  local fields = { ('"service":"%d"'):format(1000 + below(40)) }
  -- The multiplier is odd, so that numbers below 2^32 give different ids.
  fields[2] = ('"cinstance":"%08x"'):format(number * 48271 % 4294967296)
  if below(20) == 0 then
    fields[3] = ('"uinstance":"%s"'):format(users[below(#users) + 1])
  end
  if below(8) == 0 then
    fields[#fields + 1] = ('"response_code":"%d"'):format(200 + below(4) * 100 + below(5))
  else
    fields[#fields + 1] = ('"metric":"%d"'):format(1 + below(500))
  end
  return table.concat(fields, ",")
end

-- `count` different events as JSON text, each of about 150 bytes. The same seed gives the same
-- events. `first` (1) is the number of the first event: lists whose numbers do not overlap share no
-- event.
function helper.events(count, seed, first)
  local below, list = dice(seed or 1), {}
  for i = 1, count do
    local period = periods[below(#periods) + 1]
    local stamp = timestamp_forms[period]:format(2026, 1 + below(12), 1 + below(28), below(24),
                                                 below(60))
    list[i] = event_form:format(subject(below, (first or 1) + i - 1), 1 + below(100000), period,
                                stamp, below(24), below(60), below(6))
  end
  return list
end

-- How often each item occurs in a list.
function helper.counts(list)
  local counts = {}
  for _, item in ipairs(list) do counts[item] = (counts[item] or 0) + 1 end
  return counts
end

-- A function that gives numbers from 0 to n - 1, the same ones in every Lua.
function helper.dice(seed)
  local state = seed
  return function(n)
    state = state * 48271 % 2147483647
    return state % n
  end
end

return helper
