-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local cjson = require "cjson"
local kx = require "kxtest"
local oracle = require "stats_oracle"

local TIME_GEN = "20151130 10:05:20"
local SEED, KEYS = 20151130, 4000

local periods = { "year", "month", "week", "day", "hour", "minute", "eternity" }

-- Key, the members that its fields give, period, timestamp.
local valid = {
  { "stats/{service:1006}/cinstance:a60/metric:255/hour:201511301",
    '"service":"1006","cinstance":"a60","metric":"255"', "hour", "20151130 10:00" },
  { "stats/{service:1}/year:20150101", '"service":"1"', "year", "20150101 00:00" },
  { "stats/{service:1}/month:20151101", '"service":"1"', "month", "20151101 00:00" },
  { "stats/{service:1}/week:20151130", '"service":"1"', "week", "20151130 00:00" },
  { "stats/{service:1}/day:20160120", '"service":"1"', "day", "20160120 00:00" },
  { "stats/{service:1}/hour:20151130", '"service":"1"', "hour", "20151130 00:00" },
  { "stats/{service:1}/hour:201511302", '"service":"1"', "hour", "20151130 20:00" },
  { "stats/{service:1}/hour:2015113023", '"service":"1"', "hour", "20151130 23:00" },
  { "stats/{service:1}/minute:20160101", '"service":"1"', "minute", "20160101 00:00" },
  { "stats/{service:1}/minute:201601011", '"service":"1"', "minute", "20160101 10:00" },
  { "stats/{service:1}/minute:20160101103", '"service":"1"', "minute", "20160101 10:30" },
  { "stats/{service:1}/minute:201601010001", '"service":"1"', "minute", "20160101 00:01" },
  { "stats/{service:1}/minute:201601012359", '"service":"1"', "minute", "20160101 23:59" },
  { "stats/{service:1}/eternity", '"service":"1"', "eternity", "" },
  { "stats/{service:1}/response_code:404/day:20160229",
    '"service":"1","response_code":"404"', "day", "20160229 00:00" },
  { "stats/{service:1}/response_code:2XX/metric:m/uinstance:u/cinstance:c/day:20000229",
    '"service":"1","cinstance":"c","uinstance":"u","metric":"m","response_code":"2XX"', "day",
    "20000229 00:00" },
  { "stats/{service:1}/day:00010101/metric:m", '"service":"1","metric":"m"', "day",
    "00010101 00:00" },
  { "stats/{service:1}/eternity/metric:m", '"service":"1","metric":"m"', "eternity", "" },
  { "stats/{service:1}/week:00010101", '"service":"1"', "week", "00010101 00:00" },
  { "stats/{service:1}/day:99991231", '"service":"1"', "day", "99991231 00:00" },
  { "stats/{service:N/A}/cinstance:N/A/uinstance:N/A/metric:N/A/day:20151130",
    '"service":null,"cinstance":null,"uinstance":null,"metric":null', "day", "20151130 00:00" },
  { "stats/{service:1}/day:20151130/response_code:N/A", '"service":"1","response_code":null',
    "day", "20151130 00:00" },
  { "stats/{service:N}/metric:NA/day:20151130", '"service":"N","metric":"NA"', "day",
    "20151130 00:00" },
  { "stats/{service:a}b{c}}/metric:{service:1}/day:20151130",
    '"service":"a}b{c}","metric":"{service:1}"', "day", "20151130 00:00" },
  { "stats/{service:}}/metric:::/day:20151130", '"service":"}","metric":"::"', "day",
    "20151130 00:00" },
  { "stats/{service:1}/cinstance:josé+Ω+佐藤+😀/uinstance:a@b.c/day:20151130",
    '"service":"1","cinstance":"josé+Ω+佐藤+😀","uinstance":"a@b.c"', "day", "20151130 00:00" },
  { 'stats/{service:1}/cinstance:"\\/uinstance:\1\8\27\31\127/day:20151130',
    '"service":"1","cinstance":"\\"\\\\","uinstance":"\\u0001\\b\\u001b\\u001f\127"',
    "day", "20151130 00:00" },
  { "stats/{service:my api}/cinstance:my app/metric: hits /day:20151130",
    '"service":"my api","cinstance":"my app","metric":" hits "', "day", "20151130 00:00" },
  { "stats/{service:1}/cinstance:my\tapp/uinstance:\r/day:20151130",
    '"service":"1","cinstance":"my\\tapp","uinstance":"\\r"', "day", "20151130 00:00" },
}

-- What may not follow "stats/{service:1}".
local invalid = {
  "", "/", "/metric:1", "/day:20151130/", "//day:20151130", "day:20151130", "x/day:20151130",
  "/day:20151130//metric:1", "/metric/day:20151130", "/metric:/day:20151130", "/:1/day:20151130",
  "/metric:1/metric:1/day:20151130", "/metric:N/A/metric:1/day:20151130",
  "/service:1/day:20151130", "/{service:1}/day:20151130", "/plan:1/day:20151130",
  "/Metric:1/day:20151130", "/metrics:1/day:20151130", "/metri:1/day:20151130",
  "/day:20151130/day:20151130", "/day:20151130/hour:20151130", "/eternity/day:20151130",
  "/eternity:", "/eternity:20151130", "/eternit", "/eternity/eternity", "/decade:20150101",
  "/metric:N/B/day:20151130", "/metric:N/A}/day:20151130", "/metric:N/AA/day:20151130",
  "/metric:xN/A/day:20151130", "/metric:x:N/A/day:20151130", "/day:N/A", "/metric:1/N/A",
  "/metric:N/A:/day:20151130", "/metric:a\0b/day:20151130", "/metric:\0/day:20151130",
  "/day", "/day:", "/day:2015113", "/day:0", "/day:2015-11-30", "/day:20151130 ", "/day:201511301",
  "/day:20151130000000", "/day:2015113000", "/day:20151131", "/day:20150229", "/day:19000229",
  "/day:21000229", "/day:20151301", "/day:20150001", "/day:20150100", "/day:20150132",
  "/day:00000101", "/day:2015112:", "/day:+2015112", "/day:2015112/", "/day:٢٠١٥",
  "/year:20150102", "/year:20150201", "/year:201501011", "/month:20151102", "/month:201511011",
  "/week:20151129", "/week:20151201", "/week:201511301", "/hour:20151130240", "/hour:2015113024",
  "/hour:201511303", "/hour:2015113010", "/hour:20151130103", "/hour:20151130000001",
  "/minute:2015113010301", "/minute:20151130100001", "/minute:20151130106", "/minute:201511302360",
  "/minute:20151130103000", "/minute:201511301030000", "/minute:201511301000001",
  "/minute:2015113010 ",
}

local function event_of(key)
  local event = kx.stats_event(key, "12", TIME_GEN)
  return event and assert(event:match("^>(.*)$"))
end

local function accepted(key)
  return kx.stats_key(key) ~= nil or event_of(key) ~= false
end

describe("stats_key", function()
  it("writes the event of the data contract", function()
    assert.equal('{"service":"1006","cinstance":"a60","metric":"255","value":"12","period":"hour",'
      .. '"timestamp":"20151130 10:00","time_gen":"20151130 10:05:20"}',
      event_of("stats/{service:1006}/cinstance:a60/metric:255/hour:201511301"))
  end)

  it("writes the event of every form of key", function()
    for _, row in ipairs(valid) do
      local key, fields, period, timestamp = row[1], row[2], row[3], row[4]
      assert.equal(('{%s,"value":"12","period":"%s","timestamp":"%s","time_gen":"%s"}'):format(
        fields, period, timestamp, TIME_GEN), event_of(key))
    end
  end)

  it("finds the fields in the key unchanged", function()
    assert.same({ service = "N/A", cinstance = "é", metric = "a:b", period = "minute",
      timestamp = "20160101 10:30", exported = true },
      kx.stats_key("stats/{service:N/A}/metric:a:b/minute:20160101103/cinstance:é"))
  end)

  it("exports all but weeks and eternity", function()
    for _, period in ipairs(periods) do
      local start = oracle.period_start(period, 1448841600)
      local key = kx.stats_key("stats/{service:1}/" .. period
        .. (start ~= "" and ":" .. start or ""))
      assert.equal(period ~= "week" and period ~= "eternity", key.exported)
    end
  end)

  it("refuses a text that is not a key", function()
    for _, rest in ipairs(invalid) do
      local key = "stats/{service:1}" .. rest
      assert.is_false(accepted(key), key)
    end
    for _, start in ipairs { "", "/", "stats", "stats/", "stats//", "Stats/{service:1}",
      "stat/{service:1}", " stats/{service:1}", "/stats/{service:1}", "stats{service:1}",
      "stats/service:1", "stats/{service:1", "stats/service:1}", "stats/{service:}",
      "stats/{service}", "stats/{service:1}}x", "stats/{service:N/A", "stats/{service:N/A}}",
      "stats/{service:N/A}x", "stats/{service:N/", "stats/{service:1/2}", "stats/{metric:1}",
      "stats/{service:xN/A}", "stats/metric:1/{service:1}", "stats/{{service:1}}" } do
      assert.is_false(accepted(start .. "/day:20151130"), start)
      assert.is_false(accepted(start), start)
    end
  end)

  it("refuses NUL, newlines and malformed UTF-8 at every place", function()
    local key = "stats/{service:1006}/cinstance:a60/day:20151130"
    for _, bytes in ipairs { "\0", "\n", "\195", "\128", "\237\160\128" } do
      for i = 0, #key do
        assert.is_false(accepted(key:sub(1, i) .. bytes .. key:sub(i + 1)))
      end
    end
  end)

  it("takes every other byte of ASCII within an ID, but no NUL", function()
    for byte = 1, 127 do
      local id = ("x"):rep(byte % 9) .. string.char(byte) .. "y"
      if not id:find("[%z\n/]") then
        local key = "stats/{service:" .. id .. "}/metric:" .. id .. "/day:20151130"
        assert.equal(id, kx.stats_key(key).service)
        assert.equal(id, cjson.decode(event_of(key)).metric)
      end
    end
  end)

  it("takes keys of any length", function()
    local id = ("x"):rep(200000)
    local event = event_of("stats/{service:" .. id .. "}/metric:\1" .. id .. "/day:20151130")
    local decoded = cjson.decode(event)
    assert.is_true(decoded.service == id and decoded.metric == "\1" .. id)
    assert.is_false(accepted("stats/{service:1}/" .. id .. ":1/day:20151130"))
    assert.is_false(accepted("stats/{service:1}" .. ("/metric:1"):rep(20000)))
  end)

  it("agrees with an oracle on keys that are made and broken at random", function()
    local make = oracle.maker(SEED)
    local seen = { [true] = 0, [false] = 0 }
    for i = 1, KEYS do
      local key = make()
      local expected, event = oracle.read(key, "12", TIME_GEN), event_of(key)
      local decoded, got = pcall(cjson.decode, event or "null")
      if not decoded or not oracle.same(expected or cjson.null, got) then
        error(("seed %d, key %d %q gives %s"):format(SEED, i, key, tostring(event)))
      end
      seen[expected ~= nil] = seen[expected ~= nil] + 1
    end
    assert.is_true(seen[true] > KEYS / 4 and seen[false] > KEYS / 4)
  end)

  it("appends nothing more once memory has run out", function()
    local key, n = "stats/{service:N/A}/metric:" .. ("\1x"):rep(300) .. "/day:20151130", 0
    finally(function() kx.fail_allocation() end)
    local event
    repeat
      n = n + 1
      kx.fail_allocation(n)
      event = kx.stats_event(key, "12", TIME_GEN)
    until event
    kx.fail_allocation()
    assert.is_true(n > 3)
    assert.equal(kx.stats_event(key, "12", TIME_GEN), event)
  end)
end)

describe("a counter's value", function()
  it("is an integer as Redis writes one", function()
    for _, value in ipairs { "0", "1", "-1", "12", "-9", "1000000", "9223372036854775807",
      "-9223372036854775808" } do
      assert.is_true(kx.stats_value_valid(value), value)
    end
    for _, value in ipairs { "", "-", "-0", "00", "01", "-01", "+1", " 1", "1 ", "1.0", "1e3",
      "0x1", "a", "1\0", "--1", "9223372036854775808", "-9223372036854775809",
      "99999999999999999999", "18446744073709551617", ("9"):rep(1000) } do
      assert.is_false(kx.stats_value_valid(value), value)
    end
  end)
end)

describe("a period's start", function()
  it("is written with the time of day cut", function()
    local ten, half_past = 1448877600, 1451644200 -- 20151130 10:00:00, 20160101 10:30:00
    assert.equal("201511301", kx.stats_period_start("hour", ten + 3599))
    assert.equal("2015113009", kx.stats_period_start("hour", ten - 1))
    assert.equal("20151130", kx.stats_period_start("hour", ten - 36000))
    assert.equal("20160101103", kx.stats_period_start("minute", half_past + 59))
    assert.equal("20160120", kx.stats_period_start("day", half_past + 19 * 86400))
    assert.equal("20151130", kx.stats_period_start("week", ten + 6 * 86400))
    assert.equal("", kx.stats_period_start("eternity", ten))
  end)

  it("is what the system's calendar says, and is read back", function()
    local below = oracle.dice(SEED)
    for i = 1, 300 do
      local seconds = (below(80000) - 30000) * 86400 + below(4) * 21600 + i % 2 * below(86400)
      for _, period in ipairs(periods) do
        local start = kx.stats_period_start(period, seconds)
        assert.equal(oracle.period_start(period, seconds), start)
        local key = "stats/{service:1}/" .. period .. (start ~= "" and ":" .. start or "")
        assert.equal(oracle.timestamp(start), kx.stats_key(key).timestamp)
      end
    end
  end)

  it("stays within the years of four digits", function()
    assert.equal("00010101", kx.stats_period_start("minute", -62135596800))
    assert.equal("00010101", kx.stats_period_start("week", -2 ^ 53))
    assert.equal("999912312359", kx.stats_period_start("minute", 253402300799))
    assert.equal("99990101", kx.stats_period_start("year", 2 ^ 53))
  end)
end)

describe("a bucket's name", function()
  it("is a time", function()
    assert.equal("20151130 10:05:20", kx.bucket_time("20151130100520"))
    assert.equal("20160229 23:59:59", kx.bucket_time("20160229235959"))
    assert.equal("20160101 00:00:00", kx.bucket_time("20160101000000"))
  end)

  it("is nothing else", function()
    for _, name in ipairs { "", "20151130", "2015113010052", "201511301005200", "20150229100520",
      "20151130240000", "20151130106000", "20151130100560", "00000101000000", "20151300000000",
      "2015113010052x", "2015113010052/", " 2015113010052", "20151130100520\0" } do
      assert.is_nil(kx.bucket_time(name), name)
    end
  end)
end)
