-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The end of workers, and of the Redis that they write to: nothing that was taken is lost, and no
-- code runs that uses freed memory.

local certificates = require "certificates"
local worlds = require "worlds"
local helper = require "helper"
local nginx = require "nginx"
local processes = require "processes"
local servers = require "servers"
local serving = require "serving"

local MANY = 500

describe("in nginx, the background thread", function()
  local world = serving.world()
  local keys = world.keys

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)
  after_each(world.end_server)

  it("runs no code that has been unloaded, however many workers end", function()
    world.serve { workers = 4 }
    for _ = 1, 10 do
      local pids = world.server.pids()
      for _ = 1, 8 do world.record(1) end
      world.server.signal "HUP"
      world.wait_for_successors(pids)
    end
    helper.wait_until(function() return #world.pending() == 80 end)
  end)

  it("stays in memory, and starts again, after the last Lua state has ended", function()
    world.serve({ http = "lua_code_cache off;" }, false)
    local pid = world.worker()
    for i = 1, 2 do
      assert.is_true((world.server.run(([[
        local Exporter = require "kinesis_exporter"
        assert(Exporter.configure %s)
        assert(Exporter.record '{"n":"%d"}')
        return Exporter.close()
      ]]):format(nginx.literal(world.settings()), i))))
      world.wait_for_numbered(i)
      helper.wait_until(function() return #world.threads(pid) == 0 end)
      assert.equal(204, (world.server.get "/_ready"))
      assert.truthy(processes.read_file(("/proc/%d/maps"):format(pid))
        :find("kinesis_exporter/core.so", 1, true))
    end
  end)

  local FLUSH = [[
    ngx.timer.at(0, function() result = { require("kinesis_exporter").flush_pending_events() } end)
  ]]

  it("ends before what it needs for TLS does, in the middle of a flush", function()
    local directory = helper.temporary_directory()
    local made = certificates.make(directory)
    local firehose = servers.start_firehose { tls = made.good }
    finally(function()
      firehose.stop()
      helper.remove_directory(directory)
    end)
    firehose.control("limits", { latency_ms = 2 })
    world.serve({}, {
      endpoint = firehose.url, ca_file = made.ca, batch_records = 1, events_per_record = 1,
    })
    local events = {}
    for round = 1, 12 do
      for _, event in ipairs(world.store_inbox(helper.events(300, round, round * 1000))) do
        events[#events + 1] = event
      end
      local before = firehose.stats().calls
      world.server.run(FLUSH)
      helper.wait_until(function() return firehose.stats().calls > before + 5 end)
      local pid = world.worker()
      os.execute("kill -TERM " .. pid)
      world.wait_for_successors { pid }
    end
    assert.is_true(world.exists(keys.inbox, keys.inbox_claimed, keys.pending) > 0)
    assert.is_nil(select(2, world.server.run [[
      return require("kinesis_exporter").flush_pending_events()
    ]]))
    assert.equal("", worlds.difference(events, firehose.events(), true))
    assert.equal("", world.leftovers())
  end)

  -- What has been taken in must be stored by the exit itself.
  local patient = { linger_ms = 60000, report_interval_ms = 60000 }

  local function record_and_end(ending)
    world.serve({}, patient)
    world.record(MANY)
    assert.same({}, world.pending())
    local pids = world.server.pids()
    pids[#pids + 1] = ending ~= "HUP" and world.server.master or nil
    world.server.signal(ending)
    for _, pid in ipairs(pids) do world.server.wait_gone(pid) end
    world.wait_for_numbered(MANY)
    assert.equal(tostring(MANY), world.hits())
  end

  for _, ending in ipairs { "QUIT", "TERM", "HUP" } do
    it("keeps every event and report on " .. ending, function() record_and_end(ending) end)
  end

  it("keeps every event and report when a handler calls os.exit", function()
    world.serve({ server = "location = /exit { content_by_lua_block { os.exit(0) } }" }, patient)
    world.record(MANY)
    local pids = world.server.pids()
    assert.equal(0, (world.server.get "/exit"))
    world.wait_for_successors(pids)
    world.wait_for_numbered(MANY)
    assert.equal(tostring(MANY), world.hits())
  end)

  it("lets a worker end in time while Redis does not answer", function()
    local redis = servers.start_redis()
    finally(redis.stop)
    world.serve({}, { redis = redis.unix_url, drain_timeout_ms = 200 })
    world.record(1)
    helper.wait_until(function() return redis.cli("LLEN", keys.inbox)[1] == "1" end)
    redis.signal "STOP"
    world.record(1)
    world.server.signal "TERM"
    world.server.wait_gone(world.server.master)
    redis.signal "CONT"
  end)

  -- Events that soon fill what a socket buffers; and a worker that SIGPIPE kills, like a script.
  local FLOW = [[
    location = /flow { content_by_lua_block {
      local Exporter = require "kinesis_exporter"
      assert(Exporter.record(('{"n":"%s","x":"%s"}'):format(ngx.var.arg_n, ("x"):rep(9000))))
      assert(Exporter.report { service_id = "1006", usage = { hits = 1 } })
    } }
  ]]
  local MORTAL = [[
    local ffi = require "ffi"
    ffi.cdef "void (*signal(int, void (*)(int)))(int);"
    ffi.C.signal(13, nil)
  ]]

  local function flowing(n)
    local list = {}
    for i = 1, n do list[i] = ('{"n":"%d","x":"%s"}'):format(i, ("x"):rep(9000)) end
    return list
  end

  local function inbox(redis)
    local list = {}
    for _, line in ipairs(redis.cli("LRANGE", keys.inbox, "0", "-1")) do
      if line ~= "" then list[#list + 1] = line end
    end
    return list
  end

  it("survives a Redis that dies while events flow, and stores all since then once", function()
    local directory = helper.temporary_directory()
    local redis = servers.start_redis { directory = directory }
    finally(function()
      redis.stop()
      helper.remove_directory(directory)
    end)
    world.serve({ server = FLOW, init_worker = MORTAL },
      { redis = redis.unix_url, report_interval_ms = 50 })
    local function stored(n)
      return redis.cli("GET", keys.inbox_events)[1] == tostring(n)
        and redis.cli("GET", serving.HITS)[1] == tostring(n)
    end
    local pid = world.worker()
    assert.is_nil((" " .. world.signals(pid, "SigIgn") .. " "):find " 13 ")
    world.record(10)
    helper.wait_until(function() return stored(10) end)
    redis.signal "STOP"
    world.server.get_many("/flow?n={n}", MANY)
    redis.signal "KILL"
    helper.wait_until(function()
      return (world.server.run "return require('kinesis_exporter').stats().store_failures > 0")
    end)
    redis.stop()
    redis = servers.start_redis { directory = directory }
    helper.wait_until(function() return stored(MANY) end)
    assert.equal("", worlds.difference(flowing(MANY), inbox(redis)))
    assert.same({ pid }, world.server.pids())
  end)
end)
