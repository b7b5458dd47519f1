-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Our export, as a Lua program does it.
--
--   export.lua REDIS_URL ENDPOINT_URL [CA_FILE]
--
-- prints `ready`, exports when a line arrives, prints `done N`.

local Exporter = require "kinesis_exporter"

local exporter = assert(Exporter.new {
  redis = arg[1],
  endpoint = arg[2],
  ca_file = arg[3],
  stream = "bench",
  region = "eu-west-1",
  credentials = { access_key_id = "AKIDBENCH", secret_access_key = "bench" },
})

io.stdout:setvbuf "no"
io.write "ready\n"
assert(io.read(), "nobody said go")
local sent, outcome = exporter:flush_pending_events()
if not sent or outcome then
  error("flush_pending_events: " .. tostring(sent) .. ", " .. tostring(outcome))
end
io.write("done ", sent, "\n")
io.read()
exporter:close()
