-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A Redis behind a link that fails, a Redis that cannot save, and a clock that jumps: the export
-- fails and says so, or succeeds. In both cases no event is lost.

local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"
local soaking = require "soaking"

describe("an export through a link to Redis", function()
  local world = worlds.world()
  local proxy

  setup(function()
    world.start()
    proxy = servers.start_redis_proxy { redis = world.redis }
  end)
  teardown(function()
    proxy.stop()
    world.stop()
  end)
  before_each(world.reset)

  local function store_both()
    local events = world.store(helper.events(300))
    for _, event in ipairs(world.store_inbox(helper.events(200, 2, 100000))) do
      events[#events + 1] = event
    end
    return events
  end

  -- Another export finds and sends what the broken one left.
  local function recovers(events)
    world.redis.cli("DEL", world.keys.lock)
    local own = world.exporter()
    assert.is_number(own:flush())
    assert.equal(0, own:num_pending_events())
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
    assert.equal("", world.leftovers())
  end

  -- The answers that the export awaits are lost with the connection, whichever call notices that.
  it("that another call breaks off loses nothing, and ends", function()
    local events = store_both()
    local own = world.exporter { redis_timeout_ms = 400 }
    world.firehose.fault { fault = "slow", seconds = 1 }
    assert.is_true(own:begin())
    helper.wait_until(function()
      assert.equal("running", (own:step(5)))
      return world.firehose.stats().in_flight > 0
    end)
    world.redis.signal("STOP")
    helper.sleep(1.1) -- after a second of silence each step asks for a sign of life
    assert.equal("running", (own:step(1)))
    local _, _, code = own:num_pending_events()
    assert.equal("redis", code)
    world.redis.signal("CONT")
    local last = os.time() + 30
    local sent, _, why = own:finish(function() assert.is_true(os.time() < last, "it hangs") end)
    assert.same({ nil, "redis" }, { sent, why })
    recovers(events)
  end)

  -- Bytes of answers after which the fault begins: at the first answer, in the answer to the script
  -- that claims, and later.
  for _, bytes in ipairs { 0, 60, 200, 2000, 20000, 40000 } do
    for kind, message in pairs {
      reset = "", drop_answers = "no answer within 400 ms",
      drop_requests = "no answer within 400 ms",
    } do
      it(("that has %s after %d bytes loses nothing"):format(kind, bytes), function()
        local events = store_both()
        local before = proxy.stats()[kind]
        proxy.order(kind, bytes)
        local own = world.exporter { redis = proxy.unix_url, redis_timeout_ms = 400 }
        local sent, said, code = own:flush()
        assert.equal(before + 1, proxy.stats()[kind])
        if not sent then
          assert.equal("redis", code)
          assert.matches(message, said, 1, true)
        end
        recovers(events)
      end)
    end
  end

  for _, kind in ipairs { "latency", "partial", "stall" } do
    it("that has " .. kind .. " takes its time, and sends all once", function()
      local events = store_both()
      proxy.order(kind, 60)
      local own = world.exporter { redis = proxy.unix_url }
      assert.equal(500, own:flush())
      assert.is_true(proxy.stats()[kind] > 0)
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
    end)
  end

  it("whose Redis cannot save fails with what Redis says, and recovers", function()
    local events = store_both()
    local dump = world.redis.cli("CONFIG", "GET", "dir")[2] .. "/dump.rdb"
    os.execute("mkdir -p " .. helper.quote(dump .. "/full"))
    finally(function()
      world.redis.cli("CONFIG", "SET", "save", "")
      os.execute("rm -rf " .. helper.quote(dump))
    end)
    world.redis.cli("CONFIG", "SET", "save", "3600 1")
    world.redis.cli "BGSAVE"
    helper.wait_until(function() return world.redis.cli("SET", "probe", "1")[1]:match "MISCONF" end)
    local own = world.exporter()
    local sent, message, code = own:flush()
    assert.is_nil(sent)
    assert.equal("redis", code)
    assert.matches("MISCONF", message)
    assert.equal(500, own:num_pending_events())
    world.redis.cli("CONFIG", "SET", "save", "")
    recovers(events)
  end)

  -- libfaketime reads the offset from a file each time that the process looks at the clock. An
  -- interpreter that preloads a sanitizer cannot preload libfaketime, too.
  local preloads = (os.getenv "KX_LUA" or ""):find("/", 1, true)
  for _, jump in ipairs(preloads and {} or { "+3h", "-3h" }) do
    it("and a clock that jumps by " .. jump .. " in mid-export loses nothing", function()
      local events = store_both()
      local clock = helper.temporary_directory() .. "/clock"
      helper.write_file(clock, "+0s\n")
      world.firehose.control("limits", { latency_ms = 100 })
      local child = soaking.start {
        role = "flush", clock_file = clock, settings = {
          redis = world.redis.unix_url, endpoint = world.firehose.url, stream = "backend-events",
          region = "eu-west-1", credentials = worlds.credentials, events_per_record = 10,
          batch_records = 2, concurrency = 1,
        },
      }
      finally(function()
        child.stop()
        helper.remove_directory((clock:gsub("/clock$", "")))
      end)
      helper.wait_until(function() return #world.firehose.events() > 0 end)
      helper.write_file(clock, jump .. "\n")
      helper.wait_until(function() return child.output():find("flushed 500", 1, true) end)
      child.ended "TERM"
      assert.equal("", world.delivered(events))
      assert.is_true(world.firehose.stats().calls > 25, "the service did not see the jump")
      assert.equal("", world.leftovers())
    end)
  end
end)
