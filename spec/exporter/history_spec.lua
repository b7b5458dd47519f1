-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local Exporter = require "kinesis_exporter"
local history = require "kinesis_exporter.exporter.history"
local object = require "kinesis_exporter.util.object"
local servers = require "servers"

local TOTALS = "{send_to_kinesis:pending_events}:totals"
local SAMPLES = "{send_to_kinesis:pending_events}:history"

describe("the history of all processes #threads", function()
  local redis, one, other

  setup(function() redis = servers.start_redis() end)
  teardown(function() redis.stop() end)
  before_each(function()
    redis.cli "flushall"
    one = assert(Exporter.new { redis = redis.url })
    other = assert(Exporter.new { redis = redis.url })
  end)
  after_each(function()
    one:close()
    other:close()
  end)

  local function add(exporter)
    return history.add(object.private(exporter))
  end

  -- As if the last sample were that old.
  local function age(seconds)
    local newest = redis.cli("lindex", SAMPLES, "0")[1]
    local time, rest = newest:match "^(%d+)(.*)$"
    redis.cli("lset", SAMPLES, "0", ("%d%s"):format(time - seconds, rest))
  end

  it("is empty at first", function()
    local totals, samples = history.read(one)
    assert.equal(0, totals.events_stored)
    assert.same({}, samples)
  end)

  it("adds up what processes have done, without counting anything twice", function()
    one:add_pending_events { { a = 1 }, { a = 2 } }
    assert.is_true(add(one))
    assert.is_true(add(one))
    other:add_pending_events { { a = 3 } }
    assert.is_true(add(other))
    one:add_pending_events { { a = 4 } }
    assert.is_true(add(one))
    assert.equal(4, (history.read(one)).events_stored)
  end)

  it("adds later what it could not add", function()
    one:add_pending_events { { a = 1 } }
    redis.cli("set", "{send_to_kinesis:pending_events}:totals", "of another type")
    local added, message, code = add(one)
    assert.is_nil(added)
    assert.equal("redis", code)
    assert.is_truthy(message:find "WRONGTYPE")
    redis.cli("del", "{send_to_kinesis:pending_events}:totals")
    assert.is_true(add(one))
    assert.equal(1, (history.read(one)).events_stored)
  end)

  it("takes a sample every ten seconds, and keeps an hour of them", function()
    one:add_pending_events { { a = 1 }, { a = 2 } }
    add(one)
    add(one)
    local _, samples = history.read(one)
    assert.equal(1, #samples)
    assert.same({ 2, 2, 0 }, { samples[1].pending, samples[1].stored, samples[1].accepted })
    age(10)
    one:add_pending_events { { a = 3 } }
    add(one)
    _, samples = history.read(one)
    assert.equal(2, #samples)
    assert.same({ 2, 3 }, { samples[1].stored, samples[2].stored })
    assert.is_true(samples[1].time < samples[2].time)
    for _ = 1, 400 do redis.cli("rpush", SAMPLES, "1 2 3 4") end
    age(10)
    add(one)
    _, samples = history.read(one)
    assert.equal(360, #samples)
  end)

  it("notes when events were accepted last", function()
    local core = object.private(one).core
    assert.is_true(core:history_add { events_accepted = 0, jobs = 1 })
    assert.is_nil((history.read(one)).last_export_time)
    assert.is_true(core:history_add { events_accepted = 5, jobs = 1 })
    local time = (history.read(one)).last_export_time
    assert.is_true(math.abs(os.time() - time) <= 60)
    redis.cli("hset", TOTALS, "last_export_time", "7")
    assert.is_true(core:history_add { events_accepted = 0, jobs = 1 })
    assert.equal(7, (history.read(one)).last_export_time)
  end)

  it("raises at a table that does not hold numbers by name", function()
    local core = object.private(one).core
    assert.has_error(function() core:history_add { "x" } end)
    assert.has_error(function() core:history_add { a = "x" } end)
    local many = {}
    for i = 1, 33 do many["n" .. i] = i end
    assert.has_error(function() core:history_add(many) end)
  end)
end)
