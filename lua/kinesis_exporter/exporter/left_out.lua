-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Counters that Redis could not count up: the others of their reports were, so that
-- writing the reports again would count those twice. What is left is to tell.
-- @module kinesis_exporter.exporter.left_out

local log = require "kinesis_exporter.log.log"

local left_out = {}

--- Tells in the log how many counters were left out.
-- @tparam table this what is behind an exporter
-- @tparam int count
-- @tparam string first one of them, and what Redis answered
function left_out.tell(this, count, first)
  log(this, "error", "counters: %d could not be counted up, and were left out: %s", count, first,
    { event = "counters_left_out", count = count, first = first })
end

return left_out
