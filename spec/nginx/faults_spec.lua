-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Events and reports that nginx takes while Redis or the endpoint fails: all that was accepted
-- arrives and is counted.

local helper = require "helper"
local load = require "load"
local servers = require "servers"

local DURABLE = { "--appendonly", "yes", "--appendfsync", "always" }

describe("nginx with Redis in trouble", function()
  local directory = helper.temporary_directory()
  local world = load.world { firehose = false, redis = { args = DURABLE, directory = directory } }

  setup(world.start)
  teardown(function()
    world.stop()
    helper.remove_directory(directory)
  end)
  before_each(function()
    world.reset()
    world.redis.cli("SET", "stats:enabled", "1")
  end)
  after_each(world.end_all)

  local function bring_redis_back()
    world.redis = servers.start_redis {
      args = DURABLE, directory = directory, port = world.redis.port,
    }
  end

  local function kill_redis()
    world.redis.signal "KILL"
    world.redis.stop()
  end

  local function is_stopped()
    return helper.read_file("/proc/" .. world.redis.pid .. "/stat"):match "%) (%a)" == "T"
  end

  local function resident_kib(pid)
    return tonumber(helper.read_file("/proc/" .. pid .. "/status"):match "VmRSS:%s+(%d+)")
  end

  local function wait_for_failures(server, count)
    local before = server.stats().store_failures
    helper.wait_until(function() return server.stats().store_failures >= before + count end, 30,
      count .. " attempts that fail")
  end

  it("stores once what it wrote again because Redis stood still", function()
    local server = world.serve()
    local traffic = load.start(server, { "/all", "/log", "/table" }, { pause_ms = 1 })
    traffic.reached(1000)
    world.redis.signal "STOP"
    wait_for_failures(server, 4)
    traffic.reached(1000)
    world.redis.signal "CONT"
    traffic.reached(1000)
    assert.equal(0, traffic.finish().refused)
    local account = world.settle(server)
    assert.equal(0, account.refused)
    assert.is_true(#account.ids > 3000 and account.reported > 1000)
  end)

  it("answers every request while Redis stands still", function()
    local server = world.serve()
    assert.same({ ["200"] = 1 }, load.send(server, "/all", 1))
    helper.wait_until(function() return #world.found() == 2 end)
    world.redis.signal "STOP"
    for _, path in ipairs { "/text", "/table", "/report", "/all", "/log" } do
      assert.same({ ["200"] = 1000 }, load.send(server, path, 1000))
    end
    assert.is_true(is_stopped())
    assert.equal(6002, #server.account().ids)
    world.redis.signal "CONT"
    assert.equal(3001, world.settle(server).reported)
  end)

  it("stores once what it had in hand when Redis was killed", function()
    local server = world.serve()
    local traffic = load.start(server, { "/all", "/log" })
    for _ = 1, 2 do
      traffic.reached(500)
      kill_redis()
      wait_for_failures(server, 2)
      traffic.reached(500)
      bring_redis_back()
      helper.wait_until(function() return #world.found() > 0 end)
    end
    traffic.reached(500)
    assert.equal(0, traffic.finish().refused)
    assert.is_true(#world.settle(server).ids > 5000)
  end)

  it("waits for a Redis that comes later", function()
    kill_redis()
    local server = world.serve()
    assert.same({ ["200"] = 1000 }, load.send(server, "/all", 1000))
    wait_for_failures(server, 2)
    assert.same({ ["200"] = 1000 }, load.send(server, "/all", 1000))
    local stats = server.stats()
    assert.equal(4000, stats.events_buffered)
    assert.equal(4000, stats.events_recorded)
    assert.is_true(stats.bytes_buffered > 4000 * 40)
    bring_redis_back()
    assert.equal(2000, world.settle(server).reported)
  end)

  it("says no when its buffer is full, keeps what it took, and does not grow", function()
    local server = world.serve { buffer_bytes = 256 * 1024 }
    local filler = "/text?bytes=4096"
    assert.same({ ["200"] = 10 }, load.send(server, filler, 10))
    helper.wait_until(function() return #world.found() == 10 end)
    world.redis.signal "STOP"
    local first = load.send(server, filler, 1000)
    assert.is_true(first["200"] >= 30 and first["200"] <= 64, first["200"])
    assert.equal(1000, first["200"] + first["503"])
    local before = resident_kib(server.pids()[1])
    assert.same({ ["503"] = 10000 }, load.send(server, filler, 10000))
    local grown = resident_kib(server.pids()[1]) - before
    assert.is_true(grown < 8 * 1024, grown .. " KiB more")
    local stats = server.stats()
    assert.equal(10 + first["200"], stats.events_recorded)
    assert.equal(10000 + first["503"], stats.events_dropped)
    assert.equal(first["200"], stats.events_buffered)
    assert.is_true(stats.bytes_buffered <= 256 * 1024)
    world.redis.signal "CONT"
    helper.wait_until(function() return server.stats().events_buffered == 0 end)
    assert.same({ ["200"] = 10 }, load.send(server, filler, 10))
    local account = world.settle(server)
    assert.equal(20 + first["200"], #account.ids)
    assert.equal(10000 + first["503"], account.refused)
  end)

  it("refuses reports, too, when its buffer is full, and counts those that it took", function()
    local server = world.serve { buffer_bytes = 16 * 1024 }
    world.redis.signal "STOP"
    local statuses = load.send(server, "/all", 2000)
    assert.equal(2000, statuses["503"] + statuses["200"])
    assert.is_true(statuses["503"] > 1500)
    local account = server.account()
    local stats = server.stats()
    assert.equal(4000 - #account.ids, stats.events_dropped)
    assert.equal(2000 - account.reported, stats.reports_dropped)
    assert.equal(account.refused, stats.events_dropped + stats.reports_dropped)
    world.redis.signal "CONT"
    assert.is_true(world.settle(server).reported > 0)
  end)

  it("says in its log that Redis is away, that it has no room, and that all is well", function()
    local server = world.serve { buffer_bytes = 16 * 1024 }
    world.redis.signal "STOP"
    load.send(server, "/text", 1000)
    local function wait_for_line(text)
      helper.wait_until(function() return server.log():find(text) end, 20, text .. " in the log")
    end
    wait_for_line "%[error%].-%d+ events and %d+ reports %(%d+ bytes%) wait in memory: "
    wait_for_line "%[error%].-buffer was full: %d+ events and 0 reports were refused"
    world.redis.signal "CONT"
    wait_for_line "stored again"
    world.settle(server)
    assert.equal(1, select(2, server.log():gsub("wait in memory", "")))
  end)

  it("names in its log a counter that cannot be counted up, each time", function()
    local key = "stats/{service:1006}/cinstance:a60/metric:hits/eternity"
    local function expect(n)
      local server = world.serve()
      assert.same({ ["200"] = 1 }, load.send(server, "/report", 1))
      helper.wait_until(function()
        return server.log():find(key .. ": redis answered", 1, true)
      end, 20, "the key in the log")
      assert.truthy(server.log():find "%[error%].-counters: 1 could not be counted up")
      assert.equal(1, server.stats().counters_left_out)
      assert.equal(tostring(n), world.redis.cli("GET", (key:gsub("cinstance:a60/", "")))[1])
      server.stop()
    end
    world.redis.cli("SET", key, "9223372036854775807")
    for n = 1, 3 do expect(n) end
  end)

  it("ends in time without Redis, and says what is lost", function()
    local server = world.serve { drain_timeout_ms = 100 }
    world.redis.signal "STOP"
    assert.same({ ["200"] = 50 }, load.send(server, "/all", 50))
    server.stop()
    assert.is_true(is_stopped())
    assert.truthy(server.log():match(
      "kinesis%-exporter: pid %d+: 100 events and [1-9]%d* reports may be lost"))
  end)
end)

describe("nginx with the endpoint in trouble", function()
  local world = load.world()
  local background = [[
    location = /background { content_by_lua_block {
      assert(ngx.timer.at(0, function()
        local sent, outcome, code = require("kinesis_exporter").flush_pending_events()
        require("counted").outcome = tostring(sent) .. " " .. tostring(code or outcome)
      end)) ngx.say "begun" } }
    location = /outcome { content_by_lua_block { ngx.print(require("counted").outcome or "") } }
  ]]

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)
  after_each(world.end_all)

  it("serves, records and reports while a flush in a timer hangs", function()
    local server = world.serve(nil, { server = background })
    assert.same({ ["200"] = 500 }, load.send(server, "/all", 500))
    helper.wait_until(function() return #world.found() == 1000 end)
    world.firehose.fault { fault = "hang", times = 0 }
    assert.equal(200, (server.get "/background"))
    helper.wait_until(function() return world.firehose.stats().in_flight > 0 end)
    local traffic = load.start(server, { "/all", "/log", "/add" })
    traffic.reached(1500)
    assert.equal(0, traffic.finish().refused)
    assert.same({ 200, "0 locked\n" }, { server.get "/flush" })
    helper.wait_until(function()
      local account = server.account()
      return #world.pending() == #account.ids - 1000 and world.miscounted(account.reported) == ""
    end, 20, "what was recorded meanwhile")
    assert.same({ 200, "" }, { server.get "/outcome" })
    assert.is_true(world.firehose.stats().in_flight > 0)
    world.firehose.reset()
    helper.wait_until(function() return select(2, server.get "/outcome") == "1000 nil" end)
    assert.equal(1000, #world.firehose.events())
    world.settle(server)
  end)

  it("does not mind that Redis closes idle connections, in a flush or between writes", function()
    world.redis.cli("CONFIG", "SET", "timeout", "1")
    finally(function() world.redis.cli("CONFIG", "SET", "timeout", "0") end)
    local server = world.serve()
    assert.same({ ["200"] = 500 }, load.send(server, "/all", 500))
    helper.wait_until(function() return #world.found() == 1000 end)
    world.firehose.fault { fault = "slow", seconds = 3 }
    assert.same({ 200, "1000 nil\n" }, { server.get "/flush" })
    assert.equal(1000, #world.firehose.events())
    assert.same({ ["200"] = 50 }, load.send(server, "/all", 50))
    assert.equal(0, server.stats().store_failures)
    world.settle(server)
  end)

  for _, signal in ipairs { "QUIT", "TERM" } do
    it("gives back what a flush has in its hands when it ends by " .. signal, function()
      local server = world.serve(nil, { server = background })
      assert.same({ ["200"] = 500 }, load.send(server, "/all", 500))
      helper.wait_until(function() return #world.found() == 1000 end)
      world.firehose.fault { fault = "hang", times = 0 }
      assert.equal(200, (server.get "/background"))
      helper.wait_until(function() return world.firehose.stats().in_flight > 0 end)
      assert.same({ ["200"] = 100 }, load.send(server, "/all", 100))
      server.signal(signal)
      server.wait_gone(server.master)
      assert.is_nil(world.lock())
      world.firehose.reset()
      local successor = world.serve()
      assert.same({ 200, "1200 nil\n" }, { successor.get "/flush" })
      world.settle(server, successor)
      assert.equal("", world.leftovers())
    end)
  end
end)
