-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A clock for one redis-server: it stands still until set(). It is the option `clock` of
-- servers.start_redis.

local processes = require "processes"

local clocks = {}

-- Gives words (that a command begins with), set(seconds since the epoch), remove().
function clocks.new(seconds)
  local directory = processes.temporary_directory()
  local library, file = directory .. "/clock.so", directory .. "/clock"
  local code, _, err = processes.run { "cc", "-shared", "-fPIC", "-O2", "-o", library,
                                       processes.here() .. "harness/clock.c" }
  assert(code == 0, err)
  local clock = { words = { "env", "LD_PRELOAD=" .. library, "KX_CLOCK=" .. file } }

  function clock.set(now)
    processes.write_file(file .. ".new", ("%d\n"):format(now))
    assert(os.rename(file .. ".new", file))
  end

  function clock.remove()
    processes.remove_directory(directory)
  end

  clock.set(seconds)
  return clock
end

return clocks
