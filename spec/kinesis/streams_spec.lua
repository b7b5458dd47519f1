-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The sink "streams" against an independent implementation of Kinesis Data Streams; events are
-- read back with its GetRecords.

local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

describe("sink streams", function()
  local world = worlds.world { firehose = false }
  local kinesis, stream
  local streams = 0

  setup(function()
    world.start()
    kinesis = servers.start_kinesis()
  end)

  teardown(function()
    world.stop()
    kinesis.stop()
  end)

  before_each(world.reset)

  -- Each test has a stream of its own, with that number of shards.
  local function create(shards)
    streams = streams + 1
    stream = "events-" .. streams
    kinesis.create(stream, shards)
  end

  local function exporter_with(settings)
    local complete = { sink = "streams", stream = stream, endpoint = kinesis.url }
    for name, value in pairs(settings or {}) do complete[name] = value end
    return world.exporter(complete)
  end

  local function arrived(events)
    return worlds.difference(events, kinesis.read_all(stream))
  end

  local function big(bytes, letter)
    return '{"a":"' .. letter:rep(bytes - 8) .. '"}'
  end

  it("delivers each event of set and inbox once, byte for byte", function()
    create(1)
    local exporter = exporter_with()
    local events = world.store(helper.events(430))
    for _, event in ipairs(world.store_inbox(helper.events(420, 2, 5000))) do
      events[#events + 1] = event
    end
    events[#events + 1] = world.store({ '{"uinstance":"佐藤 \\"さん\\""}' })[1]
    local n, outcome = exporter:flush()
    assert.equal(851, n)
    assert.is_nil(outcome)
    assert.equal("", arrived(events))
    assert.equal("", world.leftovers())
    assert.equal(0, exporter:num_pending_events())
  end)

  it("spreads records over all shards with a random partition key each", function()
    create(3)
    world.store(helper.events(150))
    assert.equal(150, exporter_with({ events_per_record = 1, batch_records = 50 }):flush())
    local shards, seen, records = {}, {}, kinesis.records(stream)
    assert.equal(150, #records)
    for _, record in ipairs(records) do
      shards[record.shard] = true
      assert.is_nil(seen[record.partition_key])
      seen[record.partition_key] = true
      assert.is_true(#record.partition_key >= 1 and #record.partition_key <= 256)
    end
    local n = 0
    for _ in pairs(shards) do n = n + 1 end
    assert.equal(3, n)
  end)

  it("uses the configured partition key, with any characters", function()
    create(3)
    local key = 'tenant "A" \\ é'
    local events = world.store(helper.events(100))
    assert.equal(100, exporter_with({ partition_key = key }):flush())
    local records = kinesis.records(stream)
    assert.equal(10, #records)
    for _, record in ipairs(records) do
      assert.equal(key, record.partition_key)
      assert.equal(records[1].shard, record.shard)
    end
    assert.equal("", arrived(events))
  end)

  it("puts at most 500 records into a call", function()
    create(2)
    local events = world.store(helper.events(1200))
    local exporter = exporter_with { events_per_record = 1, batch_records = 0 }
    assert.equal(1200, exporter:flush())
    assert.equal(3, exporter:stats().calls)
    assert.equal("", arrived(events))
  end)

  it("keeps records and calls within the service's limits of bytes", function()
    create(2)
    local events = {}
    for i = 1, 10 do events[i] = big(600000, string.char(96 + i)) end
    events[11] = big(1048576 - 256 - 1, "z")
    world.store(events)
    local exporter = exporter_with { events_per_record = 0, batch_records = 0 }
    local n, outcome = exporter:flush()
    assert.equal(11, n)
    assert.is_nil(outcome)
    assert.equal("", arrived(events))
    assert.equal(0, exporter:stats().splits)
  end)

  it("rejects an event that is larger than a record", function()
    create(1)
    local events = world.store(helper.events(20))
    local large = world.store({ big(1048576, "x") })[1]
    local exporter = exporter_with()
    assert.equal(20, exporter:flush())
    assert.equal("", arrived(events))
    assert.equal(large, exporter:rejected_list(1)[1].event)
    assert.equal("", world.leftovers())
  end)

  it("fills records up to record_bytes, which may be raised if the stream takes more", function()
    create(1)
    local events = world.store(helper.events(200))
    assert.equal(200, exporter_with({ events_per_record = 0, record_bytes = 3000 }):flush())
    for _, record in ipairs(kinesis.records(stream)) do assert.is_true(record.bytes <= 3000) end
    assert.equal("", arrived(events))
    local raised = exporter_with { record_bytes = 2000000 }
    assert.equal(1, (raised:add_events { big(1500000, "x") }))
    assert.equal(0, raised:rejected_size())
  end)

  it("splits a call that a stream finds too large, down to one event", function()
    create(1)
    local events = world.store { big(500000, "a"), big(500001, "b"), big(500002, "c") }
    local large = world.store({ big(1500000, "x") })[1]
    local exporter = exporter_with { events_per_record = 0, record_bytes = 2000000 }
    assert.equal(3, exporter:flush())
    assert.equal("", arrived(events))
    assert.equal(large, exporter:rejected_list(1)[1].event)
    assert.equal(0, exporter:num_pending_events())
  end)

  it("keeps every event pending, with one clear error, if the stream does not exist", function()
    stream = "nowhere"
    local events = world.store(helper.events(100))
    local exporter = exporter_with()
    local n, message, code = exporter:flush()
    assert.is_nil(n)
    assert.equal("aws", code)
    assert.matches("ResourceNotFoundException", message)
    assert.matches("stream, region and sink", message)
    assert.equal("", worlds.difference(events, world.pending()))
    assert.equal("", world.leftovers())
  end)
end)
