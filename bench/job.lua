-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Our job, as a Lua program does it: changed counters to events, and their export.
--
--   job.lua REDIS_URL ENDPOINT_URL
--
-- prints `ready`, performs the job when a line arrives, prints `done N`.

local Exporter = require "kinesis_exporter"

local exporter = assert(Exporter.new {
  redis = arg[1],
  endpoint = arg[2],
  stream = "bench",
  region = "eu-west-1",
  credentials = { access_key_id = "AKIDBENCH", secret_access_key = "bench" },
})

io.stdout:setvbuf "no"
io.write "ready\n"
assert(io.read(), "nobody said go")
local taken, outcome = exporter:perform_job()
if not taken or outcome then
  error("perform_job: " .. tostring(taken) .. ", " .. tostring(outcome))
end
io.write("done ", taken, "\n")
io.read()
exporter:close()
