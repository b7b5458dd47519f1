-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A Redis whose memory is used up, and that evicts nothing.

local worlds = require "worlds"
local helper = require "helper"

describe("a Redis that is full", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  local function memory(most) world.redis.cli("CONFIG", "SET", "maxmemory", most) end

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    memory "0"
    world.reset()
    exporter = world.exporter()
  end)

  local function add_all(events, more)
    for _, event in ipairs(more) do events[#events + 1] = event end
  end

  -- Events in the set and the inbox. Then there is no room for another byte.
  local function fill()
    local events = world.store(helper.events(300))
    add_all(events, world.store_inbox(helper.events(300, 2, 10000)))
    memory "1"
    assert.matches("OOM", world.redis.cli("SET", "any", "1")[1])
    return events
  end

  local function refuse_all()
    world.firehose.fault { fault = "error", type = "ServiceUnavailableException",
                           message = "Slow down.", times = 0 }
  end

  it("is emptied by a flush", function()
    local events = fill()
    assert.equal(600, (exporter:flush()))
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
    assert.equal(0, exporter:num_pending_events())
  end)

  it("is emptied by flushes with a limit", function()
    local events = fill()
    for _, n in ipairs { 250, 250, 100, 0 } do assert.equal(n, (exporter:flush(250))) end
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
  end)

  it("is also emptied of what a job has left, and of what is not an event", function()
    local events = helper.events(40, 3)
    world.redis.cli("RPUSH", keys.outbox, table.concat(events, "\n") .. "\n")
    world.redis.cli("SET", keys.outbox_events, "40")
    world.redis.cli("SADD", keys.pending, "", '{"a":"' .. ("x"):rep(2000) .. '"}')
    add_all(events, fill())
    local narrow = world.exporter { record_bytes = 1000, events_per_record = 0 }
    assert.equal(640, (narrow:flush()))
    assert.equal("", world.delivered(events))
    assert.equal(2, exporter:rejected_size())
    assert.equal("", world.leftovers())
  end)

  it("lets exporting be switched on", function()
    exporter:disable()
    local events = fill()
    assert.is_true(exporter:enable())
    assert.equal(600, (exporter:flush()))
    assert.equal("", world.delivered(events))
  end)

  it("takes back the rest of an export that ends early", function()
    local events = fill()
    world.firehose.control("limits", { latency_ms = 5 })
    assert.is_true(exporter:begin())
    repeat
      local _, accepted = exporter:step(1)
    until accepted > 0
    exporter:stop()
    assert.equal("partial", select(2, exporter:finish()))
    assert.equal("", world.leftovers())
    assert.equal("", world.accounted(events))
  end)

  it("takes back a set that an earlier export has claimed", function()
    local events = fill()
    world.redis.cli("RENAME", keys.pending, keys.claimed)
    assert.equal(100, (exporter:flush(100)))
    assert.equal("", world.leftovers())
    assert.equal("", world.accounted(events))
  end)

  it("says so when the service refuses events, and nothing is lost", function()
    local events = fill()
    refuse_all()
    local n, message, code = world.exporter({ max_attempts = 1 }):flush()
    assert.same({ nil, "redis" }, { n, code })
    assert.matches("OOM", message)
    assert.matches("kinesis%-exporter flush", message)
    assert.is_nil(world.lock())
    world.firehose.reset()
    assert.equal(600, (exporter:flush()))
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
  end)

  it("makes a job fail, which leaves its buckets to the next one", function()
    world.change("20151130100520", { ["stats/{service:1}/metric:2/day:20151130"] = 12 })
    local events = fill()
    local n, message, code = exporter:job()
    assert.same({ nil, "redis" }, { n, code })
    assert.matches("OOM", message)
    assert.is_nil(world.lock())
    assert.equal(600, (exporter:flush()))
    assert.equal("", world.delivered(events))
    memory "0"
    assert.equal(1, (exporter:job()))
    assert.equal("", world.leftovers())
  end)

  it("takes nothing new, and says what to do", function()
    fill()
    local results = { schedule_job = { exporter:schedule_job() },
                      add_events = { exporter:add_events { '{"a":"1"}' } } }
    for name, result in pairs(results) do
      assert.is_nil(result[1], name)
      assert.matches("raise maxmemory", result[2])
      assert.equal("redis", result[3])
    end
    assert.is_nil(world.lock())
    assert.equal(600, exporter:num_pending_events())
  end)
end)
