-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The engine: the thread that stores events, so that their producers need not wait.

local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

local null = helper.json.null
local chunk_bytes, record_bytes = 256 * 1024, 1024000

describe("the engine #threads", function()
  local world = worlds.world { firehose = false }
  local keys = world.keys
  local opened

  setup(world.start)
  teardown(function()
    core.drain()
    world.stop()
  end)
  before_each(function()
    world.reset()
    opened = {}
  end)
  after_each(function()
    world.redis.signal "CONT"
    for _, one in ipairs(opened) do
      one.settle()
      one.close()
    end
  end)

  local function start(settings)
    local one = engines.start(world.settings(settings))
    opened[#opened + 1] = one
    return one
  end

  local function record_all(one, events)
    for _, event in ipairs(events) do assert.is_true(one.record(event)) end
  end

  local function expect_stored(events)
    assert.same(events, engines.stored(world))
    assert.equal(tostring(#events), world.redis.cli("GET", keys.inbox_events)[1])
  end

  local function chunks()
    return tonumber(world.redis.cli("LLEN", keys.inbox)[1])
  end

  -- Returns a JSON event of exactly `bytes` bytes.
  local function event_of(bytes)
    return '{"x":"' .. ("x"):rep(bytes - 8) .. '"}'
  end

  it("stores events once and in their order", function()
    local one, events = start { linger_ms = 1 }, helper.events(3000)
    record_all(one, events)
    one.settle()
    expect_stored(events)
  end)

  it("stores what it has taken at once when asked, and says when that is done", function()
    local one = start { linger_ms = 60000, report_interval_ms = 60000 }
    record_all(one, helper.events(7))
    assert.is_true(one.report { service_id = "1", usage = { hits = 1 } })
    assert.same({ 7, 1 }, { one.look().events_buffered, one.look().reports_buffered })
    local hurry = one.channel:hurry()
    engines.wait(function() return one.channel:stored(hurry) end)
    expect_stored(helper.events(7))
    assert.same({ 0, 0, 0 }, { one.look().events_buffered, one.look().reports_buffered,
      one.look().bytes_buffered })
    record_all(one, helper.events(3, 2))
    assert.is_true(one.channel:stored(hurry))
    assert.equal(3, one.look().events_buffered)
    assert.is_false((pcall(one.channel.stored, one.channel, "another text")))
    one.channel:hurry()
  end)

  it("says that it is done when storing at once fails", function()
    local one = start { linger_ms = 60000 }
    world.redis.cli("SET", keys.inbox, "not a list")
    assert.is_true(one.record "{}")
    local hurry = one.channel:hurry()
    engines.wait(function() return one.channel:stored(hurry) end)
    assert.same({ 1, true }, { one.look().events_buffered, one.look().away })
    world.redis.cli("DEL", keys.inbox)
  end)

  it("counts what it takes", function()
    local one = start()
    record_all(one, helper.events(7))
    assert.is_nil(one.record "{")
    assert.is_true(one.report { service_id = "1", usage = { hits = 1 } })
    assert.is_true(one.report { { service_id = "1", response_code = 200 },
                                { service_id = "2", response_code = 302 } })
    one.settle()
    local look = one.look()
    assert.same({ 8, 3, 0, 0, 0, 0, 0, 1, false }, { look.events_recorded, look.reports,
      look.events_buffered, look.bytes_buffered, look.events_dropped, look.reports_dropped,
      look.store_failures, look.events_rejected, look.away })
    assert.equal(15, look.counters_written)
  end)

  it("has to be started", function()
    core.drain()
    local one = engines.open(world.settings())
    opened[1] = one
    assert.is_false(one.record "{}")
    assert.is_false(one.report { service_id = "1", usage = { hits = 1 } })
    local call, message, code = one.post "status"
    assert.same({ nil, "timeout" }, { call, code })
    assert.is_string(message)
    assert.is_true(one.channel:start())
    assert.is_true(one.channel:start())
    assert.is_true(one.record "{}")
    one.settle()
    expect_stored { "{}" }
  end)

  it("writes tables as add_events does", function()
    local time = "20151130 10:05:20"
    local one, list = start(), {}
    for i, value in ipairs { "text", 'q"\\/\2\1\n\127é😀', "", 0, -0.0, 1, -1, 99999, 100000, 1.0,
      1.5, 0.1, 1e15, 1e16, 2 ^ 53, -2 ^ 53, 1e300, -1e-300, true, false, null } do
      list[i] = { service = value, zz = value, time_gen = time }
    end
    local most = rawget(math, "maxinteger")
    if most then list[#list + 1] = { a = most, b = -most - 1, time_gen = time } end
    list[#list + 1] = { b = 1, a = 2, ab = 3, [""] = 4, ["é"] = 5, time_gen = time }
    list[#list + 1] = { service = 1, cinstance = 2, uinstance = 3, metric = 4, response_code = 200,
      value = 5, period = "day", timestamp = "20151130 00:00", time_gen = null }
    list[#list + 1] = { time_gen = 20151130 }
    list[#list + 1] = '{"raw" :\n{"deep":[1,2]}}'
    list[#list + 1] = " {} "
    local exporter = world.exporter()
    assert.equal(#list, (exporter:add_events(list)))
    local expected = engines.stored(world)
    assert.equal(#list, #expected)
    world.redis.cli("DEL", keys.inbox)
    for _, event in ipairs(list) do assert.is_true(one.record(event)) end
    one.settle()
    assert.same(expected, engines.stored(world))
  end)

  it("dates events that have no time", function()
    local one, before = start(), os.time()
    assert.is_true(one.record { service = "1" })
    one.settle()
    local time = engines.stored(world)[1]:match '^{"service":"1","time_gen":"(.*)"}$'
    for at = before, os.time() + 1 do
      if os.date("!%Y%m%d %H:%M:%S", at) == time then return end
    end
    error("dated " .. tostring(time))
  end)

  it("puts what is not an event among the rejected events", function()
    local one, rejected = start(), {}
    for i, event in ipairs { "", "{", "[]", "\0", "{}{}", '{"a":"\255"}', "a\nb" } do
      local taken, message, code = one.record(event)
      assert.same({ nil, "rejected" }, { taken, code })
      assert.truthy(message:find("kept with the rejected", 1, true), message)
      rejected[i] = event
    end
    local taken, _, code = one.record { a = "\255" }
    assert.same({ nil, "rejected" }, { taken, code })
    one.settle()
    local kept = world.exporter():rejected_list(100)
    assert.equal(#rejected + 1, #kept)
    for i, event in ipairs(rejected) do assert.equal(event, kept[i].event) end
    assert.same({}, engines.stored(world))
  end)

  it("raises when a value cannot be an event, and takes the next", function()
    local one = start()
    for _, event in ipairs { 1, true, {}, { 1 }, { a = {} }, { a = print }, { a = 1 / 0 } } do
      assert.has_error(function() one.record(event) end)
    end
    assert.has_error(function() one.record() end)
    record_all(one, { "{}" })
    one.settle()
    expect_stored { "{}" }
  end)

  it("lets events linger, but not when there are many", function()
    local one = start { linger_ms = 60000 }
    record_all(one, { "{}", event_of(chunk_bytes - 4) })
    assert.same({ 2, chunk_bytes }, { one.look().events_buffered, one.look().bytes_buffered })
    assert.equal(0, chunks())
    record_all(one, { '{"more":1}' })
    one.settle()
    expect_stored { "{}", event_of(chunk_bytes - 4), '{"more":1}' }
    assert.equal(2, chunks())
  end)

  it("puts a large event into a chunk of its own", function()
    local one = start()
    local events = { "{}", event_of(chunk_bytes), event_of(record_bytes - 1), '{"a":1}' }
    record_all(one, events)
    assert.is_nil(one.record(event_of(record_bytes)))
    one.settle()
    expect_stored(events)
    assert.equal("larger than a record", world.exporter():rejected_list(1)[1].reason)
  end)

  it("keeps the number of its last write in Redis for a day", function()
    local one = start()
    record_all(one, { "{}" })
    assert.is_true(one.report { service_id = "1", usage = { hits = 1 } })
    one.settle()
    for _, pattern in ipairs { "{send_to_kinesis:pending_events}:writer:*",
                               "send_to_kinesis:reports:writer:*" } do
      local found = world.redis.cli("KEYS", pattern)
      assert.equal(1, #found)
      assert.equal("1", world.redis.cli("GET", found[1])[1])
      local ttl = tonumber(world.redis.cli("TTL", found[1])[1])
      assert.is_true(ttl > 86000 and ttl <= 86400)
    end
  end)

  describe("while Redis is away", function()
    local function stop_redis(one)
      record_all(one, { '{"first":1}' })
      one.settle()
      world.redis.signal "STOP"
    end

    local function fail(one, times)
      local before = one.look().store_failures
      engines.wait(function() return one.look().store_failures >= before + times end)
      assert.is_true(one.look().away)
      assert.truthy(one.look().error:find "^redis [^\n]+$")
    end

    it("tries again, and stores each event once", function()
      local one, events = start { redis_timeout_ms = 60 }, helper.events(2000)
      stop_redis(one)
      record_all(one, events)
      fail(one, 3)
      record_all(one, { '{"last":1}' })
      assert.equal(2001, one.look().events_buffered)
      world.redis.signal "CONT"
      one.settle()
      table.insert(events, 1, '{"first":1}')
      events[#events + 1] = '{"last":1}'
      expect_stored(events)
      assert.is_false(one.look().away)
    end)

    it("repeats exactly the write whose reply it has not seen", function()
      local one = start { redis_timeout_ms = 60, linger_ms = 1 }
      world.redis.cli("CONFIG", "RESETSTAT")
      stop_redis(one)
      record_all(one, { '{"second":1}' })
      fail(one, 2)
      world.redis.signal "CONT"
      one.settle()
      local calls = tonumber(world.redis.cli("EVAL", [[
        return string.match(redis.call('INFO', 'commandstats'), 'cmdstat_eval:calls=(%d+)')]],
        "0")[1])
      assert.is_true(calls > 3, calls .. " scripts")
      expect_stored { '{"first":1}', '{"second":1}' }
    end)

    it("takes events until the buffer is full, and more when Redis is back", function()
      local one, taken = start { redis_timeout_ms = 60, buffer_bytes = 4096 }, { '{"first":1}' }
      stop_redis(one)
      local full, message, code
      repeat
        local event = ('{"n":"%05d"}'):format(#taken)
        full, message, code = one.record(event)
        taken[#taken + 1] = full and event
      until not full
      assert.equal("backpressure", code)
      assert.truthy(message:find("the buffer of 4096 bytes is full", 1, true), message)
      assert.equal(1 + math.floor(4096 / 14), #taken)
      local report, _, report_code = one.report { service_id = "1", usage = { hits = 1 } }
      assert.same({ nil, "backpressure" }, { report, report_code })
      local look = one.look()
      assert.same({ 1, 1, #taken - 1 },
        { look.events_dropped, look.reports_dropped, look.events_buffered })
      world.redis.signal "CONT"
      one.settle()
      record_all(one, { '{"last":1}' })
      taken[#taken + 1] = '{"last":1}'
      one.settle()
      expect_stored(taken)
    end)

    it("counts the memory of rejected events", function()
      local one, n = start { redis_timeout_ms = 60, buffer_bytes = 65536 }, 0
      stop_redis(one)
      repeat
        local _, _, code = one.record "x"
        n = n + 1
      until code == "backpressure"
      assert.is_true(n < 65536 / 32, n .. " were taken")
    end)

    it("fills chunks between rejected events", function()
      local one = start { redis_timeout_ms = 60 }
      local rejected, kept = {}, {}
      stop_redis(one)
      for n = 1, 200 do
        assert.is_true(one.record(('{"n":%d}'):format(n)))
        rejected[n] = "x" .. n
        assert.is_nil(one.record(rejected[n]))
      end
      world.redis.signal "CONT"
      one.settle()
      assert.equal(201, #engines.stored(world))
      assert.is_true(chunks() < 100, chunks() .. " chunks")
      for i, entry in ipairs(world.exporter():rejected_list(1000)) do kept[i] = entry.event end
      assert.equal("", worlds.difference(rejected, kept, true))
    end)

    it("goes on with other channels", function()
      local other = servers.start_redis()
      local one = start { redis_timeout_ms = 60 }
      local two = start { redis = other.unix_url }
      stop_redis(one)
      record_all(one, { "{}" })
      fail(one, 1)
      record_all(two, { '{"two":1}' })
      two.settle()
      assert.equal(1, one.look().events_buffered)
      assert.equal('{"two":1}', other.cli("LINDEX", keys.inbox, "0")[1])
      other.stop()
    end)
  end)

  it("stores each event once when Redis is killed, if Redis has kept what it confirmed", function()
    local directory = helper.temporary_directory()
    local args = { "--appendonly", "yes", "--appendfsync", "always" }
    local redis = servers.start_redis { directory = directory, args = args }
    local one, events = start { redis = redis.unix_url, linger_ms = 1 }, helper.events(6000)
    for i, event in ipairs(events) do
      assert.is_true(one.record(event))
      if i % 2000 == 0 then
        redis.signal "KILL"
        redis.stop()
        redis = servers.start_redis { directory = directory, args = args, port = redis.port }
      end
    end
    one.settle()
    assert.same(events, engines.stored { redis = redis })
    redis.stop()
    helper.remove_directory(directory)
  end)

  it("stores what a closed channel has taken", function()
    local one = start { linger_ms = 60000 }
    record_all(one, { "{}" })
    one.close()
    one.close()
    assert.has_error(function() one.record "{}" end, "the exporter is closed")
    assert.has_error(function() one.look() end, "the exporter is closed")
    assert.has_error(function() one.channel:start() end, "the exporter is closed")
    engines.wait(function() return #engines.stored(world) == 1 end)
    opened = {}
  end)
end)
