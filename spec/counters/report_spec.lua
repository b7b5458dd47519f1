-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Reports as programs make them: the counters and buckets that they leave in Redis. Long, because
-- all its cases share one table of expected counters.

local worlds = require "worlds"
local oracle = require "stats_oracle"
local servers = require "servers"

local Exporter = require "kinesis_exporter"

local MONDAY = 1448877931 -- 2015-11-30 10:05:31 UTC

-- Every counter with its value, and with 180 when it expires after about that many seconds.
local COUNTERS = [[
  local list = {}
  for _, key in ipairs(redis.call('KEYS', 'stats/*')) do
    local ttl = redis.call('TTL', key)
    if ttl > 120 and ttl <= 180 then ttl = 180 end
    list[#list + 1] = key .. ' ' .. redis.call('GET', key) .. (ttl == -1 and '' or ' ' .. ttl)
  end
  return list]]

-- What all buckets hold.
local CHANGED = [[
  local list = {}
  for _, name in ipairs(redis.call('ZRANGE', 'keys_changed_set', 0, -1)) do
    for _, key in ipairs(redis.call('SMEMBERS', '{stats_bucket}:' .. name)) do
      list[#list + 1] = key
    end
  end
  return list]]

local FULL = [[
stats/{service:1006}/cinstance:a60/metric:255/day:20151130 2
stats/{service:1006}/cinstance:a60/metric:255/eternity 2
stats/{service:1006}/cinstance:a60/metric:255/hour:201511301 2
stats/{service:1006}/cinstance:a60/metric:255/minute:201511301005 2 180
stats/{service:1006}/cinstance:a60/metric:255/month:20151101 2
stats/{service:1006}/cinstance:a60/metric:255/week:20151130 2
stats/{service:1006}/cinstance:a60/metric:255/year:20150101 2
stats/{service:1006}/cinstance:a60/metric:hits/day:20151130 30
stats/{service:1006}/cinstance:a60/metric:hits/eternity 30
stats/{service:1006}/cinstance:a60/metric:hits/hour:201511301 30
stats/{service:1006}/cinstance:a60/metric:hits/minute:201511301005 30 180
stats/{service:1006}/cinstance:a60/metric:hits/month:20151101 30
stats/{service:1006}/cinstance:a60/metric:hits/week:20151130 30
stats/{service:1006}/cinstance:a60/metric:hits/year:20150101 30
stats/{service:1006}/cinstance:a60/response_code:404/day:20151130 1
stats/{service:1006}/cinstance:a60/response_code:404/eternity 1
stats/{service:1006}/cinstance:a60/response_code:404/hour:201511301 1
stats/{service:1006}/cinstance:a60/response_code:404/minute:201511301005 1 180
stats/{service:1006}/cinstance:a60/response_code:404/month:20151101 1
stats/{service:1006}/cinstance:a60/response_code:404/week:20151130 1
stats/{service:1006}/cinstance:a60/response_code:404/year:20150101 1
stats/{service:1006}/cinstance:a60/response_code:4XX/day:20151130 1
stats/{service:1006}/cinstance:a60/response_code:4XX/eternity 1
stats/{service:1006}/cinstance:a60/response_code:4XX/hour:201511301 1
stats/{service:1006}/cinstance:a60/response_code:4XX/minute:201511301005 1 180
stats/{service:1006}/cinstance:a60/response_code:4XX/month:20151101 1
stats/{service:1006}/cinstance:a60/response_code:4XX/week:20151130 1
stats/{service:1006}/cinstance:a60/response_code:4XX/year:20150101 1
stats/{service:1006}/metric:255/day:20151130 2
stats/{service:1006}/metric:255/eternity 2
stats/{service:1006}/metric:255/hour:201511301 2
stats/{service:1006}/metric:255/month:20151101 2
stats/{service:1006}/metric:255/week:20151130 2
stats/{service:1006}/metric:hits/day:20151130 30
stats/{service:1006}/metric:hits/eternity 30
stats/{service:1006}/metric:hits/hour:201511301 30
stats/{service:1006}/metric:hits/month:20151101 30
stats/{service:1006}/metric:hits/week:20151130 30
stats/{service:1006}/response_code:404/day:20151130 1
stats/{service:1006}/response_code:404/eternity 1
stats/{service:1006}/response_code:404/hour:201511301 1
stats/{service:1006}/response_code:404/month:20151101 1
stats/{service:1006}/response_code:404/week:20151130 1
stats/{service:1006}/response_code:4XX/day:20151130 1
stats/{service:1006}/response_code:4XX/eternity 1
stats/{service:1006}/response_code:4XX/hour:201511301 1
stats/{service:1006}/response_code:4XX/month:20151101 1
stats/{service:1006}/response_code:4XX/week:20151130 1
stats/{service:1006}/uinstance:u7/metric:255/day:20151130 2
stats/{service:1006}/uinstance:u7/metric:255/eternity 2
stats/{service:1006}/uinstance:u7/metric:255/hour:201511301 2
stats/{service:1006}/uinstance:u7/metric:255/minute:201511301005 2 180
stats/{service:1006}/uinstance:u7/metric:255/month:20151101 2
stats/{service:1006}/uinstance:u7/metric:255/week:20151130 2
stats/{service:1006}/uinstance:u7/metric:255/year:20150101 2
stats/{service:1006}/uinstance:u7/metric:hits/day:20151130 30
stats/{service:1006}/uinstance:u7/metric:hits/eternity 30
stats/{service:1006}/uinstance:u7/metric:hits/hour:201511301 30
stats/{service:1006}/uinstance:u7/metric:hits/minute:201511301005 30 180
stats/{service:1006}/uinstance:u7/metric:hits/month:20151101 30
stats/{service:1006}/uinstance:u7/metric:hits/week:20151130 30
stats/{service:1006}/uinstance:u7/metric:hits/year:20150101 30
stats/{service:1006}/uinstance:u7/response_code:404/day:20151130 1
stats/{service:1006}/uinstance:u7/response_code:404/eternity 1
stats/{service:1006}/uinstance:u7/response_code:404/hour:201511301 1
stats/{service:1006}/uinstance:u7/response_code:404/minute:201511301005 1 180
stats/{service:1006}/uinstance:u7/response_code:404/month:20151101 1
stats/{service:1006}/uinstance:u7/response_code:404/week:20151130 1
stats/{service:1006}/uinstance:u7/response_code:404/year:20150101 1
stats/{service:1006}/uinstance:u7/response_code:4XX/day:20151130 1
stats/{service:1006}/uinstance:u7/response_code:4XX/eternity 1
stats/{service:1006}/uinstance:u7/response_code:4XX/hour:201511301 1
stats/{service:1006}/uinstance:u7/response_code:4XX/minute:201511301005 1 180
stats/{service:1006}/uinstance:u7/response_code:4XX/month:20151101 1
stats/{service:1006}/uinstance:u7/response_code:4XX/week:20151130 1
stats/{service:1006}/uinstance:u7/response_code:4XX/year:20150101 1
]]

describe("report #valgrind", function()
  local world = worlds.world { firehose = false }
  local keys = world.keys
  local exporters, exporter

  -- The interval is long, so that a list seldom begins in one bucket and ends in the next.
  local function exporter_of(settings)
    local complete = { redis = world.redis.unix_url, bucket_interval_seconds = 30 }
    for name, value in pairs(settings or {}) do complete[name] = value end
    local made = assert(Exporter.new(complete))
    exporters[#exporters + 1] = made
    return made
  end

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporters = {}
    exporter = exporter_of()
  end)
  after_each(function()
    for _, made in ipairs(exporters) do made:close() end
  end)

  -- What a script says, sorted.
  local function ask(script, redis)
    local list = (redis or world.redis).cli("EVAL", script, "0")
    if list[1] == "" then return {} end
    table.sort(list)
    return list
  end

  local function counters(redis) return ask(COUNTERS, redis) end
  local function changed(redis) return ask(CHANGED, redis) end

  local function value(key) return world.redis.cli("GET", key)[1] end

  -- The keys of counters that a job exports.
  local function exported(list)
    local some = {}
    for _, line in ipairs(list) do
      local key = line:match "^%S+"
      if not key:find "/eternity$" and not key:find "/week:%d+$" then some[#some + 1] = key end
    end
    return some
  end

  -- Reports of as many services, each of five counters.
  local function reports(n)
    local list = {}
    for i = 1, n do
      list[i] = { service_id = i, usage = { hits = i }, timestamp = MONDAY }
    end
    return list
  end

  local function expect_failure(n, result, message, code, before)
    assert.same({ code = "redis", before = n }, { result, code = code, before = before })
    assert.truthy(message:find "^redis [^\n]+$", message)
    return message
  end

  describe("writes", function()
    it("every counter of the contract, and no other", function()
      assert.is_true(exporter:report {
        service_id = "1006", application_id = "a60", user_id = "u7",
        usage = { ["255"] = 2, hits = 30 }, response_code = 404, timestamp = MONDAY,
      })
      assert.equal(FULL, table.concat(counters(), "\n") .. "\n")
    end)

    it("the keys of those that are exported into the bucket, too", function()
      assert.is_true(exporter:buckets():enable())
      assert.is_true(exporter:report {
        service_id = "1006", application_id = "a60", user_id = "u7",
        usage = { ["255"] = 2, hits = 30 }, response_code = 404, timestamp = MONDAY,
      })
      local list = counters()
      assert.equal(FULL, table.concat(list, "\n") .. "\n")
      assert.same(exported(list), changed())
      assert.equal(52, #exported(list))
    end)

    it("in addition to what other processes have counted", function()
      world.redis.cli("SET", "stats/{service:1}/metric:m/day:20151130", "40")
      local report = { service_id = "1", usage = { m = 2 }, timestamp = MONDAY }
      for _ = 1, 2 do assert.is_true(exporter:report(report)) end
      assert.equal("44", value "stats/{service:1}/metric:m/day:20151130")
      assert.equal("4", value "stats/{service:1}/metric:m/eternity")
    end)

    it("counters of minutes, which then expire after 180 s", function()
      local report = { service_id = "1", user_id = "u", usage = { m = 2 }, timestamp = MONDAY }
      local minute = "stats/{service:1}/uinstance:u/metric:m/minute:201511301005"
      exporter:report(report)
      world.redis.cli("EXPIRE", minute, "100")
      exporter:report(report)
      assert.truthy(table.concat(counters(), "\n"):find(minute .. " 4 180", 1, true))
    end)

    it("a fraction of a second as the second, and a use of nothing", function()
      exporter:report { service_id = "1", usage = { m = 0 }, timestamp = 1448877599.9 }
      assert.equal("0", value "stats/{service:1}/metric:m/hour:2015113009")
    end)

    it("a report without a time with the present one", function()
      local function minute()
        return "stats/{service:1}/uinstance:u/metric:m/minute:"
          .. oracle.period_start("minute", os.time())
      end
      local before = minute()
      exporter:report { service_id = "1", user_id = "u", usage = { m = 5 } }
      assert.equal(1, world.exists(before) + (before ~= minute() and world.exists(minute()) or 0))
    end)

    it("numbers of any length as text", function()
      exporter:report {
        { service_id = 1006, application_id = 60.0, user_id = 0, usage = { [255] = 1 },
          timestamp = MONDAY },
        { service_id = "1006", application_id = "60", user_id = "0", usage = { ["255"] = 1 },
          timestamp = MONDAY },
        { service_id = 2 ^ 53 - 1, usage = { [123456789012345] = 2 ^ 53 - 1 }, timestamp = MONDAY },
      }
      assert.equal("2", value "stats/{service:1006}/metric:255/eternity")
      assert.equal("2", value "stats/{service:1006}/cinstance:60/metric:255/eternity")
      assert.equal("2", value "stats/{service:1006}/uinstance:0/metric:255/eternity")
      assert.equal("9007199254740991",
        value "stats/{service:9007199254740991}/metric:123456789012345/eternity")
      assert.equal(24, #counters())
    end)

    it("blanks in ids as +", function()
      exporter:report { service_id = "my api", application_id = "a\t60\n", user_id = "jo é",
        usage = { ["all  hits"] = 1 }, timestamp = MONDAY }
      assert.equal("1", value "stats/{service:my+api}/metric:all++hits/eternity")
      assert.equal("1", value "stats/{service:my+api}/cinstance:a+60+/metric:all++hits/eternity")
      assert.equal("1", value "stats/{service:my+api}/uinstance:jo+é/metric:all++hits/eternity")
    end)

    it("responses without usage, and nothing for those that are not counted", function()
      exporter:report { { service_id = "1", response_code = 304 },
        { service_id = "1", response_code = 999, usage = {} } }
      assert.same({}, counters())
      exporter:report { service_id = "1", response_code = 503, timestamp = MONDAY }
      assert.equal("1", value "stats/{service:1}/response_code:5XX/eternity")
      assert.equal("1", value "stats/{service:1}/response_code:503/eternity")
      assert.equal(10, #counters())
    end)
  end)

  describe("takes a list", function()
    it("of reports that are added up before they are written", function()
      exporter:buckets():enable()
      local list = {}
      for i = 1, 1000 do
        list[i] = { service_id = i % 2, application_id = "a" .. i % 5, usage = { hits = i },
          response_code = 200, timestamp = MONDAY }
      end
      assert.is_true(exporter:report(list))
      assert.equal("250000", value "stats/{service:1}/metric:hits/day:20151130")
      assert.equal("250500", value "stats/{service:0}/metric:hits/day:20151130")
      assert.equal("49800", value "stats/{service:1}/cinstance:a3/metric:hits/day:20151130")
      assert.equal("100", value "stats/{service:1}/cinstance:a3/response_code:2XX/day:20151130")
      local list_of_counters = counters()
      assert.same(exported(list_of_counters), changed())
      local stats = exporter:stats()
      assert.same({ 1000, #list_of_counters }, { stats.reports, stats.counters_written })
      assert.equal(2 * 3 * 5 + 10 * 3 * 7, #list_of_counters)
    end)

    it("of more counters than are written at once", function()
      exporter:buckets():enable()
      assert.is_true(exporter:report(reports(2000)))
      local list = counters()
      assert.equal(10000, #list)
      for _, line in ipairs(list) do
        assert.equal(line:match "service:(%d+)}", line:match " (%d+)$")
      end
      assert.same(exported(list), changed())
      local stats = exporter:stats()
      assert.same({ 2000, 10000 }, { stats.reports, stats.counters_written })
    end)

    it("of one report with as many", function()
      local usage = {}
      for i = 1, 1100 do usage[i] = i end
      assert.is_true(exporter:report { { service_id = 1, usage = usage, timestamp = MONDAY } })
      assert.equal("1100", value "stats/{service:1}/metric:1100/eternity")
      assert.equal(5500, exporter:stats().counters_written)
    end)

    it("of one report that changes more than a connection takes at a time", function()
      exporter:buckets():enable()
      local usage = {}
      for i = 1, 5100 do usage[i] = i end
      assert.is_true(exporter:report {
        service_id = 1, application_id = 2, user_id = 3, usage = usage, timestamp = MONDAY,
      })
      assert.equal(5100 * 19, exporter:stats().counters_written)
      local n = 0
      for _, name in ipairs(exporter:buckets():list()) do
        n = n + tonumber(world.redis.cli("SCARD", keys.bucket .. name)[1])
      end
      assert.equal(5100 * 13, n)
    end)

    it("without reports", function()
      exporter:buckets():enable()
      assert.is_true(exporter:report {})
      assert.same({ 0, {} }, { exporter:buckets():size(), counters() })
      assert.equal(0, exporter:stats().reports)
    end)
  end)

  it("is a function of the module, too", function()
    assert.is_true(Exporter.configure { redis = world.redis.unix_url })
    assert.is_true(Exporter.report { service_id = 1, usage = { m = 3 } })
    assert.is_true(Exporter.close())
    assert.equal("3", value "stats/{service:1}/metric:m/eternity")
  end)

  describe("refuses", function()
    local fine = { service_id = "1", usage = { m = 1 } }
    local function with(field, what)
      local report = { service_id = "1", usage = { m = 1 } }
      report[field] = what
      return report
    end

    local an_id = "must be a string or a whole number"
    local text = "must be UTF-8, not empty and without a slash or a NUL"
    local uses = "usage must be whole numbers from 0 to 2^53 - 1"
    local code = "response_code must be a number from 100 to 999"
    local time = "timestamp must be a number from 0 to 253402300799"
    local cases = {
      { {}, "service_id " .. an_id .. ", got a nil" }, { "x", "must be a table, got a string" },
      { with("service_id", true), "service_id " .. an_id .. ", got a boolean" },
      { with("service_id", 1.5), "service_id " .. an_id },
      { with("service_id", -1), "service_id " .. an_id },
      { with("service_id", 2 ^ 53), "service_id " .. an_id },
      { with("service_id", 0 / 0), "service_id " .. an_id },
      { with("service_id", ""), "service_id " .. text },
      { with("application_id", {}), "application_id " .. an_id .. ", got a table" },
      { with("application_id", "a/b"), "application_id " .. text },
      { with("user_id", "\255"), "user_id " .. text },
      { with("service_id", "a\0b"), "service_id " .. text },
      { with("application_id", "\0"), "application_id " .. text },
      { with("user_id", "b\0"), "user_id " .. text },
      { with("usage", { ["m\0"] = 1 }), "a metric " .. text },
      { with("usage", 3), "usage must be a table, got a number" },
      { with("usage", { m = "1" }), uses }, { with("usage", { m = -1 }), uses },
      { with("usage", { m = 1.5 }), uses }, { with("usage", { m = 2 ^ 53 }), uses },
      { with("usage", { m = 0 / 0 }), uses }, { with("usage", { m = 1 / 0 }), uses },
      { with("usage", { ["a/b"] = 1 }), "a metric " .. text },
      { with("usage", { [true] = 1 }), "a metric " .. an_id .. ", got a boolean" },
      { with("usage", { [1.5] = 1 }), "a metric " .. an_id },
      { with("usage", {}), "needs usage or response_code" },
      { with("usage", nil), "needs usage or response_code" },
      { with("response_code", "404"), code }, { with("response_code", 99), code },
      { with("response_code", 1000), code }, { with("response_code", 0 / 0), code },
      { with("response_code", 404.5), "response_code must be a whole number" },
      { with("timestamp", "now"), time }, { with("timestamp", -1), time },
      { with("timestamp", 253402300800), time }, { with("timestamp", 1 / 0), time },
      { with("metric", 1), "unknown field 'metric'" },
      { with(1.5, 1), "unknown field 'number'" },
    }

    local function refused(n, why, given)
      local done, message = pcall(exporter.report, exporter, given)
      assert.is_false(done, why)
      assert.truthy(message:find(("report %d:? "):format(n)), message)
      assert.truthy(message:find(why, 1, true), message)
    end

    it("a value that is not a report, with its number, and writes nothing of the list", function()
      exporter:buckets():enable()
      for _, case in ipairs(cases) do
        refused(1, case[2], { case[1] })
        refused(2, case[2], { fine, case[1], fine })
      end
      local late = reports(1500)
      late[1500].service_id = nil
      refused(1500, "service_id", late)
      assert.same({ {}, 0 }, { counters(), exporter:buckets():size() })
      assert.is_true(exporter:report(fine))
      assert.equal(5, #counters())
    end)

    it("a single value that is not a report", function()
      refused(1, "unknown field 'metric'", with("metric", 1))
      refused(1, "service_id", { usage = { m = 1 } })
      refused(1, "unknown field 'number'", { nil, fine })
    end)

    it("what a report only seems to hold", function()
      refused(1, "service_id", { setmetatable({}, { __index = fine }) })
      refused(1, "needs usage", setmetatable({ service_id = "1" }, { __index = fine }))
      assert.same({}, counters())
    end)

    it("a value that is not a table, and a closed exporter", function()
      assert.has_error(function() exporter:report() end,
        "expected a report or a list of reports, got a nil")
      assert.has_error(function() exporter:report "1006" end,
        "expected a report or a list of reports, got a string")
      exporter:close()
      assert.has_error(function() exporter:report(fine) end)
    end)
  end)

  describe("fails", function()
    local list

    before_each(function()
      exporter:buckets():enable()
      list = reports(400)
    end)

    -- Gives the buckets of the next minute another type.
    local function spoil_buckets()
      local now = os.time()
      for i = 0, 2 do
        local start = now - now % 30 + 30 * i
        world.redis.cli("SET", keys.bucket .. os.date("!%Y%m%d%H%M%S", start), "spoilt")
      end
    end

    it("when Redis is away", function()
      local away = exporter_of { redis = "redis://127.0.0.1:1" }
      local message = expect_failure(0, away:report(list))
      assert.truthy(message:find("127.0.0.1:1: Connection refused", 1, true), message)
      assert.equal(0, away:stats().reports)
    end)

    it("before any counter changes when there is something else in the bucket's place", function()
      spoil_buckets()
      local message = expect_failure(0, exporter:report(list))
      assert.truthy(message:find("WRONGTYPE", 1, true), message)
      assert.same({}, counters())
      assert.same({ 0, 0 }, { exporter:stats().reports, exporter:stats().counters_written })
    end)

    it("also when the buckets cannot be counted", function()
      world.redis.cli("SET", keys.buckets, "spoilt")
      expect_failure(0, exporter:report(list))
      assert.same({}, counters())
    end)

    it("once: the next report does not meet the answers of this one", function()
      spoil_buckets()
      expect_failure(0, exporter:report(list))
      world.redis.cli("FLUSHALL")
      exporter:buckets():enable()
      assert.is_true(exporter:report(list))
      world.redis.cli("FLUSHALL")
      exporter:buckets():enable()
      spoil_buckets()
      expect_failure(0, exporter:report(list))
      world.redis.cli("FLUSHALL")
      assert.is_true(exporter:report(list))
      assert.equal(2000, #counters())
    end)

    it("with the number of reports that were surely written before", function()
      world.redis.cli("ACL", "SETUSER", "some", "on", ">secret", "+@all", "~stats:*", "~*bucket*",
        "~keys_changed_set", "~stats/{service:?}*", "~stats/{service:??}*", "~stats/{service:???}*",
        "~stats/{service:1000}*")
      local some = exporter_of { redis = world.redis.url:gsub("//", "//some:secret@", 1) }
      expect_failure(1000, some:report(reports(2000)))
      assert.equal("1000", value "stats/{service:1000}/metric:hits/eternity")
      local stats = some:stats()
      assert.same({ 1000, 5000 }, { stats.reports, stats.counters_written })
    end)

    it("for none of its counters that Redis cannot count up: it counts the others, and tells",
    function()
      local told = {}
      local teller = exporter_of {
        log = function(level, message, fields)
          if fields.event == "counters_left_out" then
            told[#told + 1] = { level, message, fields.count, fields.first }
          end
        end,
      }
      world.redis.cli("LPUSH", "stats/{service:3}/metric:hits/eternity", "x")
      world.redis.cli("SET", "stats/{service:5}/metric:hits/day:20151130", "9223372036854775807")
      world.redis.cli("SET", "stats/{service:400}/metric:hits/week:20151130", "12.5")
      assert.is_true(teller:report(list))
      assert.equal("3", value "stats/{service:3}/metric:hits/day:20151130")
      assert.equal("5", value "stats/{service:5}/metric:hits/eternity")
      assert.equal(1, #told)
      assert.equal("error", told[1][1])
      assert.equal(3, told[1][3])
      assert.truthy(told[1][4]:find "^stats/{service:[35]}/metric:hits/%S+: redis answered \"%u")
      assert.truthy(told[1][2]:find(told[1][4], 1, true))
      local stats = teller:stats()
      assert.same({ 400, 1997, 3 },
        { stats.reports, stats.counters_written, stats.counters_left_out })
      assert.is_true(teller:report(list[5]))
      assert.equal(2, #told)
      assert.truthy(told[2][4]:find("stats/{service:5}/metric:hits/day:20151130", 1, true))
      assert.equal(4, teller:stats().counters_left_out)
    end)

    it("not because the server has closed the connection since the last one", function()
      assert.is_true(exporter:report(list[1]))
      world.redis.cli("CLIENT", "KILL", "TYPE", "normal")
      assert.is_true(exporter:report(list[1]))
      assert.equal("2", value "stats/{service:1}/metric:hits/eternity")
    end)
  end)

  describe("with an analytics Redis of its own", function()
    local main, own

    setup(function() main = servers.start_redis() end)
    teardown(function() main.stop() end)
    before_each(function()
      main.cli("FLUSHALL")
      own = exporter_of { redis = main.unix_url, analytics_redis = world.redis.unix_url }
    end)

    it("writes counters to one and buckets to the other", function()
      assert.is_true(own:buckets():enable())
      assert.is_true(own:report(reports(300)))
      local list = counters(main)
      assert.equal(1500, #list)
      assert.same(exported(list), changed())
      assert.same({}, counters())
      assert.same({ "0" }, main.cli("EXISTS", keys.buckets))
    end)

    it("uses the switch of one, and the buckets of the other", function()
      world.redis.cli("SET", "stats:enabled", "1")
      assert.is_true(own:report(reports(1)))
      assert.equal(0, own:buckets():size())
      main.cli("SET", "stats:disabled_emergency", "1")
      main.cli("ZADD", keys.buckets, "20151130100500", "20151130100500", "5", "5")
      assert.is_true(own:report(reports(1)))
      assert.is_true(own:buckets():enabled())
      assert.same({ 1, 1 }, { own:buckets():size(), #own:buckets():list() })
      assert.equal(1, own:buckets():delete_all())
      assert.same({ "0" }, main.cli("EXISTS", "stats:enabled", "stats:disabled_emergency"))
      assert.equal(1, world.exists("stats:enabled"))
    end)

    it("ignores what is wrong in the other while buckets are off", function()
      own:buckets():enable()
      assert.is_true(own:report(reports(1)))
      own:buckets():disable()
      world.redis.cli("DEL", keys.buckets)
      world.redis.cli("SET", keys.buckets, "spoilt")
      assert.is_true(own:report(reports(1)))
      own:buckets():enable()
      expect_failure(0, own:report(reports(1)))
      world.redis.cli("DEL", keys.buckets)
      assert.is_true(own:report(reports(1)))
      assert.same({ "3" }, main.cli("GET", "stats/{service:1}/metric:hits/eternity"))
      assert.equal(1, own:buckets():size())
    end)

    it("keeps its connection to the other while buckets are off", function()
      local function connections()
        return tonumber(table.concat(world.redis.cli("INFO", "stats"), "\n")
          :match "total_connections_received:(%d+)")
      end
      own:buckets():size()
      local before, spent = connections(), connections()
      for _ = 1, 3 do
        assert.is_true(own:report(reports(1)))
        own:buckets():size()
      end
      assert.equal(spent - before, connections() - spent)
    end)

    it("changes no counter while the other is away", function()
      own:buckets():enable()
      local cut = exporter_of { redis = main.unix_url, analytics_redis = "redis://127.0.0.1:1" }
      expect_failure(0, cut:report(reports(1)))
      assert.same({}, counters(main))
      own:buckets():disable()
      assert.is_true(cut:report(reports(1)))
      assert.equal(5, #counters(main))
    end)
  end)
end)
