-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- lua5.4 examples/demo/traffic.lua [REPORTS]    counts REPORTS (5000) requests to an API
--
-- Settings come from the environment (see systemd/kinesis-exporter.env). Counting needs only
-- KINESIS_EXPORTER_REDIS. While buckets are off (see kinesis-exporter buckets enable) the counters
-- grow, but their changes are not exported.

local Exporter = require "kinesis_exporter"

local APPLICATIONS = 40
local METRICS = { "search", "read", "write" }
local CODES = { 200, 200, 200, 200, 200, 200, 200, 200, 404, 503 }

-- A call waits for Redis, so calls with many reports are faster. Equal counters of a call are added
-- up before they are written.
local REPORTS_A_CALL = 500

local function request()
  -- Some applications are busier than others.
  local application = math.floor(APPLICATIONS * math.random() ^ 2) + 1
  return {
    service_id = "1006",
    application_id = ("app-%02d"):format(application),
    usage = { hits = 1, [METRICS[math.random(#METRICS)]] = 1 },
    response_code = CODES[math.random(#CODES)],
  }
end

local function requests(n)
  local list = {}
  for i = 1, n do list[i] = request() end
  return list
end

local reports = tonumber(arg[1] or 5000)
if not reports or reports < 1 or reports % 1 > 0 then
  io.stderr:write("usage: lua5.4 examples/demo/traffic.lua [REPORTS]\n")
  os.exit(2)
end

math.randomseed(os.time())
local exporter = assert(Exporter.new {
  log = function(level, message) io.stderr:write(level, " ", message, "\n") end,
})

for done = 0, reports - 1, REPORTS_A_CALL do
  assert(exporter:report(requests(math.min(REPORTS_A_CALL, reports - done))))
end

local stats = exporter:stats()
exporter:close()
print(("%d reports, %d additions to counters"):format(stats.reports, stats.counters_written))
