-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Every allocation of the engine fails once, one after the other, in all threads. The engine must
-- not crash, and must store what it has taken once.

local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"

local path = "build/oom-lua5.4/kinesis_exporter/core.so" -- as the suite's LUA_CPATH finds it
local memory = assert(package.loadlib(path, "luaopen_kxoom"))()

local world = worlds.world { firehose = false }
local long = ("x"):rep(2000)

describe("the engine whose memory runs out", function()
  setup(world.start)
  teardown(function()
    core.drain()
    world.stop()
  end)

  -- Opens and starts a channel. Returns nothing when there is no memory for that.
  local function open()
    local fine, one = pcall(engines.start, world.settings { linger_ms = 1, report_interval_ms = 1 })
    if fine then return one end
    assert(tostring(one):find "memory", tostring(one))
  end

  local function orderly(result, message, code)
    if result == nil then assert(code == "memory" or code == "redis", message) end
    return result
  end

  -- Makes a channel and calls `work` with it, while the n-th allocation fails. True when there
  -- was an n-th one.
  local function attempt(n, work)
    world.reset()
    core.drain()
    memory.fail_at(n)
    local one = open()
    local fine, message = true, nil
    if one then fine, message = pcall(work, one) end
    if one then one.settle() end
    local met = memory.made() >= n
    memory.fail_at(0)
    assert.is_true(fine, "allocation " .. n .. ": " .. tostring(message))
    if one then one.close() end
    return met
  end

  local function every_allocation(work, check)
    local n = 0
    repeat
      n = n + 1
      local met = attempt(n, work)
      check(n)
    until not met
    assert.is_true(n > 10, "only " .. n .. " allocations were tried")
  end

  it("stores the events that it says it takes, once", function()
    local taken
    every_allocation(function(one)
      taken = {}
      for i = 1, 6 do
        local event = { n = i, time_gen = i % 2 == 0 and long or "t" }
        if orderly(one.record(event)) then taken[#taken + 1] = i end
        orderly(one.record(('{"n":"%d",\n"s":1}'):format(-i)))
      end
      one.settle()
      if orderly(one.record { n = 7, time_gen = "t" }) then taken[#taken + 1] = 7 end
    end, function(n)
      local numbers = {}
      for _, event in ipairs(engines.stored(world)) do
        numbers[#numbers + 1] = tonumber(event:match '"n":"(%d+)"')
      end
      assert.same(taken or {}, numbers, "allocation " .. n)
      taken = nil
    end)
  end)

  it("keeps the rejected events that it says it keeps", function()
    local kept
    every_allocation(function(one)
      kept = 0
      for _ = 1, 3 do
        local _, _, code = one.record "["
        assert(code == "rejected" or code == "memory", code)
        if code == "rejected" then kept = kept + 1 end
      end
    end, function(n)
      local rejected = tonumber(world.redis.cli("LLEN", worlds.keys.rejected)[1])
      assert.equal(kept or 0, rejected, "allocation " .. n)
      kept = nil
    end)
  end)

  it("counts the reports that it says it takes, once", function()
    local hits
    every_allocation(function(one)
      hits = 0
      for i = 1, 3 do
        local report = { service_id = "1", user_id = i == 2 and long or nil, usage = { hits = 1 } }
        if orderly(one.report(report)) then hits = hits + 1 end
      end
      one.settle()
      if orderly(one.report { service_id = "1", usage = { hits = 1 } }) then hits = hits + 1 end
    end, function(n)
      local counted = tonumber(world.redis.cli("GET", "stats/{service:1}/metric:hits/eternity")[1])
      assert.equal(hits or 0, counted or 0, "allocation " .. n)
      hits = nil
    end)
  end)

  it("carries out the calls that it says it does", function()
    local added
    every_allocation(function(one)
      added = 0
      for _ = 1, 3 do
        local ticket = orderly(one.post("add_events", { { a = 1 }, "{}", { b = long } }))
        local fine, results = pcall(engines.await, ticket)
        if not fine then assert(ticket == nil or results:find "memory", results) end
        if fine and results[1] then added = added + results[1] end
      end
    end, function(n)
      assert.is_true(#engines.stored(world) >= (added or 0), "allocation " .. n)
      added = nil
    end)
  end)
end)
