-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- lua examples/script/job.lua    performs one job now
--
-- Options come from the environment (see ../systemd/kinesis-exporter.env). They can also stand
-- between the braces.

local Exporter = require "kinesis_exporter"

local exporter = assert(Exporter.new {
  log = function(level, message) io.stderr:write(level, " ", message, "\n") end,
})

local events, outcome, code = exporter:perform_job()
exporter:close()

if not events then
  io.stderr:write(("the job failed (%s): %s\n"):format(code, outcome))
  os.exit(1)
end

-- The outcome: nil when all is done; "disabled" or "locked" when there was nothing to do; "partial"
-- when Kinesis refused some events, which the next job sends.
print(("%d events were taken from buckets%s"):format(events, outcome and ", " .. outcome or ""))
