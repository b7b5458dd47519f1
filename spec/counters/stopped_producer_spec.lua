-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A producer that stands still in the middle of a write, for longer than buckets stay open, while
-- jobs run: its last value is exported nevertheless. Its link holds what it sends, so to Redis the
-- process seems to be stopped.

local cjson = require "cjson"
local clocks = require "clocks"
local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local processes = require "processes"
local servers = require "servers"

local NOON = 1448884800 -- 2015-11-30 12:00:00 UTC
local HOUR = "stats/{service:1}/metric:hits/hour:201511301"

local report = { service_id = "1", usage = { hits = 1 }, timestamp = 1448877931 }

describe("a producer that stands still #slow", function()
  local clock = clocks.new(NOON)
  local world = worlds.world { redis = { clock = clock } }
  local keys = world.keys
  local main, link, now

  setup(function()
    world.start()
    main = servers.start_redis()
  end)
  teardown(function()
    core.drain()
    main.stop()
    world.stop()
    clock.remove()
  end)

  -- With counters and buckets in one Redis, and in two.
  local function settings(apart)
    local all = world.settings { redis = link.unix_url, redis_timeout_ms = 30000,
                                 report_interval_ms = 2 }
    if apart then all.analytics_redis = world.redis.unix_url end
    return all
  end

  local function reset(apart)
    local counters = apart and main or world.redis
    if link then link.stop() end
    link = servers.start_redis_proxy { redis = counters }
    world.reset()
    main.cli("FLUSHALL")
    counters.cli("MSET", keys.enabled, "1", "stats:enabled", "1")
    now = NOON
    clock.set(now)
    return counters
  end

  after_each(function() link.stop(); link = nil end)

  -- A minute later: buckets that were open are closed.
  local function pass_time()
    now = now + 60
    clock.set(now)
  end

  local function perform(apart)
    local own = world.exporter { redis = apart and main.unix_url or nil,
                                 analytics_redis = world.redis.unix_url, max_buckets = 60 }
    assert.is_number((own:job()))
    own:close()
  end

  -- The value in the newest event of the hour.
  local function told()
    local newest, value = ""
    for _, text in ipairs(world.pending()) do
      local event = cjson.decode(text)
      if event.period == "hour" and event.time_gen > newest then
        newest, value = event.time_gen, event.value
      end
    end
    return value
  end

  -- A producer's report stands still after as many bytes, on its connection to the counters, as the
  -- link was ordered to pass on.
  local function hold_and_go_on(apart, report_again)
    pass_time()
    perform(apart)
    report_again()
    engines.wait(function() return link.stats().hold > 0 end, "the link to hold")
    pass_time()
    perform(apart)
    pass_time()
    perform(apart)
    link.release()
  end

  local function producer(apart)
    local chunk = ([[
      package.path, package.cpath = %q, %q
      local exporter = require("worlds").open(require("cjson").decode(%q))
      local report = require("cjson").decode(%q)
      io.write "begun\n" io.flush()
      assert(exporter:report { report })
      io.write "reported\n" io.flush()
      while true do os.execute "sleep 1" end]]):format(package.path, package.cpath,
      cjson.encode(settings(apart)), cjson.encode(report))
    return processes.start({ helper.interpreter, "-e", chunk }, function(started)
      return started.output():match "begun\n"
    end)
  end

  for _, apart in ipairs { false, true } do
    local where = apart and " with buckets in another Redis" or ""

    for _, bytes in ipairs { 0, 40, 300, 700, 1500, 2500 } do
      it("in a script after " .. bytes .. " bytes" .. where .. " tells its last value", function()
        local counters = reset(apart)
        counters.cli("SET", HOUR, "1")
        link.order("hold", bytes)
        local child
        hold_and_go_on(apart, function() child = producer(apart) end)
        finally(child.stop)
        helper.wait_until(function() return child.output():find "reported" end)
        assert.same({ "2" }, counters.cli("GET", HOUR))
        pass_time()
        perform(apart)
        assert.equal("2", told())
      end)

      it("in the engine after " .. bytes .. " bytes" .. where .. " tells its last value", function()
        local counters = reset(apart)
        counters.cli("SET", HOUR, "1")
        link.order("hold", bytes)
        local one = engines.start(settings(apart))
        finally(one.close)
        hold_and_go_on(apart, function() assert.is_true(one.report(report)) end)
        one.settle()
        assert.same({ "2" }, counters.cli("GET", HOUR))
        pass_time()
        perform(apart)
        assert.equal("2", told())
      end)
    end
  end
end)
