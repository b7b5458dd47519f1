-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A job, from due buckets to events. Long, because all its cases share one set of helpers.

local cjson = require "cjson"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

-- The name of the bucket of some seconds ago, or of some seconds after a given one.
local function ago(seconds)
  return os.date("!%Y%m%d%H%M%S", os.time() - seconds)
end

local function time_gen(bucket)
  return bucket:gsub("^(%d%d%d%d%d%d%d%d)(%d%d)(%d%d)(%d%d)$", "%1 %2:%3:%4")
end

-- What the contract makes of `stats/{service:S}/cinstance:A/metric:M/hour:2015113010`.
local function event(n, value, bucket)
  return ('{"service":"1006","cinstance":"a%d","metric":"255","value":"%d","period":"hour",'
    .. '"timestamp":"20151130 11:00","time_gen":"%s"}'):format(n, value, time_gen(bucket))
end

local function key(n)
  return ("stats/{service:1006}/cinstance:a%d/metric:255/hour:2015113011"):format(n)
end

-- Counters number `first` to `last`, each with its number and `add` as its value.
local function counters(first, last, add)
  local list = {}
  for n = first, last do list[key(n)] = n + (add or 0) end
  return list
end

local function events(first, last, bucket, add)
  local list = {}
  for n = first, last do list[#list + 1] = event(n, n + (add or 0), bucket) end
  return list
end

describe("job", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  local A, B, C = "20151130100500", "20151130100510", "20151130100520"

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  local function buckets()
    return world.redis.cli("ZRANGE", keys.buckets, "0", "-1")
  end

  local function marker()
    return world.redis.cli("GET", keys.latest)[1]
  end

  local function everything()
    local list = world.pending()
    for _, text in ipairs(world.firehose.events()) do list[#list + 1] = text end
    return list
  end

  -- The job is done: it made these events, and no claim or stage is left.
  local function made(expected, repeats)
    assert.equal("", worlds.difference(expected, everything(), repeats))
    assert.equal("", world.leftovers())
    assert.equal(#world.pending(), exporter:num_pending_events())
  end

  describe("makes events", function()
    it("as the contract writes them, under the name of the newest bucket", function()
      world.change(A, { [key(1)] = 7, ["stats/{service:1}/metric:2/year:20150101"] = -3 })
      world.change(B, { [key(1)] = 8, ["stats/{service:1}/uinstance:N/A/response_code:2XX"
        .. "/minute:20151130100501"] = 4 })
      local n, outcome = exporter:job()
      assert.same({ 2 }, { n, outcome })
      made { event(1, 8, B),
        '{"service":"1","metric":"2","value":"-3","period":"year","timestamp":"20150101 00:00",'
          .. '"time_gen":"20151130 10:05:10"}' }
      assert.equal(1, exporter:stats().keys_invalid)
      assert.same({ { "" } }, { buckets() })
      assert.equal(B, marker())
      assert.equal(0, world.exists(keys.bucket .. A, keys.bucket .. B))
    end)

    it("of a key once, when several buckets have it", function()
      for i = 0, 9 do world.change(("2015113010%02d00"):format(i), counters(1, 300, i)) end
      assert.equal(300, (exporter:job()))
      made(events(1, 300, "20151130100900", 9))
    end)

    it("of many keys, page by page", function()
      world.change(A, counters(1, 9000))
      world.change(B, counters(6001, 15000))
      assert.equal(15000, (exporter:job()))
      made(events(1, 15000, B))
      assert.equal("", worlds.difference(events(1, 15000, B), world.firehose.events()))
    end)

    it("of one large bucket", function()
      world.change(A, counters(1, 12000))
      assert.equal(12000, (exporter:job()))
      made(events(1, 12000, A))
    end)

    it("of keys with long ids, in chunks of bounded length", function()
      local long, expected = {}, {}
      for n = 1, 900 do
        local id = ("é"):rep(300 + n) .. '"\\' .. n
        long["stats/{service:" .. id .. "}/day:20151130"] = n
        expected[n] = ('{"service":%s,"value":"%d","period":"day","timestamp":"20151130 00:00",'
          .. '"time_gen":"20151130 10:05:00"}'):format('"' .. id:gsub('["\\]', "\\%0") .. '"', n)
      end
      world.change(A, long)
      assert.equal(900, (exporter:job()))
      made(expected)
    end)

    it("of no key when no bucket is due", function()
      assert.same({ 0 }, { exporter:job() })
      assert.equal("", marker())
      assert.equal("", world.leftovers())
    end)

    it("of no key of a bucket that holds nothing to export, and forgets the bucket", function()
      world.change(A, { ["stats/{service:1}/metric:2/eternity"] = 5,
        ["stats/{service:1}/metric:2/week:20151130"] = 6 })
      world.redis.cli("ZADD", keys.buckets, B, B)
      assert.same({ 0 }, { exporter:job() })
      assert.same({ "" }, buckets())
      assert.equal(B, marker())
      assert.equal(2, exporter:stats().keys_skipped)
      made {}
    end)
  end)

  describe("exports", function()
    it("a 0 for a counter that is gone, unless it is of a minute", function()
      local gone = { [key(1)] = false }
      local expected = { event(1, 0, A) }
      for period, start in pairs { day = "20151130", month = "20151101", year = "20150101" } do
        gone["stats/{service:1}/metric:2/" .. period .. ":" .. start] = false
        expected[#expected + 1] = ('{"service":"1","metric":"2","value":"0","period":"%s",'
          .. '"timestamp":"%s 00:00","time_gen":"%s"}'):format(period, start, time_gen(A))
      end
      world.change(A, gone)
      assert.equal(4, (exporter:job()))
      made(expected)
      assert.equal(0, exporter:stats().keys_expired)
    end)

    it("ids with a blank unchanged", function()
      world.change(A, { ["stats/{service:my api}/cinstance:my app/metric:a\tb/day:20151130"] = 4 })
      assert.equal(1, (exporter:job()))
      made { '{"service":"my api","cinstance":"my app","metric":"a\\tb","value":"4",'
        .. '"period":"day","timestamp":"20151130 00:00","time_gen":"20151130 10:05:00"}' }
      assert.equal(0, exporter:stats().keys_invalid)
    end)
  end)

  describe("leaves out", function()
    it("counters of minutes that expired, and counts them", function()
      local minute = "stats/{service:1}/cinstance:a%d/metric:2/minute:20151130100%d"
      world.change(A, { [key(1)] = 1, [minute:format(1, 5)] = false,
        [minute:format(2, 5)] = false })
      assert.equal(1, (exporter:job()))
      made { event(1, 1, A) }
      assert.equal(2, exporter:stats().keys_expired)
    end)

    it("invalid keys and values, and lists them", function()
      local other = "stats/{service:1}/metric:2/day:20151130"
      world.change(A, { [key(1)] = 1, bogus = "x", [other] = "1.5" })
      assert.equal(1, (exporter:job()))
      local told, more = exporter:invalid_keys()
      table.sort(told, function(a, b) return a[1] < b[1] end)
      assert.same({ { "bogus", "x" }, { other, "1.5" } }, told)
      assert.equal(0, more)
      assert.same({}, (exporter:invalid_keys()))
      assert.equal(2, exporter:stats().keys_invalid)
    end)

    it("keys of another type, among many counters that are gone", function()
      local gone, expected = { [key(1)] = false }, { event(1, 0, A) }
      for n = 2, 100 do gone[key(n)], expected[n] = false, event(n, 0, A) end
      local other = "stats/{service:1}/metric:2/day:20151130"
      gone[other] = false
      world.change(A, gone)
      world.redis.cli("LPUSH", other, "x")
      assert.equal(100, (exporter:job()))
      made(expected)
      assert.same({ { other, "" } }, (exporter:invalid_keys()))
      assert.equal(1, exporter:stats().keys_invalid)
    end)

    it("more of those than it can list, and counts them all", function()
      local odd = {}
      for n = 1, 100 do odd[("odd-%d-%s"):format(n, ("x"):rep(500))] = n end
      world.change(A, odd)
      assert.equal(0, (exporter:job()))
      local told, more = exporter:invalid_keys()
      assert.equal(100, #told + more)
      assert.is_true(#told >= 10 and #told < 100)
      assert.is_true(#told[1][1] < 500)
      assert.equal(100, exporter:stats().keys_invalid)
    end)

    it("keys with a newline or a NUL, and does not confuse them with others", function()
      local blank, newline = key(1):gsub("a1", "a 1"), key(1):gsub("a1", "a\n1")
      world.change(A, { [newline] = 1, [key(1):gsub("a1", "a\0001")] = 2, [key(2)] = 2 })
      world.redis.cli("SET", blank, "7")
      assert.equal(1, (exporter:job()))
      made { event(2, 2, A) }
      assert.equal(2, exporter:stats().keys_invalid)
    end)

    it("members of the sorted set that are not bucket names", function()
      world.redis.cli("ZADD", keys.buckets, "5", "five", "20151130100505", "20151399100505")
      world.change(A, counters(1, 1))
      assert.equal(1, (exporter:job()))
      assert.same({ "five", "20151399100505" }, buckets())
    end)
  end)

  describe("reads the buckets", function()
    it("that are closed: the interval and 10 s old", function()
      local due, young = ago(23), ago(14)
      world.change(due, counters(1, 2))
      world.change(young, counters(2, 3))
      assert.equal(2, (exporter:job()))
      assert.same({ young }, buckets())
      assert.equal(due, marker())
    end)

    it("later when the interval is longer", function()
      local own = world.exporter { bucket_interval_seconds = 30 }
      local due, young = ago(43), ago(23)
      world.change(due, counters(1, 2))
      world.change(young, counters(2, 3))
      assert.equal(2, (own:job()))
      assert.same({ young }, buckets())
    end)

    it("that began up to the end of the job", function()
      world.change(A, counters(1, 1))
      world.change(B, counters(2, 2))
      world.change(C, counters(3, 3))
      assert.equal(2, (exporter:job(B)))
      assert.same({ C }, buckets())
      made(events(1, 2, B))
    end)

    it("60 at most, the oldest", function()
      for i = 0, 61 do
        world.change(os.date("!%Y%m%d%H%M%S", 1448877900 + 10 * i), counters(i, i))
      end
      assert.equal(60, (exporter:job()))
      assert.equal(2, #buckets())
      assert.equal(2, (exporter:job()))
      assert.same({ "" }, buckets())
    end)

    it("max_buckets of them at most", function()
      local own = world.exporter { max_buckets = 1 }
      world.change(A, counters(1, 1))
      world.change(B, counters(2, 2))
      assert.equal(1, (own:job()))
      assert.same({ B }, buckets())
    end)

    it("in stages when they have too many keys to be united at once", function()
      local fill = "for i = 1, 260000 do redis.call('SADD', KEYS[1], 'stats/{service:' .. ARGV[1]"
        .. " .. i .. '}/week:20151130') end"
      for i, bucket in ipairs { A, B, C } do
        world.change(bucket, { [key(i)] = i, [key(9)] = 9 })
        world.redis.cli("EVAL", fill, "1", keys.bucket .. bucket, bucket:sub(-2))
      end
      assert.equal(6, (exporter:job()))
      made { event(1, 1, A), event(9, 9, A), event(2, 2, B), event(9, 9, B), event(3, 3, C),
        event(9, 9, C) }
      assert.equal(780000, exporter:stats().keys_skipped)
    end)
  end)

  it("refuses a marker that is not a bucket name", function()
    world.change(A, counters(1, 1))
    world.redis.cli("SET", keys.latest, "yesterday")
    local n, message, code = exporter:job()
    assert.same({ code = "redis" }, { n, code = code })
    assert.matches('"yesterday"', message, 1, true)
    assert.is_nil(world.lock())
  end)

  describe("then", function()
    it("leaves events that would not fill a record in the pending set, where Ruby looks", function()
      world.change(A, counters(1, 999))
      assert.equal(999, (exporter:job()))
      assert.same({}, world.firehose.events())
      assert.same({ "999" }, world.redis.cli("SCARD", keys.pending))
      made(events(1, 999, A))
    end)

    it("exports everything once that fills a record", function()
      world.store(helper.events(1))
      world.change(A, counters(1, 999))
      assert.equal(999, (exporter:job()))
      assert.equal(1000, #world.firehose.events())
      assert.same({}, world.pending())
      assert.equal("", world.leftovers())
    end)

    it("exports at once when min_export_events is 0", function()
      local own = world.exporter { min_export_events = 0 }
      world.change(A, counters(1, 1))
      assert.equal(1, (own:job()))
      assert.same(events(1, 1, A), world.firehose.events())
    end)

    it("keeps events that the service refuses in the pending set", function()
      world.change(A, counters(1, 1500))
      world.firehose.fault { fault = "refuse", times = 1000 }
      local n, outcome, code = exporter:job()
      if not n then assert.equal("aws", code) end
      assert.is_string(outcome)
      assert.same({ "" }, buckets())
      assert.equal(0, world.exists(keys.outbox))
      assert.equal("", world.leftovers())
      assert.equal(1500, #everything())
      assert.equal(1500 - #world.firehose.events(), exporter:num_pending_events())
    end)
  end)

  describe("switches buckets off", function()
    it("when too much is pending, and only if they were on", function()
      local own = world.exporter { max_pending_events = 10, min_export_events = 1000 }
      world.redis.cli("SET", "stats:enabled", "1")
      world.change(A, counters(1, 10))
      assert.equal(10, (own:job()))
      assert.equal(1, world.exists("stats:enabled"))
      world.change(B, counters(11, 11))
      assert.equal(1, (own:job()))
      assert.equal(0, world.exists("stats:enabled"))
      assert.same({ "1" }, world.redis.cli("GET", "stats:disabled_emergency"))
      world.redis.cli("DEL", "stats:disabled_emergency")
      world.change(C, counters(12, 12))
      assert.equal(1, (own:job()))
      assert.equal(0, world.exists("stats:enabled", "stats:disabled_emergency"))
      assert.equal(1, own:stats().emergencies)
    end)
  end)

  describe("that was queued", function()
    it("is performed under its lock, which it releases", function()
      world.redis.cli("SET", keys.lock, "1448877931000", "EX", "360")
      world.change(A, counters(1, 1))
      assert.equal(1, (exporter:job("20151130110000", "1448877931000")))
      assert.is_nil(world.lock())
      made { event(1, 1, A) }
    end)

    it("is performed when its lock has expired", function()
      world.change(A, counters(1, 1))
      assert.equal(1, (exporter:job(nil, "1448877931000")))
      assert.is_nil(world.lock())
    end)

    it("does nothing when another exporter has its lock", function()
      world.redis.cli("SET", keys.lock, "1448877999000")
      world.change(A, counters(1, 1))
      assert.same({ 0, "locked" }, { exporter:job(nil, "1448877931000") })
      assert.equal("1448877999000", world.lock())
      assert.same({ A }, buckets())
    end)

    it("releases its lock when exporting is off", function()
      world.redis.cli("SET", keys.lock, "1448877931000")
      world.redis.cli("DEL", keys.enabled)
      world.change(A, counters(1, 1))
      assert.same({ 0, "disabled" }, { exporter:job(nil, "1448877931000") })
      assert.is_nil(world.lock())
      assert.same({ A }, buckets())
    end)

    it("has a lock key of a sensible length", function()
      for _, token in ipairs { "", ("x"):rep(128) } do
        local n, _, code = exporter:job(nil, token)
        assert.same({ code = "config" }, { n, code = code })
      end
    end)
  end)

  describe("stops", function()
    it("when it is asked to, and has done nothing", function()
      world.change(A, counters(1, 3000))
      assert.is_true(exporter:begin_job())
      exporter:stop()
      assert.same({ 0, "partial" }, { exporter:finish() })
      assert.same({ A }, buckets())
      made {}
      assert.equal(3000, (exporter:job()))
    end)

    it("when it is asked to in the middle", function()
      world.change(A, counters(1, 20000))
      assert.is_true(exporter:begin_job())
      repeat exporter:step(0) until world.stage()
      exporter:stop()
      assert.same({ 0, "partial" }, { exporter:finish() })
      assert.same({ A }, buckets())
      made {}
    end)

    it("when exporting is switched off", function()
      world.change(A, counters(1, 20000))
      local own = world.exporter { lock_ttl_seconds = 20 }
      assert.is_true(own:begin_job())
      own:step(0)
      world.redis.cli("DEL", keys.enabled)
      helper.sleep(1.1)
      assert.same({ 0, "disabled" }, { own:finish(nil, 0) })
      assert.same({ A }, buckets())
      assert.equal("", world.leftovers())
    end)
  end)

  describe("whose lock is lost #slow", function()
    local function up_to_the_stage(own)
      assert.is_true(own:begin_job())
      repeat own:step(0) until world.stage()
    end

    it("commits nothing", function()
      world.change(A, counters(1, 20000))
      up_to_the_stage(exporter)
      world.redis.cli("SET", keys.lock, "thief")
      local n, _, code = exporter:finish()
      assert.same({ code = "lost" }, { n, code = code })
      assert.same({ A }, buckets())
      assert.equal("thief", world.lock())
      world.redis.cli("DEL", keys.lock)
      assert.equal(20000, (exporter:job()))
      made(events(1, 20000, A))
    end)

    it("unnoticed: does not touch the stage of its successor", function()
      world.change(A, counters(1, 20000))
      up_to_the_stage(exporter)
      world.redis.cli("HSET", keys.claim, "owner", "successor")
      local n, message, code = exporter:finish()
      assert.same({ code = "lost" }, { n, code = code })
      assert.matches("another exporter", message)
      assert.equal(0, world.exists(keys.outbox))
      assert.same({ A }, buckets())
      assert.equal(20000, (exporter:job()))
      made(events(1, 20000, A))
    end)

    it("while its successor is at work: each counter once", function()
      local successor = world.exporter()
      world.change(A, counters(1, 20000))
      up_to_the_stage(exporter)
      world.redis.cli("DEL", keys.lock)
      up_to_the_stage(successor)
      assert.is_nil((exporter:finish()))
      assert.equal(20000, (successor:finish()))
      made(events(1, 20000, A))
    end)
  end)

  describe("begins again #slow", function()
    local function up_to_the_stage()
      assert.is_true(exporter:begin_job())
      repeat exporter:step(0) until world.stage()
    end

    it("when a bucket has changed since", function()
      world.change(A, counters(1, 20000))
      world.change(B, counters(1, 10))
      up_to_the_stage()
      world.change(B, { [key(20001)] = 5, [key(3)] = 77 })
      assert.equal(20001, (exporter:finish()))
      local expected = events(1, 20000, B)
      expected[3], expected[20001] = event(3, 77, B), event(20001, 5, B)
      made(expected)
    end)

    it("when the only bucket has changed since", function()
      world.change(A, counters(1, 20000))
      up_to_the_stage()
      world.change(A, { [key(20001)] = 20001 })
      assert.equal(20001, (exporter:finish()))
      made(events(1, 20001, A))
    end)

    it("when the stage went away", function()
      world.change(A, counters(1, 20000))
      up_to_the_stage()
      world.redis.cli("DEL", world.stage())
      assert.equal(20000, (exporter:finish()))
      made(events(1, 20000, A))
    end)

    it("three times at most", function()
      world.change(A, counters(1, 2000))
      assert.is_true(exporter:begin_job())
      local n, state, message, code = 20000
      repeat
        n = n + 1
        world.change(A, { [key(n)] = n })
        state, message, code = exporter:step(0)
      until state ~= "running"
      assert.is_nil(state)
      assert.equal("redis", code)
      assert.matches("clocks", message)
      assert.same({ A }, buckets())
      assert.equal(n - 18000, (exporter:job()))
      assert.equal("", world.leftovers())
    end)
  end)

  -- No two events of one identity and time_gen may differ in their value.
  local function one_value_each(list)
    local values = {}
    for _, text in ipairs(list) do
      local e = cjson.decode(text)
      local identity = e.cinstance .. " " .. e.time_gen
      assert.equal(values[identity] or e.value, e.value, identity)
      values[identity] = e.value
    end
  end

  -- The value in the newest event of each counter.
  local function newest_values(list)
    local newest, values = {}, {}
    for _, text in ipairs(list) do
      local e = cjson.decode(text)
      if (newest[e.cinstance] or "") <= e.time_gen then
        newest[e.cinstance], values[e.cinstance] = e.time_gen, tonumber(e.value)
      end
    end
    return values
  end

  it("broken off anywhere: the next one does it all", function()
    local expected = {}
    for n = 1, 1200 do expected["a" .. n] = n <= 100 and n + 1000 or n end
    local broken, ended, steps = 0, false, 0
    while not ended do
      world.reset()
      world.change(A, counters(1, 1000))
      world.change(B, counters(501, 1200))
      local own = world.exporter()
      assert.is_true(own:begin_job())
      for _ = 0, steps do ended = ended or own:step(0) == "done" end
      if not ended then broken = broken + 1 end
      own:close()
      world.redis.cli("DEL", keys.lock)
      -- New traffic: the same counters with other values.
      world.change(C, counters(1, 100, 1000))
      exporter = world.exporter { min_export_events = 0 }
      exporter:job()
      local list = everything()
      made(list, true)
      one_value_each(list)
      assert.same(expected, newest_values(list))
      assert.same({ "" }, buckets())
      steps = steps + 1 + math.floor(steps / 2)
    end
    assert.is_true(broken >= 3, broken .. " jobs were broken off")
  end)

  describe("with an analytics Redis of its own", function()
    local main

    setup(function() main = servers.start_redis() end)
    teardown(function() main.stop() end)
    before_each(function() main.cli("FLUSHALL") end)

    local function apart()
      main.cli("SET", keys.enabled, "1")
      world.redis.cli("DEL", keys.enabled)
      return world.exporter { redis = main.unix_url, analytics_redis = world.redis.unix_url }
    end

    it("reads counters in one and buckets in the other, and writes the marker to both", function()
      local own = apart()
      world.change(A, counters(1, 2500), main)
      assert.equal(2500, (own:job()))
      assert.equal("", worlds.difference(events(1, 2500, A), world.firehose.events()))
      assert.equal(A, marker())
      assert.same({ A }, main.cli("GET", keys.latest))
      assert.equal("", world.leftovers())
    end)

    it("uses the later marker", function()
      local own = apart()
      for i, bucket in ipairs { A, B, C } do world.change(bucket, counters(i, i), main) end
      world.redis.cli("SET", keys.latest, A)
      main.cli("SET", keys.latest, B)
      assert.equal(3, (own:job()))
      assert.equal(C, own:status().latest_bucket)
      assert.equal(2, own:stats().late_buckets_read)
      assert.equal("", worlds.difference(events(1, 3, C), everything()))
    end)
  end)
end)
