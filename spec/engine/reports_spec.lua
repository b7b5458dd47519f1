-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The engine: it adds up reports and writes each of them once.

local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"

local MONDAY = 1448877931 -- 2015-11-30 10:05:31 UTC
local MOST = 2 ^ 53 - 1

-- Returns every counter with its value and its time to live, and the content of all buckets.
local WRITTEN = [[
  local list = {}
  for _, key in ipairs(redis.call('KEYS', 'stats/*')) do
    local ttl = redis.call('TTL', key)
    if ttl > 120 and ttl <= 180 then ttl = 180 end
    list[#list + 1] = key .. ' ' .. redis.call('GET', key) .. ' ' .. ttl
  end
  for _, name in ipairs(redis.call('ZRANGE', 'keys_changed_set', 0, -1)) do
    for _, key in ipairs(redis.call('SMEMBERS', '{stats_bucket}:' .. name)) do
      list[#list + 1] = 'changed ' .. key
    end
  end
  return list]]

local function random_report(below)
  local codes = { 200, 201, 302, 403, 404, 429, 500, 503 }
  local report = { service_id = "my api " .. below(3), timestamp = MONDAY + below(3) * 40 }
  if below(3) > 0 then report.application_id = "a" .. below(9) end
  if below(3) == 0 then report.user_id = ("José\t%d"):format(below(4)) end
  if below(4) > 0 then report.usage = { hits = below(5), ["m " .. below(3)] = below(100) } end
  if not report.usage or below(2) == 0 then report.response_code = codes[below(#codes) + 1] end
  return report
end

local function random_reports(n)
  local below, list = helper.dice(20151130), {}
  for i = 1, n do list[i] = random_report(below) end
  return list
end

local function report_of(usage, timestamp)
  return { service_id = "1", usage = usage, timestamp = timestamp or MONDAY }
end

describe("the engine's reports #threads", function()
  local world = worlds.world { firehose = false }
  local one

  setup(world.start)
  teardown(function()
    core.drain()
    world.stop()
  end)
  before_each(function()
    world.reset()
    world.redis.cli("SET", "stats:enabled", "1")
  end)
  after_each(function()
    world.redis.signal "CONT"
    if one then
      one.settle()
      one.close()
    end
    one = nil
  end)

  local function start(settings)
    local complete = { report_interval_ms = 20, bucket_interval_seconds = 30 }
    for name, value in pairs(settings or {}) do complete[name] = value end
    one = engines.start(world.settings(complete))
  end

  local function written()
    local list = world.redis.cli("EVAL", WRITTEN, "0")
    table.sort(list)
    return list
  end

  local function value(metric, period)
    return world.redis.cli("GET", "stats/{service:1}/metric:" .. metric .. "/" .. period)[1]
  end

  local function fail(times)
    local before = one.look().store_failures
    engines.wait(function() return one.look().store_failures >= before + times end)
  end

  it("have the same result as reports without the engine", function()
    local list = random_reports(700)
    assert.is_true((world.exporter { bucket_interval_seconds = 30 }:report(list)))
    local expected = written()
    assert.is_true(#expected > 1000)
    world.redis.cli("FLUSHALL")
    world.redis.cli("SET", "stats:enabled", "1")
    start()
    for i = 1, 300 do assert.is_true(one.report(list[i])) end
    one.settle()
    for i = 301, 700, 100 do
      local some = {}
      for k = i, i + 99 do some[#some + 1] = list[k] end
      assert.is_true(one.report(some))
    end
    one.settle()
    assert.same(expected, written())
    assert.equal(700, one.look().reports)
  end)

  it("have the time of their call when they have none", function()
    start { report_interval_ms = 60000 }
    local before = os.time()
    assert.is_true(one.report { service_id = "1", usage = { hits = 1 } })
    core.drain()
    local day = function(time) return "day:" .. os.date("!%Y%m%d", time) end
    assert.truthy(value("hits", day(before)) == "1" or value("hits", day(os.time())) == "1")
  end)

  it("raise when something is wrong; then none of the list is taken", function()
    start()
    for _, wrong in ipairs { 1, "x", { {} }, { report_of { hits = 1 }, report_of { hits = -1 } },
      { usage = { hits = 1 } }, report_of(nil), { report_of { hits = 1 }, 7 },
      { service_id = "1", response_code = 99 }, report_of({ hits = 1 }, -1) } do
      assert.has_error(function() one.report(wrong) end)
    end
    assert.is_true(one.report {})
    assert.is_true(one.report(report_of { hits = 7 }))
    one.settle()
    assert.equal("7", value("hits", "eternity"))
  end)

  it("that count nothing are complete", function()
    start()
    assert.is_true(one.report { service_id = "1", response_code = 302 })
    one.settle()
    assert.same({ "" }, written())
  end)

  it("are written early when there are many", function()
    start { report_interval_ms = 60000, buffer_bytes = 8192 }
    for n = 1, 300 do
      engines.wait(function() return one.report(report_of { ["m" .. n % 40] = 1 }) end)
    end
    core.drain()
    local sum = 0
    for n = 0, 39 do sum = sum + (tonumber(value("m" .. n, "eternity")) or 0) end
    assert.equal(300, sum)
  end)

  it("are counted once when Redis was away", function()
    start { redis_timeout_ms = 60 }
    assert.is_true(one.report(report_of { hits = 1 }))
    one.settle()
    world.redis.signal "STOP"
    for _ = 1, 50 do assert.is_true(one.report(report_of { hits = 1 })) end
    fail(2)
    for _ = 1, 50 do assert.is_true(one.report(report_of { hits = 1 })) end
    world.redis.signal "CONT"
    one.settle()
    assert.equal("101", value("hits", "eternity"))
    assert.is_false(one.look().away)
  end)

  it("are counted once though their writing is not answered", function()
    start { redis_timeout_ms = 60 }
    assert.is_true(one.report(report_of { hits = 1 }))
    one.settle()
    world.redis.cli("CLIENT", "PAUSE", "60000", "WRITE")
    assert.is_true(one.report(report_of { hits = 10 }))
    fail(3)
    world.redis.cli("CLIENT", "UNPAUSE")
    one.settle()
    assert.equal("11", value("hits", "eternity"))
  end)

  -- Their number makes the transaction take longer than the timeout.
  it("are counted once though the answer comes too late", function()
    start { redis_timeout_ms = 2, report_interval_ms = 60000 }
    local usage = {}
    for n = 1, 950 do usage["m" .. n] = n end
    assert.is_true(one.report { service_id = "1", application_id = "a", usage = usage,
                                timestamp = MONDAY })
    engines.wait(function()
      core.drain()
      one.channel:start()
      return one.look().bytes_buffered == 0
    end)
    for n = 1, 950, 73 do assert.equal(tostring(n), value("m" .. n, "eternity")) end
    assert.equal("950", value("m950", "day:20151130"))
  end)

  describe("of which one cannot be counted", function()
    local function expect_left_out(n, key, why)
      one.settle()
      local look = one.look()
      assert.equal(n, look.counters_left_out)
      assert.equal(("stats/{service:1}/metric:hits/%s: redis answered \"%s"):format(key, why),
        look.first_left_out:sub(1, -2))
      assert.equal(0, look.store_failures)
      assert.is_true(one.report(report_of { other = 1 }))
      one.settle()
      assert.equal(n, one.look().counters_left_out)
      assert.equal("2", value("other", "eternity"))
      assert.is_true(one.report(report_of { hits = 2000 }))
      one.settle()
      assert.is_true(one.look().counters_left_out > n)
    end

    it("leave that out, when it is of another type", function()
      world.redis.cli("RPUSH", "stats/{service:1}/metric:hits/day:20151130", "x")
      start()
      assert.is_true(one.report { report_of { hits = 3 }, report_of { other = 1 } })
      expect_left_out(1, "day:20151130",
        "WRONGTYPE Operation against a key holding the wrong kind of value")
      assert.equal("2003", value("hits", "eternity"))
      assert.equal("2003", value("hits", "hour:201511301"))
    end)

    it("leave that out, when it is no integer", function()
      world.redis.cli("SET", "stats/{service:1}/metric:hits/day:20151130", "1e3")
      start()
      assert.is_true(one.report { report_of { hits = 3 }, report_of { other = 1 } })
      expect_left_out(1, "day:20151130", "ERR value is not an integer or out of range")
      assert.equal("1e3", value("hits", "day:20151130"))
      assert.equal("2003", value("hits", "eternity"))
    end)

    it("leave that out, when it would overflow", function()
      world.redis.cli("SET", "stats/{service:1}/metric:hits/day:20151130", "9223372036854775800")
      start()
      assert.is_true(one.report { report_of { hits = 8 }, report_of { other = 1 } })
      expect_left_out(1, "day:20151130", "ERR increment or decrement would overflow")
      assert.equal("9223372036854775800", value("hits", "day:20151130"))
      assert.equal("2008", value("hits", "eternity"))
    end)

    it("leave out what is beyond 2^63", function()
      local list = { report_of { other = 1 } }
      for n = 1, 1025 do list[n + 1] = report_of { hits = MOST } end
      start()
      assert.is_true(one.report(list))
      expect_left_out(5, "eternity", "ERR increment or decrement would overflow")
      assert.equal("9223372036854774784", value("hits", "eternity")) -- 1024 * (2^53 - 1)
    end)
  end)

  -- The process may grow by what the manual says, and by 1 MiB for Lua. All reports differ, so that
  -- none are merged. With a sanitizer the memory cannot be compared.
  local function plain(name, test)
    if not package.cpath:find "build/[at]san" then it(name, test) end
  end

  plain("take no more memory than they may, while Redis is away and when it is back", function()
    local settings = world.settings {
      buffer_bytes = 8 * 1024 * 1024, redis_timeout_ms = 60000, drain_timeout_ms = 1,
    }
    local code, out, err = engines.run(settings, ([[
      local function kib(what)
        local file = assert(io.open "/proc/self/status")
        local found = file:read "*a":match(what .. ":%%s+(%%d+)")
        file:close()
        return tonumber(found)
      end
      local function report(n)
        return opened.report { service_id = "1", application_id = "application " .. n,
          usage = { hits = 1 } }
      end
      for _ = 1, 100 do assert(report(1)) end
      opened.settle()
      for n = 1, 200000 do local _ = "application " .. n end
      collectgarbage()
      local before, n = kib "VmRSS", 0
      assert(os.execute "kill -STOP %d")
      repeat n = n + 1 until not report(n)
      collectgarbage()
      local full = kib "VmRSS"
      assert(os.execute "kill -CONT %d")
      local written = opened.look().counters_written
      engines.wait(function() return opened.look().counters_written > written + 10000 end)
      io.write(n, " ", full - before, " ", kib "VmHWM" - before)
      core.drain()]]):format(world.redis.pid, world.redis.pid))
    assert.equal(0, code, err)
    local n, full, most = out:match "^(%d+) (%-?%d+) (%-?%d+)$"
    assert.is_true(tonumber(n) > 70000, out)
    for _, grown in ipairs { full, most } do assert.is_true(tonumber(grown) <= 10 * 1024, out) end
  end)

  it("switch buckets off when nobody reads them, and on again", function()
    start()
    local script = [[for i = 1, 361 do
      redis.call('ZADD', 'keys_changed_set', i, '2015113010' .. 1000 + i) end]]
    world.redis.cli("EVAL", script, "0")
    assert.is_true(one.report(report_of { hits = 1 }))
    one.settle()
    helper.wait_until(function() return one.look().turns == 1 end)
    assert.equal("off", one.look().turn)
    assert.equal("", world.redis.cli("GET", "stats:enabled")[1])
    world.redis.cli("DEL", "keys_changed_set")
    assert.is_true(one.report(report_of { hits = 1 }))
    one.settle()
    helper.wait_until(function() return one.look().turns == 2 end)
    assert.equal("on", one.look().turn)
    assert.equal("1", world.redis.cli("GET", "stats:enabled")[1])
    assert.equal("2", value("hits", "eternity"))
    assert.equal("1", world.redis.cli("ZCARD", "keys_changed_set")[1])
  end)
end)
