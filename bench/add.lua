-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Stores the events on standard input, one a line, in slices of 10,000.
--
--   fill N | add.lua REDIS_URL

local Exporter = require "kinesis_exporter"

local SLICE = 10000

local exporter = assert(Exporter.new { redis = arg[1] })
local slice = {}

local function store()
  local stored, message = exporter:add_pending_events(slice)
  if stored ~= #slice then
    error("add_pending_events: " .. tostring(stored) .. ", " .. tostring(message))
  end
  slice = {}
end

for line in io.lines() do
  slice[#slice + 1] = line
  if #slice == SLICE then store() end
end
if #slice > 0 then store() end
exporter:close()
