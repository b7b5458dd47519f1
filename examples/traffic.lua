-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- lua examples/traffic.lua [REPORTS]    the traffic of a small API platform, 5,000 requests of it
--
-- What a gateway does for each request, here for many at once: a list of reports is written in one
-- go. Options come from the environment.

local Exporter = require "kinesis_exporter"

local SLICE = 1000
local CODES = { 200, 200, 200, 200, 200, 302, 404, 503 }

local exporter = assert(Exporter.new {})
local left = tonumber(arg[1] or 5000)

math.randomseed(1)

local function request()
  return {
    service_id = tostring(math.random(1001, 1003)),
    application_id = ("app-%02d"):format(math.random(1, 40)),
    usage = { hits = 1, bytes = math.random(200, 9000) },
    response_code = CODES[math.random(#CODES)],
  }
end

while left > 0 do
  local slice = {}
  for i = 1, math.min(left, SLICE) do slice[i] = request() end
  assert(exporter:report(slice))
  left = left - #slice
end

local stats = exporter:stats()
print(("%d requests, %d counters increased"):format(stats.reports, stats.counters_written))
exporter:close()
