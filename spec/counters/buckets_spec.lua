-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Buckets as producers see them: when they are filled, which names they have, what a job makes of
-- them, and what operators do with them.

local cjson = require "cjson"
local worlds = require "worlds"
local oracle = require "stats_oracle"

local Exporter = require "kinesis_exporter"

local ON, EMERGENCY = "stats:enabled", "stats:disabled_emergency"
local OLD = "20151130100520"
local MONDAY = 1448877931 -- 2015-11-30 10:05:31 UTC

-- Makes as many empty buckets, ten seconds apart from 2015-11-30 10:00:00 on, the last one first.
local FILL = [[
  for i = ARGV[1] - 1, 0, -1 do
    local s = i * 10
    local name = ('20151130%02d%02d%02d'):format(10 + s / 3600, s / 60 % 60, s % 60)
    redis.call('ZADD', KEYS[1], name, name)
    redis.call('SADD', ARGV[2] .. name, 'stats/{service:1}/metric:2/day:20151130')
  end]]

-- Makes the only bucket an old one; then every counter with its value.
local AGE = [[
  local name = redis.call('ZRANGE', KEYS[1], 0, -1)
  assert(#name == 1)
  redis.call('RENAME', ARGV[1] .. name[1], ARGV[1] .. ARGV[2])
  redis.call('DEL', KEYS[1])
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[2])
  local list = {}
  for _, key in ipairs(redis.call('KEYS', 'stats/*')) do
    list[#list + 1] = key
    list[#list + 1] = redis.call('GET', key)
  end
  return list]]

describe("buckets", function()
  local world = worlds.world { firehose = false }
  local keys = world.keys
  local exporters, exporter, buckets, logged

  local function exporter_of(settings)
    local complete = world.settings {
      stream = "backend-events", region = "eu-west-1", credentials = worlds.credentials,
      log = function(level, message) logged[#logged + 1] = level .. " " .. message end,
    }
    for name, value in pairs(settings or {}) do complete[name] = value end
    local made = assert(Exporter.new(complete))
    exporters[#exporters + 1] = made
    return made
  end

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporters, logged = {}, {}
    exporter = exporter_of()
    buckets = exporter:buckets()
  end)
  after_each(function()
    for _, made in ipairs(exporters) do made:close() end
  end)

  local function fill(n)
    world.redis.cli("EVAL", FILL, "1", keys.buckets, tostring(n), keys.bucket)
  end

  local report = { service_id = "1", usage = { m = 1 }, timestamp = MONDAY }

  -- Reports once more, and expects the counter to say so.
  local reported = "stats/{service:1}/metric:m/eternity"
  local function report_number(n)
    assert.is_true(exporter:report(report))
    assert.same({ tostring(n) }, world.redis.cli("GET", reported))
  end

  describe("of an operator", function()
    it("do not exist, and are off, at first", function()
      assert.equal(0, buckets:size())
      assert.same({}, buckets:list())
      assert.is_false(buckets:enabled())
      assert.is_false(buckets:emergency())
      assert.equal(0, buckets:delete_all())
    end)

    it("are counted, and listed oldest first", function()
      fill(3)
      assert.equal(3, buckets:size())
      assert.same({ "20151130100000", "20151130100010", "20151130100020" }, buckets:list())
      fill(250)
      local list = buckets:list()
      assert.equal(250, #list)
      for i = 2, 250 do assert.is_true(list[i - 1] < list[i]) end
    end)

    it("are switched on and off for all producers", function()
      assert.is_true(buckets:enable())
      assert.same({ "1" }, world.redis.cli("GET", ON))
      assert.same({ "-1" }, world.redis.cli("TTL", ON))
      assert.is_true(exporter_of():buckets():enabled())
      assert.is_true(buckets:disable())
      assert.is_false(buckets:enabled())
      assert.equal(0, world.exists(ON, EMERGENCY))
    end)

    it("are off by a person from then on, when a person switches them off", function()
      world.redis.cli("SET", EMERGENCY, "1")
      assert.is_true(buckets:emergency())
      assert.is_false(buckets:enabled())
      assert.is_true(buckets:disable())
      assert.is_false(buckets:emergency())
      assert.equal(0, world.exists(EMERGENCY))
    end)

    it("keep their keys when they are switched off", function()
      fill(2)
      buckets:enable()
      buckets:disable()
      assert.equal(2, buckets:size())
    end)

    it("are deleted, all of them, and switched off", function()
      fill(250)
      buckets:enable()
      world.redis.cli("SET", EMERGENCY, "1")
      world.redis.cli("SET", "stats/{service:1}/metric:2/day:20151130", "1")
      assert.equal(250, buckets:delete_all())
      assert.same({ 0, false, false }, { buckets:size(), buckets:enabled(), buckets:emergency() })
      local left = world.redis.cli("KEYS", "*")
      table.sort(left)
      assert.same({ keys.enabled, "stats/{service:1}/metric:2/day:20151130" }, left)
    end)

    it("say that Redis is away", function()
      local away = exporter_of { redis = "redis://127.0.0.1:1" }:buckets()
      for _, method in ipairs { "size", "list", "enable", "disable", "enabled", "emergency",
                                "delete_all" } do
        local result, message, code = away[method](away)
        assert.same({ code = "redis" }, { result, code = code })
        assert.truthy(message:find("127.0.0.1:1: Connection refused", 1, true), message)
      end
    end)

    it("are methods of an object", function()
      assert.has_error(function() buckets.size() end,
        "expected an exporter: call its methods with a colon")
      exporter:close()
      assert.has_error(function() buckets:size() end)
    end)
  end)

  describe("of a producer", function()
    -- The names that a bucket may have that was written between two moments.
    local function names(interval, before, after)
      local possible = {}
      for second = before, after do
        possible[os.date("!%Y%m%d%H%M%S", second - second % interval)] = true
      end
      return possible
    end

    it("are not filled while they are off", function()
      report_number(1)
      assert.equal(0, world.exists(keys.buckets, EMERGENCY))
      assert.equal(0, buckets:size())
    end)

    for _, interval in ipairs { 1, 10, 30 } do
      it(("begin every %d s"):format(interval), function()
        local own = exporter_of { bucket_interval_seconds = interval }
        buckets:enable()
        local before = os.time()
        assert.is_true(own:report(report))
        local possible = names(interval, before, os.time() + 1)
        local list = buckets:list()
        assert.equal(1, #list)
        assert.is_true(possible[list[1]], list[1])
        assert.same({ list[1] }, world.redis.cli("ZSCORE", keys.buckets, list[1]))
        local members = world.redis.cli("SMEMBERS", keys.bucket .. list[1])
        table.sort(members)
        assert.same({ "stats/{service:1}/metric:m/day:20151130",
          "stats/{service:1}/metric:m/hour:201511301",
          "stats/{service:1}/metric:m/month:20151101" }, members)
      end)
    end

    it("hold each key once, even when several processes report it", function()
      local one, other = exporter_of { bucket_interval_seconds = 30 },
        exporter_of { bucket_interval_seconds = 30 }
      buckets:enable()
      for _ = 1, 3 do assert.is_true(one:report(report) and other:report { report, report }) end
      for _, name in ipairs(buckets:list()) do
        assert.same({ "3" }, world.redis.cli("SCARD", keys.bucket .. name))
      end
      assert.same({ "9" }, world.redis.cli("GET", reported))
    end)

    it("are not made for counters that are not exported", function()
      buckets:enable()
      assert.is_true(exporter:report { service_id = 1, response_code = 302 })
      assert.equal(0, buckets:size())
    end)
  end)

  describe("that nobody reads", function()
    it("may be 360", function()
      buckets:enable()
      fill(360)
      report_number(1)
      assert.equal(361, buckets:size())
      assert.is_true(buckets:enabled())
      assert.same({ {}, 0 }, { logged, exporter:stats().emergencies })
    end)

    it("switch themselves off when they are more, while the counters go on", function()
      buckets:enable()
      fill(361)
      report_number(1)
      assert.equal(361, buckets:size())
      assert.is_false(buckets:enabled())
      assert.is_true(buckets:emergency())
      assert.equal(0, world.exists(ON))
      assert.same({ "1" }, world.redis.cli("GET", EMERGENCY))
      local line = "warn buckets: switched off: there are too many of them, is a worker running?"
      assert.same({ line }, logged)
      report_number(2)
      assert.equal(1, #logged)
      assert.equal(1, exporter:stats().emergencies)
    end)

    it("stay off while one of them is left, then switch themselves on again", function()
      world.redis.cli("SET", EMERGENCY, "1")
      fill(1)
      report_number(1)
      assert.same({ false, 1 }, { buckets:enabled(), buckets:size() })
      world.redis.cli("DEL", keys.buckets)
      report_number(2)
      assert.same({ true, 1 }, { buckets:enabled(), buckets:size() })
      assert.same({ "warn buckets: switched on again: all of them have been read" }, logged)
      report_number(3)
      assert.equal(1, #logged)
    end)

    it("say so even when the counters cannot be written then", function()
      buckets:enable()
      fill(361)
      world.redis.cli("ACL", "SETUSER", "default", "-incrby")
      local done, _, code, before = exporter:report(report)
      world.redis.cli("ACL", "SETUSER", "default", "+@all")
      assert.same({ code = "redis", before = 0 }, { done, code = code, before = before })
      assert.is_false(buckets:enabled())
      assert.equal(1, #logged)
    end)

    it("do so when other characters follow the 1 of the switch, or of the emergency", function()
      world.redis.cli("SET", ON, " 1 of course")
      fill(361)
      report_number(1)
      assert.same({ false, true }, { buckets:enabled(), buckets:emergency() })
      world.redis.cli("SET", EMERGENCY, "1x")
      world.redis.cli("DEL", keys.buckets)
      report_number(2)
      assert.is_true(buckets:enabled())
      world.redis.cli("SET", ON, "0x1")
      assert.is_false(buckets:enabled())
      assert.equal(2, #logged)
    end)

    it("stay off when a person has switched them off since", function()
      buckets:enable()
      fill(361)
      report_number(1)
      buckets:disable()
      world.redis.cli("DEL", keys.buckets)
      report_number(2)
      assert.same({ false, 0 }, { buckets:enabled(), buckets:size() })
      assert.equal(1, #logged)
    end)

    for n, part in pairs { [361] = "first", [360] = "second" } do
      it("are switched off by the " .. part .. " part of a list, too", function()
        buckets:enable()
        fill(n)
        local list = {}
        for i = 1, 1001 do list[i] = { service_id = i, usage = { m = 1 } } end
        assert.is_true(exporter:report(list))
        assert.equal(1, #logged)
        assert.same({ false, 361 }, { buckets:enabled(), buckets:size() })
        assert.same({ "1" }, world.redis.cli("GET", "stats/{service:1001}/metric:m/eternity"))
      end)
    end
  end)

  describe("that a job reads", function()
    -- The same text for an event and for what it must hold, in any order of the members.
    local function flat(event)
      local list = {}
      for name, value in pairs(event) do list[#list + 1] = name .. "=" .. tostring(value) end
      table.sort(list)
      return table.concat(list, "\n")
    end

    local function pending()
      local list = {}
      for i, text in ipairs(world.pending()) do list[i] = flat(cjson.decode(text)) end
      return list
    end

    -- The events that the contract makes of the counters.
    local function expected(counters)
      local list = {}
      for i = 1, #counters, 2 do
        local event = oracle.read(counters[i], counters[i + 1], "20151130 10:05:20")
        assert(event, counters[i])
        local exported = event.period ~= "week" and event.period ~= "eternity"
        list[#list + 1] = exported and flat(event) or nil
      end
      return list
    end

    -- Reports, and has a job make events of all of it: no event is missing, none is wrong.
    local function round(list)
      exporter = exporter_of { bucket_interval_seconds = 30 }
      exporter:buckets():enable()
      assert.is_true(exporter:report(list))
      local counters = world.redis.cli("EVAL", AGE, "1", keys.buckets, keys.bucket, OLD)
      local events = expected(counters)
      assert.same({ #events }, { exporter:perform_job() })
      assert.equal("", worlds.difference(events, pending()))
      local stats = exporter:stats()
      assert.same({ 0, 0, 0 }, { stats.keys_invalid, stats.keys_expired, stats.keys_skipped })
      assert.equal(0, exporter:buckets():size())
      return #events
    end

    it("become the events of all that was reported", function()
      assert.equal(52, round {
        { service_id = 1006, application_id = "a60", user_id = "u7",
          usage = { [255] = 1, hits = 30 }, response_code = 404, timestamp = MONDAY },
        { service_id = 1006, application_id = "a60", usage = { [255] = 1 }, timestamp = MONDAY },
      })
    end)

    it("with all kinds of ids", function()
      local ids = { "a b", "josé", "佐藤", "a:b", "{x}", "}", "x@example.com", "\1", '"', "\\", "N",
        "metric:1", "+", "\127", "%2F", "stats" }
      local list = {}
      for i, id in ipairs(ids) do
        list[i] = { service_id = id, application_id = ids[i % #ids + 1], user_id = id .. i,
          usage = { [id] = i, [0] = 0 }, response_code = 200 + i, timestamp = MONDAY }
      end
      round(list)
    end)

    it("at all kinds of times", function()
      local list = {}
      for i, time in ipairs { 0, 1448841600, 1451606399, 1451606400, 1456749000, 253402300799,
                              4102444800, 1476129600 } do
        list[i] = { service_id = 1, user_id = i, usage = { m = i }, timestamp = time }
      end
      round(list)
    end)
  end)
end)
