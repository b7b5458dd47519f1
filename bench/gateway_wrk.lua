-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- wrk -s gateway_wrk.lua: its findings as JSON, on the last line.

-- luacheck: globals done

local FOUND = '{"requests":%d,"seconds":%.6f,"p50_us":%.1f,"p99_us":%.1f,"errors":%d}\n'

function done(summary, latency)
  local errors = summary.errors
  io.write(FOUND:format(summary.requests, summary.duration / 1e6, latency:percentile(50),
    latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
