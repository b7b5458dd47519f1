-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A world as of world.lua, with an nginx in it that records events.

local worlds = require "worlds"
local helper = require "helper"
local nginx = require "nginx"
local processes = require "processes"

local serving = {
  -- The counter of the reports that record() makes.
  HITS = "stats/{service:1006}/metric:hits/eternity",
}

-- Events as record() makes them.
function serving.numbered(n)
  local list = {}
  for i = 1, n do list[i] = ('{"n":"%d"}'):format(i) end
  return list
end

local function add_waiting(world)
  function world.wait_for_events(n)
    helper.wait_until(function() return #world.pending() >= n end, 20, n .. " events")
  end

  -- Waits for numbered events, and for no others.
  function world.wait_for_numbered(n)
    world.wait_for_events(n)
    local difference = worlds.difference(serving.numbered(n), world.pending())
    if difference ~= "" then error(difference, 2) end
  end

  -- Waits until other workers have taken over from those.
  function world.wait_for_successors(pids)
    for _, pid in ipairs(pids) do world.server.wait_gone(pid) end
    helper.wait_until(function() return #world.server.pids() == #pids end)
    assert(world.server.get "/_ready" == 204)
  end
end

local function add_looking(world)
  function world.worker()
    return world.server.pids()[1]
  end

  -- The threads of a process but its first.
  function world.threads(pid)
    local list = {}
    for id in processes.output(("ls /proc/%d/task"):format(pid)):gmatch "%d+" do
      if tonumber(id) ~= pid then list[#list + 1] = id end
    end
    return list
  end

  -- A field of the status of a process, or of one of its threads.
  function world.status(pid, field, thread)
    local path = thread and ("/proc/%d/task/%d/status"):format(pid, thread)
      or ("/proc/%d/status"):format(pid)
    return processes.read_file(path):match("\n" .. field .. ":%s*(%S+)")
  end

  -- The signals 1 to 31 of a mask as /proc shows it: the others are the C library's own.
  function world.signals(pid, field, thread)
    local mask = tonumber(world.status(pid, field, thread):sub(-8), 16) % 2 ^ 31
    local list = {}
    for number = 1, 31 do
      if math.floor(mask / 2 ^ (number - 1)) % 2 == 1 then list[#list + 1] = number end
    end
    return table.concat(list, " ")
  end
end

-- Has `server` once serve() has started it.
function serving.world()
  local world = worlds.world()
  local settings = world.settings

  -- Those of an exporter that can export, and more.
  function world.settings(more)
    local complete = settings {
      stream = "backend-events", region = "eu-west-1", credentials = worlds.credentials,
    }
    for name, value in pairs(more or {}) do complete[name] = value end
    return complete
  end

  -- Starts nginx with options of nginx.start; `more` settings of its workers' exporter, false for
  -- no exporter.
  function world.serve(options, more)
    options = options or {}
    if more ~= false then options.configure = world.settings(more) end
    world.server = nginx.start(options)
  end

  -- Stops nginx. Raises if a worker ended in another way than by an order of its master.
  function world.end_server()
    world.server.stop()
    local log = world.server.log()
    local death = log:match "exited on signal[^\n]*" or log:match "exited with[^\n]*code [1-9]%d*"
    if death then error("a worker " .. death, 2) end
  end

  -- Records `n` events and makes `n` reports, in one request.
  function world.record(n)
    assert(world.server.run(([[
      local Exporter = require "kinesis_exporter"
      for i = 1, %d do
        assert(Exporter.record(('{"n":"%%d"}'):format(i)))
        assert(Exporter.report { service_id = "1006", usage = { hits = 1 } })
      end
      return true
    ]]):format(n)))
  end

  function world.hits()
    return world.redis.cli("GET", serving.HITS)[1]
  end

  add_waiting(world)
  add_looking(world)
  return world
end

return serving
