-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Every allocation of the core fails once, one after the other. The process must not crash, and no
-- event may be lost.

local aws = require "aws_world"
local worlds = require "worlds"
local helper = require "helper"

local path = "build/oom-lua5.4/kinesis_exporter/core.so" -- as the suite's LUA_CPATH finds it
local memory = assert(package.loadlib(path, "luaopen_kxoom"))()

local world = worlds.world()
local events = helper.events(60)
local codes = { memory = true, http = true, redis = true }

describe("an exporter whose memory runs out", function()
  setup(world.start)
  teardown(world.stop)

  -- Runs `work` while the n-th allocation fails. Returns true when there was an n-th one.
  local function attempt(n, work)
    world.reset()
    memory.fail_at(n)
    local finished, message = pcall(work)
    local met = memory.made() >= n
    memory.fail_at(0)
    assert.is_true(finished, "allocation " .. n .. ": " .. tostring(message))
    world.close_exporters()
    world.redis.cli("DEL", worlds.keys.lock)
    return met
  end

  local function orderly(result, message, code)
    if result == nil then assert(codes[code], tostring(code) .. ": " .. tostring(message)) end
    return result
  end

  -- Makes an exporter and flushes. Constructors may fail, too.
  local function flush()
    local made, exporter = pcall(world.exporter, { concurrency = 2 })
    if not made then
      assert(tostring(exporter):find("memory"), tostring(exporter))
      return
    end
    orderly(exporter:flush())
    orderly(exporter:num_pending_events())
    orderly(exporter:status())
  end

  local function every_allocation(prepare, work, check)
    local n = 0
    repeat
      n = n + 1
      local met = attempt(n, function()
        memory.fail_at(0)
        prepare()
        memory.fail_at(n)
        work()
      end)
      check(n)
    until not met
    assert.is_true(n > 10, "only " .. n .. " allocations were tried")
  end

  local function deliver()
    local exporter = world.exporter { concurrency = 2 }
    local sent, outcome = exporter:flush()
    assert.is_number(sent, outcome)
    assert.is_nil(outcome)
  end

  local function all_delivered(n)
    deliver()
    local difference = worlds.difference(events, world.firehose.events(), true)
    assert.equal("", difference, "allocation " .. n)
    assert.equal("", world.leftovers())
  end

  it("delivers the pending set all the same", function()
    every_allocation(function() world.store(events) end, flush, all_delivered)
  end)

  it("delivers the inbox all the same", function()
    every_allocation(function() world.store_inbox(events) end, flush, all_delivered)
  end)

  it("puts refused records back all the same", function()
    every_allocation(function()
      world.store(events)
      world.firehose.fault { fault = "refuse", records = { 0 }, times = 3 }
    end, function()
      local made, exporter = pcall(world.exporter, { concurrency = 2, max_attempts = 1 })
      if made then orderly(exporter:flush()) end
    end, all_delivered)
  end)

  for what, events_per_record in pairs { records = 1, events = 4 } do
    it("sends a batch in halves all the same: of " .. what, function()
      local large = {}
      for n = 1, 4 do large[n] = ('{"service":"%d","text":"%s"}'):format(n, ("x"):rep(80000)) end
      every_allocation(function()
        world.store(large)
        world.firehose.fault { fault = "too_large", times = 1 }
      end, function()
        local made, exporter =
          pcall(world.exporter, { concurrency = 2, events_per_record = events_per_record })
        if made then orderly(exporter:flush()) end
      end, function(n)
        deliver()
        local difference = worlds.difference(large, world.firehose.events(), true)
        assert.equal("", difference, "allocation " .. n)
        assert.equal("", world.leftovers())
      end)
    end)
  end

  it("can be examined all the same", function()
    local function examine()
      local made, exporter = pcall(world.exporter)
      if not made then return end
      orderly(exporter.core:describe(worlds.credentials))
      orderly(exporter.core:ask("data", "CONFIG", "GET", "*"))
    end
    every_allocation(function() end, examine, function()
      assert.equal(0, world.firehose.stats().calls)
    end)
  end)

  it("stores the events that it says it stored", function()
    local stored
    every_allocation(function() stored = 0 end, function()
      local made, exporter = pcall(world.exporter)
      if not made then return end
      local n, rejected, code, before = exporter:add_events(events)
      if n == nil then orderly(n, rejected, code) end
      stored = n or before
    end, function(n)
      assert.is_true(#world.pending() >= stored, "allocation " .. n)
    end)
  end)

  it("makes the events of a bucket all the same", function()
    local bucket, counters, expected = "20151130100520", { bogus = "x" }, {}
    local long = ("m"):rep(90)
    for n = 1, 700 do -- more than what is read at a time
      counters[("stats/{service:1}/metric:%s%d/day:20151130"):format(long, n)] = n
      expected[n] = ('{"service":"1","metric":"%s%d","value":"%d","period":"day",'
        .. '"timestamp":"20151130 00:00","time_gen":"20151130 10:05:20"}'):format(long, n, n)
    end
    every_allocation(function() world.change(bucket, counters) end, function()
      local made, exporter = pcall(world.exporter, { concurrency = 2 })
      if made then orderly(exporter:job()) end
    end, function(n)
      assert.is_number((world.exporter():job()))
      deliver()
      local difference = worlds.difference(expected, world.firehose.events(), true)
      assert.equal("", difference, "allocation " .. n)
      assert.equal("", world.leftovers())
    end)
  end)

  it("has every counter that it increased in a bucket", function()
    local done
    every_allocation(function()
      done = nil
      world.redis.cli("SET", "stats:enabled", "1")
    end, function()
      local made, exporter = pcall(world.exporter)
      if not made then return end
      local list = {}
      for i = 1, 20 do
        list[i] = { service_id = i, application_id = "a" .. i, usage = { hits = i } }
      end
      done = orderly(exporter:report(list))
    end, function(n)
      local changed = {}
      for _, bucket in ipairs(world.redis.cli("KEYS", world.keys.bucket .. "*")) do
        for _, key in ipairs(bucket ~= "" and world.redis.cli("SMEMBERS", bucket) or {}) do
          changed[key] = true
        end
      end
      local counted = 0
      for _, key in ipairs(world.redis.cli("KEYS", "stats/*")) do
        counted = counted + (key ~= "" and 1 or 0)
        assert.is_true(key == "" or key:find "/eternity" ~= nil or key:find "/week" ~= nil
          or changed[key] == true, ("allocation %d: %s"):format(n, key))
      end
      if done then assert.equal(20 * 12, counted) end
    end)
  end)

  it("finds credentials or says why not", function()
    local server, place = aws.start(), helper.temporary_directory()
    finally(function()
      aws.reset()
      server.stop()
      helper.remove_directory(place)
    end)
    helper.write_file(place .. "/config", "[profile role]\nrole_arn = arn:x\n"
      .. "source_profile = keys\n[profile keys]\ncredential_process = cat " .. place .. "/keys\n")
    helper.write_file(place .. "/keys", ('{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", '
      .. '"SecretAccessKey": "%s", "SessionToken": "t"}'):format(
      worlds.credentials.secret_access_key))
    aws.set { AWS_CONFIG_FILE = place .. "/config", AWS_PROFILE = "role",
              AWS_ENDPOINT_URL_STS = server.url .. "/sts/ok" }
    local found, message, code
    aws.core()
    every_allocation(function() found = nil end, function()
      found, message, code = aws.find()
    end, function(n)
      if not found then assert.equal("credentials", code, n .. ": " .. tostring(message)) end
    end)
    assert.equal("AKIDEXAMPLE", found.access_key_id)
  end)

  it("forgets no job", function()
    local list, mark = "resque:queue:stats", "{resque:queue:stats}:"
    local job = '{"class":"ThreeScale::Backend::Analytics::Kinesis::Job",'
      .. '"args":["2026-11-22 18:30:50 UTC","key",1]}'
    every_allocation(function() world.redis.cli("RPUSH", list, job) end, function()
      local made, exporter = pcall(world.exporter)
      if not made then return end
      orderly(exporter:queue_take("stats", "a", 60))
      orderly(exporter:queue_beat("stats", "a", 60))
      orderly(exporter:queue_fail("stats", "a", job, "why"))
      orderly(exporter:queue_take("stats", "a", 60))
      orderly(exporter:queue_bury("stats", "a", job, "why"))
      orderly(exporter:failed_list("stats", 10))
      orderly(exporter:queue_recover("stats", "b"))
      orderly(exporter:failed_retry "stats")
    end, function(n)
      local found = 0
      for _, key in ipairs { list, mark .. "working:a", mark .. "failed" } do
        found = found + tonumber(world.redis.cli("LLEN", key)[1])
      end
      assert.equal(1, found, "allocation " .. n)
    end)
  end)
end)
