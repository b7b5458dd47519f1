-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What a thread of ngx.run_worker_thread does, in a Lua state of its own.

local in_thread = {}

-- Records `count` events and gives how many were stored.
function in_thread.record(count)
  local Exporter = require "kinesis_exporter"
  local stored = 0
  for i = 1, count do
    if Exporter.record(('{"n":"%d"}'):format(i)) then stored = stored + 1 end
  end
  return stored
end

return in_thread
