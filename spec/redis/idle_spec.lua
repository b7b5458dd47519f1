-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Connections that are silent for longer than a Redis with `timeout 2` allows. Redis closes them
-- after two to three seconds; the exporter asks for a sign of life after one.

local worlds = require "worlds"
local helper = require "helper"

local LONGER = 4

describe("a Redis that closes idle connections", function()
  local world = worlds.world { redis = { args = { "--timeout", "2" } } }
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  local function store_both()
    local events, inbox = helper.events(80), {}
    for i = 41, 80 do inbox[i - 40] = events[i] end
    world.store_inbox(inbox)
    for i = 80, 41, -1 do events[i] = nil end
    world.store(events)
    for _, event in ipairs(inbox) do events[#events + 1] = event end
    return events
  end

  -- How often Redis was asked for a sign of life.
  local function signs_of_life()
    for _, line in ipairs(world.redis.cli("INFO", "commandstats")) do
      local n = line:match "^cmdstat_time:calls=(%d+)"
      if n then return tonumber(n) end
    end
    return 0
  end

  -- Waits until Redis has closed every connection except that of redis-cli.
  local function wait_for_silence()
    helper.wait_until(function()
      local clients = world.redis.cli("CLIENT", "LIST")
      return #clients <= 2 and (clients[2] or "") == ""
    end)
  end

  local function is_delivered(events)
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
    assert.equal(0, exporter:num_pending_events())
  end

  it("hears from an export whose calls take longer", function()
    local events = store_both()
    world.firehose.fault { fault = "slow", seconds = LONGER, times = 2 }
    world.redis.cli("CONFIG", "RESETSTAT")
    assert.equal(80, exporter:flush())
    assert.is_true(signs_of_life() > 0)
    is_delivered(events)
  end)

  it("gets a new connection when the caller pauses in a flush", function()
    local events = store_both()
    world.firehose.fault { fault = "slow", seconds = 1 }
    assert.is_true(exporter:begin())
    helper.wait_until(function()
      assert.equal("running", (exporter:step(5)))
      return world.firehose.stats().in_flight > 0
    end)
    wait_for_silence()
    assert.equal(80, exporter:finish())
    is_delivered(events)
  end)

  it("gets a new connection when the caller pauses in any step of a flush", function()
    local events = store_both()
    assert.is_true(exporter:begin())
    local pauses = 0
    assert.equal(80, exporter:finish(function()
      pauses = pauses + 1
      if pauses <= 6 then world.redis.cli("CLIENT", "KILL", "TYPE", "normal") end
    end, 0))
    assert.is_true(pauses > 1)
    is_delivered(events)
  end)

  it("gets a new connection when the caller pauses in a job", function()
    local counters = {}
    for n = 1, 200 do counters[("stats/{service:1}/metric:%d/day:20261122"):format(n)] = n end
    world.change("20261122183000", counters)
    world.change("20261122183010", counters)
    assert.is_true(exporter:begin_job "20261122183010")
    assert.equal("running", (exporter:step(0)))
    wait_for_silence()
    assert.equal(200, exporter:finish(function()
      world.redis.cli("CLIENT", "KILL", "TYPE", "normal")
    end, 0))
    assert.equal(200, exporter:num_pending_events())
  end)

  it("gets a new connection while a limited flush gives the rest back", function()
    local events = store_both()
    world.firehose.fault { fault = "slow", seconds = 1 }
    assert.is_true(exporter:begin(60))
    helper.wait_until(function()
      assert.equal("running", (exporter:step(5)))
      return world.firehose.stats().in_flight > 0
    end)
    exporter:stop()
    wait_for_silence()
    assert.is_number(exporter:finish())
    assert.equal("", world.accounted(events))
    assert.equal("", world.leftovers())
  end)

  it("does not disturb a worker between its looks at the queue", function()
    assert.equal(false, exporter:queue_take("stats", "worker", 60))
    wait_for_silence()
    assert.equal(false, exporter:queue_take("stats", "worker", 60))
  end)

  it("has the keep-alive of TCP on its connections", function()
    local own = world.exporter { redis = world.redis.url }
    assert.is_true(own:enabled())
    local remote, timers = (":%04X$"):format(world.redis.port), {}
    for line in io.lines "/proc/net/tcp" do
      local to, state, timer = line:match "^ *%d+: %S+ (%x+:%x+) (%x+) %S+ (%x+):"
      if to and to:find(remote) and state == "01" then timers[#timers + 1] = timer end
    end
    assert.same({ "02" }, timers) -- proc(5): not a timer for sending
  end)
end)
