-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local worlds = require "worlds"
local helper = require "helper"

describe("flag", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    world.redis.cli("DEL", keys.enabled)
    exporter = world.exporter()
  end)

  it("is off when nobody has set it", function()
    assert.is_false(exporter:enabled())
  end)

  it("is switched on by enable, as the value 1 without an expiry", function()
    assert.is_true(exporter:enable())
    assert.is_true(exporter:enabled())
    assert.same({ "1" }, world.redis.cli("GET", keys.enabled))
    assert.same({ "-1" }, world.redis.cli("TTL", keys.enabled))
  end)

  it("is switched off by disable, which deletes the key", function()
    exporter:enable()
    assert.is_true(exporter:disable())
    assert.is_false(exporter:enabled())
    assert.equal(0, world.exists(keys.enabled))
  end)

  it("may be set twice either way", function()
    assert.is_true(exporter:enable() and exporter:enable())
    assert.is_true(exporter:enabled())
    assert.is_true(exporter:disable() and exporter:disable())
    assert.is_false(exporter:enabled())
  end)

  local function reads_as(on, values)
    for _, value in ipairs(values) do
      it(("reads %s as %s, as the Ruby exporter does"):format(helper.json.encode(value),
                                                              on and "on" or "off"), function()
        world.redis.cli("SET", keys.enabled, value)
        assert.equal(on, exporter:enabled())
      end)
    end
  end

  reads_as(true, { "1", " 1", "1abc", "01", "+1", "1.9", "\t1\n" })
  reads_as(false, { "0", "x", "", "11", "-1", "2", "true", "0x1", "x1" })

  it("is shared by all exporters of a Redis", function()
    world.exporter():enable()
    assert.is_true(exporter:enabled())
  end)

  it("is in the main Redis, not in the analytics Redis", function()
    local analytics = world.redis.unix_url:gsub("db=0", "db=1")
    local apart = world.exporter { analytics_redis = analytics }
    apart:enable()
    assert.same({ "1" }, world.redis.cli("GET", keys.enabled))
    assert.same({ "0" }, world.redis.cli("-n", "1", "DBSIZE"))
  end)

  it("off: a flush does nothing, takes no lock and says so", function()
    local events = world.store { '{"service":"1"}' }
    local n, outcome = exporter:flush()
    assert.equal(0, n)
    assert.equal("disabled", outcome)
    assert.is_nil(world.lock())
    assert.equal("", worlds.difference(events, world.pending()))
    assert.equal(0, world.firehose.stats().calls)
  end)
end)
