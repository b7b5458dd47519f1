-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local MOST = "9223372036854775807"
local MINUTE = 1448877900 -- 2015-11-30 10:05 UTC

describe("sums", function()
  local sums

  before_each(function() sums = kx.sums() end)
  after_each(function() kx.fail_allocation() end)

  local function pairs_of(list)
    local found = {}
    for i, sum in ipairs(list) do found[i] = sum.key .. "=" .. sum.n end
    return table.concat(found, " ")
  end

  it("merge equal keys, in the order of their first addition", function()
    for i, key in ipairs { "b", "", "a", "b", "\0", "", "b" } do sums:add(key, tostring(i), i) end
    assert.equal("b=12 =8 a=3 \0=5", pairs_of(sums:list()))
    for i, tag in ipairs { 1, 2, 3, 5 } do assert.equal(tag, sums:list()[i].tag) end
  end)

  it("tell keys apart that differ in one byte, however long", function()
    local base = ("stats/"):rep(5)
    for at = 1, #base do sums:add(base:sub(1, at - 1) .. "#" .. base:sub(at + 1), "1") end
    for at = 0, #base do sums:add(base:sub(1, at), "1") end
    assert.equal(2 * #base + 1, #sums:list())
  end)

  it("keep thousands apart", function()
    for round = 1, 2 do
      for n = 1, 5000 do sums:add("stats/{service:" .. n .. "}/day", tostring(n * round)) end
    end
    local list = sums:list()
    assert.equal(5000, #list)
    for n = 1, 5000, 7 do
      assert.equal("stats/{service:" .. n .. "}/day", list[n].key)
      assert.equal(tostring(3 * n), list[n].n)
    end
  end)

  it("stand in an order that nobody can foresee, so that nobody can choose keys that collide", function()
    local order = {}
    for i = 1, 2 do
      local table_of = kx.sums()
      for n = 1, 1000 do table_of:add("stats/{service:" .. n .. "}/day", "1") end
      order[i] = table.concat(table_of:slots(), " ")
    end
    assert.not_equal(order[1], order[2])
  end)

  it("begin anew where a number would overflow, in both directions", function()
    for _, n in ipairs { MOST, "1", "2" } do sums:add("a", n) end
    for _, n in ipairs { "-" .. MOST, "-1", "-1", "5" } do sums:add("b", n) end
    assert.equal("a=" .. MOST .. " a=3 b=-9223372036854775808 b=4", pairs_of(sums:list()))
  end)

  it("are empty after clear, and go on", function()
    for n = 1, 1000 do sums:add("k" .. n, "1") end
    sums:clear()
    assert.same({}, sums:list())
    sums:add("k500", "2")
    assert.equal("k500=2", pairs_of(sums:list()))
  end)

  it("say when memory runs out, until clear", function()
    for n = 1, 3 do
      sums = kx.sums()
      kx.fail_allocation(n)
      sums:add("key", "1")
      kx.fail_allocation()
      assert.is_false(sums:ok(), "allocation " .. n)
      sums:clear()
      sums:add("key", "1")
      assert.is_true(sums:ok())
      assert.equal("key=1", pairs_of(sums:list()))
    end
  end)

  it("cannot fail where room was made", function()
    assert.is_true(sums:reserve(500, 500 * 10))
    kx.fail_allocation(1)
    for n = 1, 500 do sums:add(("%010d"):format(n), "1") end
    assert.is_true(sums:ok())
    assert.equal(500, #sums:list())
    assert.is_false(sums:reserve(1, 1048576))
    assert.is_true(sums:ok())
  end)

  it("are none the worse for room that could not be made", function()
    for n = 1, 3 do
      sums = kx.sums()
      kx.fail_allocation(n)
      assert.is_false(sums:reserve(10, 1000), "allocation " .. n)
      kx.fail_allocation()
      assert.is_true(sums:ok())
      assert.is_true(sums:reserve(10, 1000))
      sums:add("key", "1")
      assert.equal("key=1", pairs_of(sums:list()))
    end
  end)
end)

describe("a tally", function()
  local tally

  before_each(function() tally = kx.tally() end)
  after_each(function() kx.fail_allocation() end)

  local function report_of(seconds, application, user)
    return { service = "1", application = application, user = user, seconds = seconds }
  end

  -- Numbers by key, each key once.
  local function numbers(list)
    local by_key = {}
    for _, sum in ipairs(list) do
      assert.is_nil(by_key[sum.key], sum.key)
      by_key[sum.key] = sum.n
    end
    return by_key
  end

  local function all()
    return numbers((tally:expand(0, 1e9)))
  end

  it("has one entry for a minute, whatever counters that makes", function()
    for second = 0, 59 do tally:metric(report_of(MINUTE + second, "a", "u"), "hits", "2") end
    tally:take()
    assert.equal(1, tally:size())
    tally:metric(report_of(MINUTE + 60, "a", "u"), "hits", "3")
    tally:take()
    assert.equal(2, tally:size())
    local found = all()
    assert.equal("120", found["stats/{service:1}/cinstance:a/metric:hits/minute:201511301005"])
    assert.equal("3", found["stats/{service:1}/uinstance:u/metric:hits/minute:201511301006"])
    assert.equal("123", found["stats/{service:1}/metric:hits/eternity"])
  end)

  it("tells everything apart that makes another counter", function()
    local reports = { report_of(0), report_of(0, "a"), report_of(0, nil, "a"),
      report_of(0, "a", "a"), report_of(0, ""), report_of(0, nil, ""), report_of(60),
      report_of(0, "aa"), { service = "11", seconds = 0 }, { service = "", seconds = 0 } }
    for _, report in ipairs(reports) do
      tally:metric(report, "a", "1")
      tally:metric(report, "", "1")
      tally:code(report, 200)
      tally:code(report, 404)
    end
    tally:take()
    assert.equal(4 * #reports, tally:size())
  end)

  it("comes to the counters of its uses", function()
    for second = 0, 300, 25 do
      local user = second % 2 == 0 and "u" or nil
      tally:metric(report_of(second, "a b", user), "m\tn", tostring(second))
      tally:code(report_of(second), 403)
      tally:code(report_of(second), 302)
    end
    local expected = numbers((tally:expand_uses()))
    tally:take()
    assert.same(expected, all())
    assert.equal("13", expected["stats/{service:1}/response_code:4XX/eternity"])
    assert.equal("1950", expected["stats/{service:1}/cinstance:a+b/metric:m+n/eternity"])
  end)

  it("grows by what it says, and by no more than it was to", function()
    local function grow(n)
      for i = 1, n do tally:metric(report_of(0, "a" .. i), "hits", "1") end
      return tally:take()
    end
    local grown, most = grow(10)
    assert.equal(most, grown)
    grown, most = grow(11)
    assert.is_true(grown > 0 and grown < most)
    assert.equal(0, (grow(11)))
    for _ = 1, 2 do tally:metric(report_of(0, "x"), "hits", MOST) end
    grown, most = tally:take()
    assert.equal(most, grown)
  end)

  it("is written in parts", function()
    for i = 1, 50 do tally:metric(report_of(0, "a" .. i), "hits", "1") end
    tally:take()
    local first, parts, sum = 0, 0, 0
    while first < tally:size() do
      local list, next_one = tally:expand(first, 100)
      assert.is_true(next_one > first and #list < 130)
      sum = sum + tonumber(numbers(list)["stats/{service:1}/metric:hits/eternity"])
      first, parts = next_one, parts + 1
    end
    assert.equal(50, sum)
    assert.is_true(parts > 1)
    assert.same({}, (tally:expand(first, 100)))
  end)

  it("says when memory for uses runs out", function()
    for n = 1, 2 do
      tally = kx.tally()
      kx.fail_allocation(n)
      tally:metric(report_of(0), "hits", "1")
      kx.fail_allocation()
      assert.is_false(tally:ok())
    end
  end)

  it("has room, or nothing is added", function()
    tally:metric(report_of(0), "hits", "1")
    for n = 1, 3 do
      kx.fail_allocation(n)
      local fits = tally:reserve()
      kx.fail_allocation()
      assert.is_false(fits, "allocation " .. n)
      tally = kx.tally()
      tally:metric(report_of(0), "hits", "1")
    end
    assert.is_true(tally:reserve())
    kx.fail_allocation(1)
    tally:take()
    kx.fail_allocation()
    assert.equal("1", all()["stats/{service:1}/metric:hits/eternity"])
  end)
end)
