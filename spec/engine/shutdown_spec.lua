-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The end of the engine: a drain, a process that ends, a fork.

local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local kx = require "kxtest"

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = ('{"n":"%d"}'):format(i) end
  return list
end

describe("the engine's end #threads", function()
  local world = worlds.world { firehose = false }

  setup(world.start)
  teardown(function()
    core.drain()
    world.stop()
  end)
  before_each(world.reset)
  after_each(function() world.redis.signal "CONT" end)

  local function expect_stored(events)
    assert.same(events, engines.stored(world))
  end

  local function settings(more)
    return world.settings(more or { linger_ms = 60000, report_interval_ms = 60000 })
  end

  describe("by drain", function()
    it("stores everything, of every channel", function()
      local list, reports = {}, 0
      for i = 1, 3 do
        list[i] = engines.start(settings())
        assert.is_true(list[i].record(('{"n":"%d"}'):format(i)))
        assert.is_true(list[i].report { service_id = i, usage = { hits = i } })
      end
      core.drain()
      core.drain()
      for i = 1, 3 do
        assert.equal(0, list[i].look().bytes_buffered)
        reports = reports + world.exists(("stats/{service:%d}/metric:hits/eternity"):format(i))
        list[i].close()
      end
      assert.equal("", worlds.difference(numbers(3), engines.stored(world)))
      assert.equal(3, reports)
    end)

    it("is followed by another start, any number of times", function()
      local one = engines.start(settings())
      for i = 1, 60 do
        assert.is_true(one.channel:start())
        assert.is_true(one.record(('{"n":"%d"}'):format(i)))
        if i % 7 == 0 then assert(one.post "enabled") end
        core.drain()
        assert.is_false(one.record "{}")
      end
      one.close()
      expect_stored(numbers(60))
    end)

    -- Runs a program that may stop and continue Redis. It reports what it loses.
    local function run(more, code)
      local status, out, err = engines.run(settings(more), ([[
        local function signal(name) os.execute("kill -" .. name .. " %d") end
        ]]):format(world.redis.pid) .. code)
      assert.same({ 0, "" }, { status, out }, err)
      return err
    end

    it("keeps what cannot be stored in time for the next start", function()
      local told = run({ drain_timeout_ms = 50, redis_timeout_ms = 20, linger_ms = 60000 }, [[
        signal "STOP"
        record(10)
        core.drain()
        assert(opened.look().events_buffered == 10)
        signal "CONT"
        assert(opened.record "{}" == false and opened.channel:start())
        opened.settle()]])
      assert.truthy(told:find("10 events", 1, true), told)
      expect_stored(numbers(10))
    end)

    it("tries at once, also after many failures", function()
      assert.equal("", run({ redis_timeout_ms = 200, drain_timeout_ms = 5000, linger_ms = 1 }, [[
        signal "STOP"
        record(1)
        engines.wait(function() return opened.look().store_failures >= 6 end)
        signal "CONT"
        core.drain()
        assert(opened.look().events_buffered == 0)]]))
    end)

    it("does not wait for a stuck thread, which goes on after another start", function()
      local told = run({ redis_timeout_ms = 60000, drain_timeout_ms = 50 }, [[
        record(1)
        opened.settle()
        signal "STOP"
        record(2)
        local call = opened.post "enabled"
        core.drain()
        assert(opened.record "{}" == false)
        signal "CONT"
        assert(opened.channel:start())
        record(3)
        opened.settle()
        assert(engines.await(call).n > 0)
        assert(opened.call "enabled" == true)]])
      assert.truthy(told:find("2 events and 0 reports may be lost", 1, true), told)
      expect_stored { '{"n":"1"}', '{"n":"1"}', '{"n":"2"}', '{"n":"1"}', '{"n":"2"}', '{"n":"3"}' }
    end)

    it("also names the reports that may be lost", function()
      local told = run({ redis_timeout_ms = 60000, drain_timeout_ms = 50 }, [[
        signal "STOP"
        opened.report { service_id = "1", usage = { hits = 1 } }
        opened.report { { service_id = "1", usage = { hits = 1 } },
                        { service_id = "2", response_code = 200 } }
        core.drain()
        signal "CONT"]])
      assert.truthy(told:find(": 0 events and 3 reports may be lost (", 1, true), told)
    end)

    it("does not touch a channel that is closed while the thread is stuck", function()
      run({ redis_timeout_ms = 60000, drain_timeout_ms = 50 }, [[
        record(1)
        opened.settle()
        signal "STOP"
        record(2)
        core.drain()
        opened.close()
        opened = engines.start(require "cjson".decode(settings))
        signal "CONT"
        record(3)
        opened.settle()]])
      assert.equal(6, #engines.stored(world))
    end)
  end)

  describe("of a program", function()
    for name, code in pairs {
      ["at its last line"] = "",
      ["by os.exit"] = "os.exit(0)",
      ["by os.exit that closes Lua"] = "os.exit(true, true)",
      ["by an error"] = "error 'at the end'",
      ["by closing the channel"] = "opened.close()",
      ["by collecting the channel"] = "opened = nil collectgarbage() collectgarbage()",
    } do
      it(name .. " loses nothing", function()
        local status, _, err = engines.run(settings(), "record(500) " .. code)
        assert.equal(name == "by an error" and 1 or 0, status, err)
        expect_stored(numbers(500))
      end)
    end

    it("reports what it loses when Redis is away", function()
      for _, redis in ipairs { world.redis.unix_url, "redis://127.0.0.1:1/0" } do
        world.redis.signal "STOP"
        local status, _, err = engines.run(settings { redis = redis, drain_timeout_ms = 50,
          redis_timeout_ms = 5000 }, "record(30) os.exit(7)")
        world.redis.signal "CONT"
        assert.equal(7, status, err)
        assert.truthy(err:find "^kinesis%-exporter: pid %d+: 30 events [^\n]+: [^\n]+\n$", err)
      end
    end)

    it("says nothing when it loses nothing", function()
      local status, out, err = engines.run(settings(), "record(1)")
      assert.same({ 0, "", "" }, { status, out, err })
    end)

    it("does not happen when a signal ends the program", function()
      for n = 1, 20 do
        local status, _, err = engines.run(settings { linger_ms = 1 }, ([[
          record(%d)
          opened.post "enabled"
          os.exit(true, true)]]):format(n))
        assert.equal(0, status, err)
      end
      assert.equal(210, #engines.stored(world))
    end)
  end)

  describe("for a forked child", function()
    it("does not concern the parent, which keeps what it has taken", function()
      local one = engines.start(settings())
      for _, event in ipairs(numbers(20)) do assert.is_true(one.record(event)) end
      local call = assert(one.post "enabled")
      assert.equal(0, kx.fork(function()
        return one.look().events_buffered == 0 and one.record "{}" == false
      end))
      assert.same({ true, n = 1 }, engines.await(call))
      assert.equal(20, one.look().events_buffered)
      core.drain()
      one.close()
      expect_stored(numbers(20))
    end)

    it("is followed by a start: the child has a thread of its own", function()
      local one = engines.start(settings { linger_ms = 1 })
      for round = 1, 10 do
        assert.is_true(one.record(('{"n":"%d"}'):format(2 * round - 1)))
        one.settle()
        assert.equal(0, kx.fork(function()
          assert(one.channel:start())
          assert(one.record(('{"n":"%d"}'):format(2 * round)))
          core.drain()
          assert(one.look().bytes_buffered == 0 and one.channel:start())
          local enabled = one.call "enabled"
          core.drain()
          return enabled
        end))
      end
      one.close()
      expect_stored(numbers(20))
    end)

    it("cancels the calls that the child has no thread for", function()
      local one = engines.start(settings())
      world.redis.signal "STOP"
      local calls = {}
      for i = 1, 3 do calls[i] = assert(one.post "enabled") end
      assert.equal(0, kx.fork(function()
        for i = 1, 3 do
          local got = engines.await(calls[i])
          if got[1] ~= nil or got[3] ~= "timeout" then return false end
        end
        return true
      end))
      world.redis.signal "CONT"
      for i = 1, 3 do assert.same({ true, n = 1 }, engines.await(calls[i])) end
      one.close()
    end)
  end)
end)
