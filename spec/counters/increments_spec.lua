-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"
local oracle = require "stats_oracle"

local SEED = 20151130
local MONDAY = 1448877931 -- 2015-11-30 10:05:31 UTC

local periods_of_service = { "eternity", "month", "week", "day", "hour" }
local periods_of_others = { "eternity", "month", "week", "day", "hour", "year", "minute" }

describe("increments", function()
  local usage

  before_each(function() usage = kx.increments() end)
  after_each(function() kx.fail_allocation() end)

  -- The increments by key; each key once.
  local function sums()
    local sum, list = {}, usage:list()
    assert.is_true(usage:ok())
    for _, increment in ipairs(list) do
      assert.is_nil(sum[increment.key], increment.key)
      sum[increment.key] = increment.by
    end
    return sum, #list
  end

  local function keys()
    local list = {}
    for key in pairs(sums()) do list[#list + 1] = key end
    table.sort(list)
    return list
  end

  -- The keys of one level as the contract has them.
  local function level(into, periods, prefix, seconds, by)
    for _, period in ipairs(periods) do
      local start = oracle.period_start(period, seconds)
      into[prefix .. "/" .. period .. (start ~= "" and ":" .. start or "")] = by
    end
  end

  it("are empty at first", function()
    assert.same({}, usage:list())
    assert.is_true(usage:ok())
  end)

  describe("of a metric", function()
    it("are those of the service alone when it is the only one named", function()
      usage:metric({ service = "1006", seconds = MONDAY }, "255", 3)
      assert.same({
        ["stats/{service:1006}/metric:255/eternity"] = 3,
        ["stats/{service:1006}/metric:255/month:20151101"] = 3,
        ["stats/{service:1006}/metric:255/week:20151130"] = 3,
        ["stats/{service:1006}/metric:255/day:20151130"] = 3,
        ["stats/{service:1006}/metric:255/hour:201511301"] = 3,
      }, (sums()))
    end)

    it("are also those of application and user, which have years and minutes", function()
      usage:metric({ service = "1", application = "a", user = "u", seconds = MONDAY }, "m", 1)
      local expected = {}
      level(expected, periods_of_service, "stats/{service:1}/metric:m", MONDAY, 1)
      level(expected, periods_of_others, "stats/{service:1}/cinstance:a/metric:m", MONDAY, 1)
      level(expected, periods_of_others, "stats/{service:1}/uinstance:u/metric:m", MONDAY, 1)
      assert.same(expected, (sums()))
      assert.equal(1, expected["stats/{service:1}/cinstance:a/metric:m/year:20150101"])
      assert.equal(1, expected["stats/{service:1}/uinstance:u/metric:m/minute:201511301005"])
    end)

    it("have their periods", function()
      usage:metric({ service = "1", user = "u", seconds = MONDAY }, "m", 1)
      for _, increment in ipairs(usage:list()) do
        assert.equal(increment.key:match "/(%l+)[:%d]*$", increment.period)
      end
    end)

    it("have + for every blank of an id, and for nothing else", function()
      local report = { service = "a b", application = " \t\n\v\f\r", user = "é\0%2F:{}+" }
      report.seconds = 0
      usage:metric(report, "x  y", 1)
      local sum = sums()
      assert.equal(1, sum["stats/{service:a+b}/metric:x++y/day:19700101"])
      assert.equal(1, sum["stats/{service:a+b}/cinstance:++++++/metric:x++y/day:19700101"])
      assert.equal(1, sum["stats/{service:a+b}/uinstance:é\0%2F:{}+/metric:x++y/day:19700101"])
    end)
  end)

  describe("of a response", function()
    local singles = { [200] = true, [403] = true, [404] = true, [500] = true, [503] = true }
    local groups = { [2] = "2XX", [4] = "4XX", [5] = "5XX" }

    it("are those of group and code, if the code has them", function()
      for code = 100, 999 do
        usage:clear()
        usage:code({ service = "1", seconds = MONDAY }, code)
        local expected, group = {}, groups[math.floor(code / 100)]
        local prefix = "stats/{service:1}/response_code:"
        if group then level(expected, periods_of_service, prefix .. group, MONDAY, 1) end
        if singles[code] then level(expected, periods_of_service, prefix .. code, MONDAY, 1) end
        assert.same(expected, (sums()))
      end
    end)

    it("are also those of application and user", function()
      usage:code({ service = "1", application = "a", user = "u", seconds = MONDAY }, 404)
      local expected = {}
      for _, code in ipairs { "4XX", "404" } do
        code = "/response_code:" .. code
        level(expected, periods_of_service, "stats/{service:1}" .. code, MONDAY, 1)
        level(expected, periods_of_others, "stats/{service:1}/cinstance:a" .. code, MONDAY, 1)
        level(expected, periods_of_others, "stats/{service:1}/uinstance:u" .. code, MONDAY, 1)
      end
      assert.same(expected, (sums()))
    end)
  end)

  describe("are dated", function()
    local function starts(seconds)
      usage:metric({ service = "1", application = "a", seconds = seconds }, "m", 1)
      local found = {}
      for _, key in ipairs(keys()) do
        local period, start = key:match "cinstance:a/metric:m/(%l+):(%d+)$"
        if period then found[#found + 1] = period .. " " .. start end
      end
      usage:clear()
      return table.concat(found, ", ")
    end

    it("by weeks that begin on Monday", function()
      local sunday, next_monday = 1449446399, 1449446400
      assert.equal("day 20151206, hour 2015120623, minute 201512062359, month 20151201, "
        .. "week 20151130, year 20150101", starts(sunday))
      assert.equal("day 20151207, hour 20151207, minute 20151207, month 20151201, "
        .. "week 20151207, year 20150101", starts(next_monday))
    end)

    it("by months and years, which may change within a week", function()
      local last, first = 1451606399, 1451606400
      assert.equal("day 20151231, hour 2015123123, minute 201512312359, month 20151201, "
        .. "week 20151228, year 20150101", starts(last))
      assert.equal("day 20160101, hour 20160101, minute 20160101, month 20160101, "
        .. "week 20151228, year 20160101", starts(first))
      assert.equal("day 20160229, hour 2016022912, minute 20160229123, month 20160201, "
        .. "week 20160229, year 20160101", starts(1456749000))
    end)

    it("without the zeros at the end of the time of day, but with those of the day", function()
      assert.equal("day 20161010, hour 201610102, minute 201610102, month 20161001, "
        .. "week 20161010, year 20160101", starts(1476129600))
      assert.equal("day 20160120, hour 20160120, minute 20160120001, month 20160101, "
        .. "week 20160118, year 20160101", starts(1453248600))
      assert.equal("day 20160120, hour 201601201, minute 201601201001, month 20160101, "
        .. "week 20160118, year 20160101", starts(1453284060))
    end)

    it("as the calendar of the system says", function()
      local below = oracle.dice(SEED)
      for _ = 1, 200 do
        local seconds = below(40000) * 86400 + below(86400)
        usage:clear()
        usage:metric({ service = "1", user = "u", seconds = seconds }, "m", 1)
        local expected = {}
        level(expected, periods_of_service, "stats/{service:1}/metric:m", seconds, 1)
        level(expected, periods_of_others, "stats/{service:1}/uinstance:u/metric:m", seconds, 1)
        assert.same(expected, (sums()))
      end
    end)
  end)

  describe("add up", function()
    it("equal keys, also when others come between", function()
      local first = { service = "1", application = "a", seconds = MONDAY }
      local later = { service = "1", application = "b", seconds = MONDAY + 60 }
      usage:metric(first, "m", 2)
      usage:metric(later, "m", 30)
      usage:metric(first, "n", 5)
      usage:metric(first, "m", 400)
      local sum, n = sums()
      assert.equal(31, n)
      assert.equal(432, sum["stats/{service:1}/metric:m/hour:201511301"])
      assert.equal(5, sum["stats/{service:1}/metric:n/hour:201511301"])
      assert.equal(402, sum["stats/{service:1}/cinstance:a/metric:m/minute:201511301005"])
      assert.equal(30, sum["stats/{service:1}/cinstance:b/metric:m/minute:201511301006"])
    end)

    it("a 0, which makes a counter nevertheless", function()
      usage:metric({ service = "1", seconds = MONDAY }, "m", 0)
      assert.equal(0, sums()["stats/{service:1}/metric:m/eternity"])
    end)

    it("many keys, each of them once", function()
      for round = 1, 2 do
        for i = 1, 4000 do
          usage:metric({ service = tostring(i), seconds = MONDAY }, "m", round * i)
        end
      end
      local sum, n = sums()
      assert.equal(20000, n)
      for i = 1, 4000 do
        assert.equal(3 * i, sum[("stats/{service:%d}/metric:m/day:20151130"):format(i)])
      end
    end)

    it("as far as Redis can count, then start a second entry", function()
      local most = 2 ^ 53 - 1
      for _ = 1, 1025 do usage:metric({ service = "1", seconds = MONDAY }, "m", most) end
      usage:metric({ service = "1", seconds = MONDAY }, "m", 1)
      local parts = {}
      for _, increment in ipairs(usage:list()) do
        if increment.period == "day" then parts[#parts + 1] = increment.by end
      end
      assert.same({ 1024 * most, most + 1 }, parts)
    end)
  end)

  it("are empty after clear", function()
    for i = 1, 500 do usage:metric({ service = tostring(i), seconds = MONDAY }, "m", 1) end
    usage:clear()
    assert.same({}, usage:list())
    usage:metric({ service = "7", seconds = MONDAY }, "m", 1)
    local expected = {}
    level(expected, periods_of_service, "stats/{service:7}/metric:m", MONDAY, 1)
    assert.same(expected, (sums()))
  end)

  it("say when an allocation fails, and work when there is memory again", function()
    local function fill()
      for i = 1, 60 do usage:metric({ service = tostring(i), seconds = MONDAY }, "m", i) end
    end
    local n, failed = 0, true
    while failed do
      n = n + 1
      usage:free()
      kx.fail_allocation(n)
      fill()
      kx.fail_allocation()
      failed = not usage:ok()
      if failed then
        usage:clear()
        fill()
      end
      local sum, keys_in_all = sums()
      assert.equal(300, keys_in_all)
      assert.equal(60, sum["stats/{service:60}/metric:m/eternity"])
    end
    assert.is_true(n > 5, n .. " allocations were tried")
  end)
end)

describe("a bucket's name", function()
  it("is the time at which its interval begins", function()
    assert.equal("20151130100530", kx.bucket_name(MONDAY, 10))
    assert.equal("20151130100530", kx.bucket_name(MONDAY, 30))
    assert.equal("20151130100531", kx.bucket_name(MONDAY, 1))
    assert.equal("20151130100524", kx.bucket_name(MONDAY - 2, 12))
    assert.equal("20151130100530", kx.bucket_name(MONDAY + 8, 10))
    assert.equal("20151130100540", kx.bucket_name(MONDAY + 9, 10))
  end)

  it("keeps all of its zeros", function()
    assert.equal("20160101000000", kx.bucket_name(1451606400, 5))
    assert.equal("20151231235955", kx.bucket_name(1451606399, 5))
  end)
end)
