-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What the log says after reports were written to Redis, in nginx and elsewhere.
-- @module kinesis_exporter.exporter.report_log

local log = require "kinesis_exporter.log.log"

local report_log = {}

local SWITCHED = {
  off = "buckets: switched off: there are too many of them, is a worker running?",
  on = "buckets: switched on again: all of them have been read",
}

--- Says that bucket creation was switched off or on.
-- @tparam table this an exporter's private part
-- @tparam string turn "off" or "on"
function report_log.switched(this, turn)
  log(this, "warn", SWITCHED[turn], { event = "buckets_switched", turn = turn })
end

--- Says how many counters Redis could not count up. The other counters of their reports were
-- counted, so writing these reports again would count those twice.
-- @tparam table this an exporter's private part
-- @tparam int count
-- @tparam string first one of them, and what Redis answered
function report_log.left_out(this, count, first)
  log(this, "error", "counters: %d could not be counted up, and were left out: %s", count, first,
    { event = "counters_left_out", count = count, first = first })
end

return report_log
