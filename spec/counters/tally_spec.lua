-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local helper = require "helper"
local kx = require "kxtest"

local MOST = "9223372036854775807"
local MINUTE = 1448877900 -- 2015-11-30 10:05 UTC

describe("a count map", function()
  local sums

  before_each(function() sums = kx.count_map() end)
  after_each(function() kx.fail_allocation() end)

  local function pairs_of(list)
    local found = {}
    for i, sum in ipairs(list) do found[i] = sum.key .. "=" .. sum.n end
    return table.concat(found, " ")
  end

  it("merges equal keys, in the order of their first addition", function()
    for i, key in ipairs { "b", "", "a", "b", "\0", "", "b" } do sums:add(key, tostring(i), i) end
    assert.equal("b=12 =8 a=3 \0=5", pairs_of(sums:list()))
    for i, tag in ipairs { 1, 2, 3, 5 } do assert.equal(tag, sums:list()[i].tag) end
  end)

  it("keeps keys apart that differ in one byte, also long ones", function()
    local base = ("stats/"):rep(5)
    for at = 1, #base do sums:add(base:sub(1, at - 1) .. "#" .. base:sub(at + 1), "1") end
    for at = 0, #base do sums:add(base:sub(1, at), "1") end
    assert.equal(2 * #base + 1, #sums:list())
  end)

  it("keeps thousands of keys apart", function()
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

  it("has buckets that nobody can foresee, so that nobody can choose keys that collide",
  function()
    local order = {}
    for i = 1, 2 do
      local table_of = kx.count_map()
      for n = 1, 1000 do table_of:add("stats/{service:" .. n .. "}/day", "1") end
      for n, places in ipairs(table_of:buckets()) do
        order[i] = (order[i] or "") .. n .. ":" .. table.concat(places, " ") .. " "
      end
    end
    assert.not_equal(order[1], order[2])
  end)

  it("holds what a Lua table holds, at every size, with entries dropped now and then",
  function()
    local below, expected, order = helper.dice(7), {}, {}
    local function drop_to(n)
      sums:drop(n)
      while #order > n do expected[table.remove(order)] = nil end
    end
    local function compare()
      local list = sums:list()
      assert.equal(#order, #list)
      for i, sum in ipairs(list) do
        assert.equal(order[i], sum.key)
        assert.equal(("%d"):format(expected[sum.key]), sum.n)
      end
    end
    for round = 1, 12000 do
      local number, n = below(9000), below(100)
      local key = ("k"):rep(number % 30) .. number
      assert.is_true(sums:add(key, tostring(n)))
      if not expected[key] then order[#order + 1] = key end
      expected[key] = (expected[key] or 0) + n
      if round % 1000 == 500 then drop_to(math.max(0, #order - below(3000))) end
      if round < 20 or round % 1000 == 0 then compare() end
    end
    drop_to(7)
    compare()
    assert.is_true(sums:add(order[7], "1"))
    expected[order[7]] = expected[order[7]] + 1
    compare()
    drop_to(0)
    compare()
    assert.is_true(sums:add("k", "1"))
    assert.equal("k=1", pairs_of(sums:list()))
  end)

  it("has as many buckets as entries, with few entries in each", function()
    for n = 1, 20000 do sums:add("stats/{service:" .. n .. "}/day", "1") end
    local buckets, seen, most = sums:buckets(), {}, 0
    for _, places in ipairs(buckets) do
      most = math.max(most, #places)
      for _, place in ipairs(places) do seen[place] = true end
    end
    assert.equal(20000, #buckets)
    assert.equal(20000, #seen)
    assert.is_true(most < 25, most)
  end)

  -- A map that doubled would move everything at once, and take three times the memory for it.
  it("grows by a few pages at a time, and counts them", function()
    local PAGE, before = 16384, 0
    for n = 1, 100000 do
      sums:add("stats/{service:" .. n .. "}/day", "1")
      local counted, allocated = sums:bytes()
      assert.is_true(allocated - before <= 3 * (PAGE + 64), n)
      assert.is_true(allocated - counted <= 3 * PAGE + allocated / 256, n)
      before = allocated
    end
  end)

  it("keeps long keys, too, and counts the memory that they leave unused", function()
    for _, len in ipairs { 16000, 16000, 16384, 16385, 1, 100000, 16383, 5 } do
      local before = sums:bytes()
      sums:add(("x"):rep(len), "1")
      assert.is_true(sums:bytes() - before <= 36 + 2 * len)
    end
    local counted, allocated = sums:bytes()
    assert.is_true(allocated - counted < 4 * 16384)
    assert.equal(7, #sums:list())
    assert.equal("2", sums:list()[1].n)
  end)

  it("starts a second entry when a number would overflow, in both directions", function()
    for _, n in ipairs { MOST, "1", "2" } do sums:add("a", n) end
    for _, n in ipairs { "-" .. MOST, "-1", "-1", "5" } do sums:add("b", n) end
    assert.equal("a=" .. MOST .. " a=3 b=-9223372036854775808 b=4", pairs_of(sums:list()))
  end)

  it("is empty after clear, and works again", function()
    for n = 1, 1000 do sums:add("k" .. n, "1") end
    sums:clear()
    assert.same({}, sums:list())
    sums:add("k500", "2")
    assert.equal("k500=2", pairs_of(sums:list()))
  end)

  it("says when memory runs out, until clear", function()
    local n, failed = 0
    repeat
      n = n + 1
      sums = kx.count_map()
      kx.fail_allocation(n)
      failed = not sums:add("key", "1")
      kx.fail_allocation()
      assert.equal(failed, not sums:ok(), "allocation " .. n)
      sums:clear()
      sums:add("key", "1")
      assert.is_true(sums:ok())
      assert.equal("key=1", pairs_of(sums:list()))
    until not failed
    assert.is_true(n > 3)
  end)

  it("is unchanged after an addition that failed and is dropped", function()
    for n = 1, 512 do sums:add(("%032d"):format(n), "1") end
    for n = 1, 2 do -- of the entries' page, and of the keys'
      kx.fail_allocation(n)
      assert.is_false(sums:add("key", "1"), "allocation " .. n)
      kx.fail_allocation()
      assert.equal(512, #sums:list())
      assert.is_false(sums:ok())
      sums:drop(512)
      assert.is_true(sums:ok())
    end
    assert.is_true(sums:add("key", "1"))
    assert.equal("key", sums:list()[513].key)
  end)
end)

describe("a tally", function()
  local tally

  before_each(function() tally = kx.tally() end)
  after_each(function() kx.fail_allocation() end)

  local function report_of(seconds, application, user)
    return { service = "1", application = application, user = user, seconds = seconds }
  end

  -- The numbers by key; each key once.
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

  it("has one entry for a minute, although it makes many counters", function()
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

  it("keeps apart all that makes another counter", function()
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

  it("makes the counters of its uses", function()
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

  it("grows by no more than it says", function()
    local function grow(n)
      for i = 1, n do tally:metric(report_of(0, "a" .. i), "hits", "1") end
      return tally:take()
    end
    local grown, most = grow(10)
    assert.is_true(grown > 10 * 36 and grown <= most)
    local new = grow(11)
    assert.is_true(new > 36 and new < grown / 9)
    assert.equal(0, (grow(11)))
    for _ = 1, 2 do tally:metric(report_of(0, "x"), "hits", MOST) end
    grown, most = tally:take()
    assert.is_true(grown > 2 * 36 and grown <= most)
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

  it("takes all uses or none when any allocation fails", function()
    local function add_some(from, to)
      for i = from, to do
        tally:metric(report_of(0, ("a"):rep(60) .. i), "hits", tostring(i))
        tally:code(report_of(0), 200)
      end
    end
    local n, added = 0
    repeat
      n = n + 1
      tally = kx.tally()
      add_some(1, 100)
      tally:take()
      local before = all()
      add_some(50, 800)
      tally:metric(report_of(0), "hits", MOST)
      tally:metric(report_of(0), "hits", MOST)
      kx.fail_allocation(n)
      local _, _, taken = tally:take()
      kx.fail_allocation()
      added = taken
      if not added then
        assert.same(before, all())
        assert.equal(101, tally:size())
        add_some(50, 50)
        tally:take()
        assert.equal("101", all()["stats/{service:1}/response_code:200/eternity"])
      end
    until added
    assert.is_true(n > 5, n)
    assert.equal(101 + 700 + 2, tally:size())
  end)
end)
