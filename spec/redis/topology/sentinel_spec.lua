-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Masters that sentinels name, and that change.

local certificates = require "certificates"
local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"
local topologies = require "topologies"

describe("sentinels", function()
  local world = worlds.world()
  local keys = world.keys
  local first, second, sentinel

  setup(function()
    world.start()
    first = servers.start_redis()
    second = topologies.replica(first)
    sentinel = topologies.sentinel(first)
  end)

  teardown(function()
    core.drain()
    sentinel.stop()
    second.stop()
    first.stop()
    world.stop()
  end)

  before_each(world.reset)

  local function url_of(port, name, user)
    return ("redis+sentinel://%s127.0.0.1:1,127.0.0.1:%s/%s"):format(user or "", port,
      name or "mymaster")
  end

  local function exporter_of(url, more)
    local settings = { redis = url, redis_timeout_ms = 5000 }
    for name, value in pairs(more or {}) do settings[name] = value end
    return world.exporter(settings)
  end

  local function refused(patterns, url, more)
    local settings = { redis_timeout_ms = 400 }
    for name, value in pairs(more or {}) do settings[name] = value end
    local result, message, code = exporter_of(url, settings):enable()
    assert.is_nil(result)
    assert.equal("redis", code)
    for _, pattern in ipairs(patterns) do assert.matches(pattern, message) end
    return message
  end

  it("are asked in turn, and the master that they name is used", function()
    local exporter = exporter_of(url_of(sentinel.port, "mymaster/3"))
    assert.is_true(exporter:enable())
    assert.same({ "1" }, first.cli("-n", "3", "GET", keys.enabled))
  end)

  it("that cannot be reached are named in the message", function()
    refused({ "no sentinel names a master", "sentinel 127%.0%.0%.1:1: ", "refused" },
      "redis+sentinel://127.0.0.1:1/mymaster")
  end)

  it("that do not know the master are named in the message, with its name", function()
    refused({ 'knows no master "other"', "check the name" }, url_of(sentinel.port, "other"))
  end)

  it("that name a server that is gone lead to a message with its address", function()
    local gone = servers.start_redis()
    local misled = topologies.sentinel(gone, { lines = {
      "sentinel down-after-milliseconds mymaster 60000" } })
    finally(misled.stop)
    gone.stop()
    refused({ "redis 127%.0%.0%.1:" .. gone.port, "refused" }, url_of(misled.port))
  end)

  it("that name a replica are asked again until they name the master",
    function()
      local misled = topologies.sentinel(second)
      finally(misled.stop)
      refused({ "is a replica, though a sentinel names it" }, url_of(misled.port))
      local exporter = exporter_of(url_of(misled.port), { redis_timeout_ms = 20000 })
      misled.correct(first, 0.5)
      assert.is_true(exporter:enable())
    end)

  it("get their password, and the servers get another; no message shows them", function()
    local guarded = servers.start_redis { password = "SECRETredis" }
    local strict = topologies.sentinel(guarded, { password = "SECRETsentinel", lines = {
      "sentinel auth-pass mymaster SECRETredis" } })
    finally(function()
      strict.stop()
      guarded.stop()
    end)
    local url = url_of(strict.port, nil, ":SECRETredis@")
    assert.is_true(exporter_of(url, { redis_sentinel_password = "SECRETsentinel" }):enable())
    local message = refused({ "sentinel", "NOAUTH", "redis_sentinel_password" }, url)
    message = message .. refused({ "sentinel", "WRONGPASS" }, url,
      { redis_sentinel_password = "SECRETwrong" })
    assert.is_nil(message:find "SECRET")
  end)

  it("and masters are verified over TLS", function()
    local directory = helper.temporary_directory()
    local made = certificates.make(directory)
    local tls = { ca = made.ca, good = made.good }
    local master = servers.start_redis { tls = tls }
    local private = topologies.sentinel(master, { tls = tls })
    finally(function()
      private.stop()
      master.stop()
      helper.remove_directory(directory)
    end)
    local url = url_of(private.port):gsub("^redis", "rediss")
    assert.is_true(exporter_of(url, { redis_ca_file = made.ca }):enable())
    assert.same({ "1" }, master.cli("GET", keys.enabled))
    refused({ "sentinel", "does not verify" }, url)
  end)

  it("are asked again after a master has become a replica", function()
    local one, other = servers.start_redis(), servers.start_redis()
    local guide = topologies.sentinel(one)
    finally(function()
      guide.stop()
      one.stop()
      other.stop()
    end)
    local exporter = exporter_of(url_of(guide.port))
    assert.is_true(exporter:enable())
    guide.watch(other)
    one.cli("REPLICAOF", "127.0.0.1", other.port)
    local result, message, code = exporter:disable()
    assert.is_nil(result)
    assert.equal("redis", code)
    assert.matches("READONLY", message)
    assert.is_true(exporter:enable())
    assert.same({ "1" }, other.cli("GET", keys.enabled))
  end)

  describe("and a master that is killed", function()
    local pair

    before_each(function() pair = topologies.pair() end)
    after_each(function() pair.stop() end)

    it("in mid-export: the next flush goes on with its replica, and nothing is lost", function()
      local exporter = exporter_of(pair.url, { min_replicas = 1 })
      local events = helper.events(2000)
      exporter:enable()
      assert.equal(2000, (exporter:add_events(events)))
      world.firehose.control("limits", { latency_ms = 20 })
      assert.is_true(exporter:begin())
      local accepted
      repeat
        accepted = select(2, exporter:step(1))
      until accepted > 0
      pair.first.signal "KILL"
      local result, _, code = exporter:finish()
      assert.is_nil(result)
      assert.equal("redis", code)
      pair.promoted().cli("DEL", keys.lock)
      assert.is_number((exporter:flush()))
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal(0, exporter:num_pending_events())
    end)

    it("while the engine stores and counts: all of it is there, once", function()
      local one = engines.start(world.settings { redis = pair.url, min_replicas = 1,
                                                 linger_ms = 2, report_interval_ms = 2 })
      local events = helper.events(4000)
      for i, event in ipairs(events) do
        if i == 1500 then pair.first.signal "KILL" end
        if i % 100 == 0 then core.sleep(0.005) end
        assert.is_true(one.record(event))
        assert.is_true(one.report { { service_id = "1", usage = { hits = 1 },
                                      timestamp = 1448877931 } })
      end
      local promoted = pair.promoted()
      local next_one = topologies.replica(promoted)
      finally(function()
        one.close()
        next_one.stop()
      end)
      one.settle()
      assert.same(events, engines.stored { redis = promoted })
      assert.same({ "4000" }, promoted.cli("GET", "stats/{service:1}/metric:hits/day:20151130"))
    end)
  end)
end)
