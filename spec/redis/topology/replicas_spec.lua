-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- With min_replicas a write counts only when replicas have it.

local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"
local topologies = require "topologies"

local unpack = rawget(table, "unpack") or _G.unpack

describe("min_replicas", function()
  local world = worlds.world()
  local keys = world.keys
  local master, replica

  setup(world.start)
  teardown(function()
    core.drain()
    world.stop()
  end)

  before_each(function()
    world.reset()
    master = servers.start_redis()
    replica = topologies.replica(master)
  end)
  after_each(function()
    replica.stop()
    master.stop()
  end)

  local function settings(more)
    local all = world.settings { redis = master.url, min_replicas = 1,
                                 min_replicas_timeout_ms = 200 }
    for name, value in pairs(more or {}) do all[name] = value end
    return all
  end

  local function expect_missing(result, message, code)
    assert.is_nil(result)
    assert.equal("redis", code)
    assert.matches("after 200 ms only 0 of 1 replicas have it", message)
    assert.matches("try again, or lower min_replicas", message)
  end

  -- From now on the replica gets nothing new; it could take the place of the master.
  local function separate()
    replica.cli("REPLICAOF", "NO", "ONE")
  end

  local function join()
    topologies.join(replica, master)
  end

  local function fail_over()
    master.signal "KILL"
    helper.wait_until(function() return not master.alive() end)
    return replica
  end

  it("lets calls succeed while replicas are there", function()
    local exporter = world.exporter(settings { min_replicas_timeout_ms = 20000,
                                               redis_timeout_ms = 300 })
    assert.is_true(exporter:enable())
    assert.equal(10, (exporter:add_events(helper.events(10))))
    assert.is_true((exporter:report { { service_id = "1", usage = { hits = 1 } } }))
    assert.is_string((exporter:schedule_job()))
    assert.is_true(exporter:disable())
  end)

  it("says when replicas do not have what a call has written; the call may be repeated", function()
    local exporter = world.exporter(settings())
    assert.is_true(exporter:enable())
    separate()
    local events = helper.events(10)
    local added = { exporter:add_events(events) }
    expect_missing(unpack(added, 1, 3))
    assert.equal(0, added[4])
    expect_missing(exporter:report { { service_id = "1", usage = { hits = 1 } } })
    expect_missing(exporter:schedule_job())
    expect_missing(exporter:disable())
    join()
    assert.equal(10, (exporter:add_events(events)))
    assert.is_true(exporter:enable())
    assert.equal(20, (exporter:flush()))
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
  end)

  it("keeps what calls have acknowledged when the master is lost", function()
    local exporter = world.exporter(settings())
    local kept = {}
    for i = 1, 8 do
      if i == 6 then separate() end
      local events = helper.events(5, i, i * 5)
      if exporter:add_events(events) then
        for _, event in ipairs(events) do kept[#kept + 1] = event end
      end
    end
    assert.equal(25, #kept)
    local there = helper.counts(engines.stored { redis = fail_over() })
    for _, event in ipairs(kept) do assert.truthy(there[event]) end
  end)

  describe("in the engine", function()
    local one

    before_each(function()
      one = engines.start(settings { linger_ms = 2, report_interval_ms = 2 })
    end)
    after_each(function()
      replica.signal "CONT"
      one.close()
    end)

    -- The replica stands still. Attempts fail on the first connection and on a new one.
    local function fail_to_store()
      local function fail(times)
        local before = one.look().store_failures
        engines.wait(function() return one.look().store_failures >= before + times end)
      end
      fail(1)
      master.cli("CLIENT", "KILL", "TYPE", "normal")
      fail(1)
      master.cli("CONFIG", "RESETSTAT")
      fail(2)
    end

    -- WAIT only counts what its connection has written, so each attempt must write.
    local function has_written()
      return table.concat(master.cli("INFO", "commandstats"), "\n"):find("cmdstat_expire:", 1, true)
    end

    it("keeps events that only the master has", function()
      local events = helper.events(300)
      replica.signal "STOP"
      for _, event in ipairs(events) do assert.is_true(one.record(event)) end
      fail_to_store()
      assert.equal(300, one.look().events_buffered)
      assert.truthy(has_written())
      replica.signal "CONT"
      one.settle()
      assert.same(events, engines.stored { redis = master })
      helper.wait_until(function() return #engines.stored { redis = replica } == 300 end)
    end)

    it("keeps reports that only the master has", function()
      replica.signal "STOP"
      assert.is_true(one.report { service_id = "1", usage = { hits = 7 },
                                  timestamp = 1448877931 })
      fail_to_store()
      assert.is_true(one.look().bytes_buffered > 0)
      assert.truthy(has_written())
      replica.signal "CONT"
      one.settle()
      assert.same({ "7" }, master.cli("GET", "stats/{service:1}/metric:hits/day:20151130"))
    end)
  end)

  it("waits for the replicas of a claim, and goes on without them", function()
    local exporter = world.exporter(settings())
    local function waits()
      return tonumber(table.concat(master.cli("INFO", "commandstats"), "\n")
        :match "cmdstat_wait:calls=(%d+)") or 0
    end
    local events = helper.events(20)
    assert.is_true(exporter:enable())
    for i, change in ipairs { function() end, separate } do
      assert.equal(10, (exporter:add_events { unpack(events, i * 10 - 9, i * 10) }))
      local before = waits()
      change()
      assert.equal(10, (exporter:flush()))
      assert.equal(1, waits() - before)
    end
    assert.equal("", worlds.difference(events, world.firehose.events()))
  end)

  it("sends nothing of a job whose commit only the master has, nor says that it was done",
    function()
      local exporter = world.exporter(settings { redis = world.redis.url, min_replicas = 0 })
      exporter:enable()
      local function job(more)
        return world.exporter(settings {
          redis = more.main.url, analytics_redis = master.url, min_export_events = 0,
          min_replicas = more.n,
        }):job()
      end
      local main = servers.start_redis()
      local second = topologies.replica(main)
      finally(function()
        second.stop()
        main.stop()
      end)
      main.cli("SET", keys.enabled, "1")
      main.cli("SET", "stats/{service:1}/metric:2/day:20151130", "12")
      master.cli("ZADD", keys.buckets, "20151130100520", "20151130100520")
      master.cli("SADD", keys.bucket .. "20151130100520",
        "stats/{service:1}/metric:2/day:20151130")
      helper.wait_until(function()
        return replica.cli("ZCARD", keys.buckets)[1] == "1"
      end)
      separate()
      expect_missing(job { main = main, n = 1 })
      assert.same({}, world.firehose.events())
      assert.same({ "" }, main.cli("GET", keys.latest))
      local promoted = fail_over()
      master = servers.start_redis()
      assert.same({ "1" }, promoted.cli("ZCARD", keys.buckets))
      local taken = world.exporter(settings {
        redis = main.url, analytics_redis = promoted.url, min_export_events = 0, min_replicas = 0,
      }):job()
      assert.equal(1, taken)
      assert.equal(1, #world.firehose.events())
    end)
end)
