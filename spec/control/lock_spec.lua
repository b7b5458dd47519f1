-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local worlds = require "worlds"
local helper = require "helper"

describe("lock #valgrind", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  local function ttl_ms()
    return tonumber(world.redis.cli("PTTL", keys.lock)[1])
  end

  -- A flush in the middle: some events are accepted, and one call hangs.
  local function begin_with_a_call_that_hangs(own)
    world.firehose.fault { fault = "hang", after = 1 }
    assert.is_true(own:begin())
    local state, accepted
    repeat
      state, accepted = own:step(1)
    until state ~= "running" or accepted > 0
    assert.equal("running", state)
  end

  it("has the key and the TTL of the Ruby exporter's lock", function()
    assert.is_true(exporter:begin())
    assert.is_string(world.lock())
    local ttl = ttl_ms()
    assert.is_true(ttl > 300000 and ttl <= 360000)
  end)

  it("is held under a fresh token of 128 random bits", function()
    local seen = {}
    for _ = 1, 3 do
      local token = exporter:schedule_job()
      assert.matches("^%x+$", token)
      assert.equal(32, #token)
      assert.is_nil(seen[token])
      seen[token] = true
      exporter:job_finished(token)
    end
  end)

  describe("draws a number that only grows", function()
    local function number()
      return tonumber(world.redis.cli("GET", keys.fence)[1])
    end

    local ways = {
      ["a flush"] = function() assert.is_number((exporter:flush())) end,
      ["a job that is scheduled"] = function()
        exporter:job_finished(assert(exporter:schedule_job()))
      end,
      ["a job that adopts a lock"] = function()
        assert.is_number((exporter:job("20151130100520", "0.53198231")))
      end,
    }
    for name, way in pairs(ways) do
      it("with " .. name, function()
        way()
        local first = number()
        assert.is_true(first > os.time() * 1e6 - 60e6)
        way()
        assert.is_true(number() > first)
      end)
    end

    it("also when the clock of Redis goes back", function()
      world.redis.cli("SET", keys.fence, "7000000000000000")
      exporter:flush()
      assert.equal(7000000000000001, number())
    end)

    it("also when the key is lost, or is not a number", function()
      world.redis.cli("SET", keys.fence, "none")
      exporter:flush()
      assert.is_true(number() > os.time() * 1e6 - 60e6)
    end)

    it("but draws none while somebody else holds the lock", function()
      world.redis.cli("SET", keys.lock, "thief")
      exporter:flush()
      assert.equal(0, world.exists(keys.fence))
    end)

    it("which a claim that knows a larger one raises", function()
      local events = world.store(helper.events(20))
      world.redis.cli("HSET", keys.claim, "owner", "dead", "fence", "7000000000000000")
      assert.equal(20, (exporter:flush()))
      assert.equal("", world.delivered(events))
      assert.equal(7000000000000001, number())
    end)

    it("and gives the lock back when it cannot", function()
      world.redis.cli("SADD", keys.fence, "no string")
      local n, message, code = exporter:flush()
      assert.same({ nil, "redis" }, { n, code })
      assert.matches("WRONGTYPE", message)
      assert.is_nil(world.lock())
    end)
  end)

  it("may be that of another resource, in lower case", function()
    local other = world.exporter { lock_resource = "Reports::Exporter" }
    local token = other:schedule_job()
    assert.same({ token }, world.redis.cli("GET", "reports::exporter:lock"))
    assert.is_nil(world.lock())
  end)

  it("has the TTL of the option", function()
    world.exporter({ lock_ttl_seconds = 50 }):schedule_job()
    assert.is_true(ttl_ms() <= 50000)
  end)

  it("that the Ruby exporter holds excludes ours, and is left alone", function()
    world.redis.cli("SET", keys.lock, "0.53198231", "EX", "360")
    local n, outcome = exporter:flush()
    assert.equal(0, n)
    assert.equal("locked", outcome)
    local scheduled, why = exporter:schedule_job()
    assert.is_false(scheduled)
    assert.equal("locked", why)
    assert.equal("0.53198231", world.lock())
  end)

  it("excludes a second exporter until it is released", function()
    local second = world.exporter()
    world.store(helper.events(20))
    assert.is_true(exporter:begin())
    assert.equal("locked", select(2, second:flush()))
    assert.is_false((second:schedule_job()))
    assert.equal(20, exporter:finish())
    assert.is_string(second:schedule_job())
  end)

  it("is free after a flush that succeeds, stops early or fails", function()
    exporter:flush()
    assert.is_nil(world.lock())
    world.store(helper.events(20))
    exporter:flush(3)
    assert.is_nil(world.lock())
    world.firehose.fault { fault = "error", type = "AccessDeniedException", message = "no" }
    assert.is_nil((exporter:flush()))
    assert.is_nil(world.lock())
  end)

  -- Returns a function that says whether the TTL of the lock has risen since its last call.
  local function renewals()
    local last = math.huge
    return function()
      local ttl = ttl_ms()
      local risen = ttl > last
      last = ttl
      return risen
    end
  end

  -- /proc/uptime counts suspended time. In a separate time namespace, where that is allowed, the
  -- process was suspended for 11 days.
  it("lasts no longer while this machine is suspended", function()
    local suspended = "unshare -T --boottime 1000000 --fork "
    if helper.run(suspended .. "true") ~= 0 then suspended = "" end
    local chunk = ("package.path, package.cpath = %q, %q; local uptime = io.open '/proc/uptime'"
      .. ":read '*n'; io.write(require('kxtest').boot_ms() / 1000 - uptime)")
      :format(package.path, package.cpath)
    local code, out, err = helper.run(suspended .. helper.quote {
      helper.interpreter, "-e", chunk })
    assert.equal(0, code, err)
    assert.is_true(math.abs(tonumber(out)) < 5, out)
  end)

  it("is renewed while an export runs", function()
    local own, second = world.exporter { lock_ttl_seconds = 20 }, world.exporter()
    local events = world.store(helper.events(20))
    world.firehose.fault { fault = "hang" }
    local renewed, seen, token = renewals(), 0, nil
    local n = own:flush(nil, function()
      token = token or world.lock()
      assert.equal(token, world.lock())
      assert.equal("locked", select(2, second:flush()))
      if renewed() then
        seen = seen + 1
        -- Once only, because this also removes the events that have arrived.
        if seen == 2 then world.firehose.reset() end
      end
    end, 100)
    assert.same({ 20, true }, { n, seen >= 2 })
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
  end)

  it("is renewed while a limited claim is being filled", function()
    local own, renewed, risen = world.exporter { lock_ttl_seconds = 20 }, renewals(), nil
    local events = world.store_inbox(helper.events(4000), 1)
    assert.is_true(own:begin(4000))
    for _ = 1, 7 do
      assert.equal("running", (own:step(0)))
      risen = renewed() or risen
      helper.sleep(0.3)
    end
    assert.is_true(risen)
    assert.equal(1, world.exists(keys.inbox))
    assert.equal(4000, own:finish())
    assert.equal("", world.delivered(events))
  end)

  for _, case in ipairs {
    { "expired", function() world.redis.cli("DEL", keys.lock) end, "" },
    { "was taken by another", function() world.redis.cli("SET", keys.lock, "thief") end, "lock" },
  } do
    it("that " .. case[1] .. " ends the export as lost, and no event is", function()
      local events = world.store(helper.events(1500))
      world.firehose.control("limits", { latency_ms = 5 })
      local taken = false
      local n, message, code, accepted = exporter:flush(nil, function(seen)
        if not taken and seen > 0 then
          case[2]()
          taken = true
        end
      end, 1)
      assert.is_nil(n)
      assert.matches("lock", message)
      assert.equal("lost", code)
      assert.is_true(accepted > 0 and accepted < 1500)
      assert.equal(case[3] == "lock" and "thief" or nil, world.lock())
      world.redis.cli("DEL", keys.lock)
      assert.truthy(world.exporter():flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)
  end

  it("that expired while its holder stood still is lost, and Redis is not asked", function()
    local own = world.exporter { lock_ttl_seconds = 1 }
    local events = world.store(helper.events(20))
    assert.is_true(own:begin())
    helper.sleep(1.2)
    local n, message, code = own:finish()
    assert.is_nil(n)
    assert.matches("lock_ttl_seconds", message)
    assert.equal("lost", code)
    assert.equal("", world.accounted(events, true))
    assert.truthy(exporter:flush())
    assert.equal("", world.delivered(events))
  end)

  it("lost to a successor: whatever the loser still does, it undoes nothing", function()
    local loser = world.exporter()
    local events = world.store(helper.events(400))
    for _, event in ipairs(world.store_inbox(helper.events(400, 2, 10000))) do
      events[#events + 1] = event
    end
    begin_with_a_call_that_hangs(loser)
    world.redis.cli("DEL", keys.lock)
    assert.truthy(exporter:flush())
    assert.equal("", world.leftovers())
    local later = world.store(helper.events(30, 3, 50000))
    for _, event in ipairs(later) do events[#events + 1] = event end
    local n, _, code = loser:finish()
    assert.is_nil(n)
    assert.equal("lost", code)
    assert.equal("", worlds.difference(later, world.pending()))
    assert.truthy(exporter:flush())
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
    assert.equal("", world.leftovers())
    assert.equal(0, exporter:num_pending_events())
  end)

  it("lost while its successor is at work: both go on, nothing is lost", function()
    local loser, successor = world.exporter(), world.exporter()
    local events = world.store(helper.events(800))
    begin_with_a_call_that_hangs(loser)
    world.redis.cli("DEL", keys.lock)
    world.firehose.control("limits", { latency_ms = 5 })
    assert.is_true(successor:begin())
    successor:step(1)
    local n, _, code = loser:finish()
    assert.is_nil(n)
    assert.equal("lost", code)
    assert.is_string(world.lock())
    assert.truthy(successor:finish())
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
    assert.equal("", world.leftovers())
  end)

  it("lost: a flush that stops gives nothing to its successor", function()
    local loser = world.exporter()
    local events = world.store(helper.events(800))
    begin_with_a_call_that_hangs(loser)
    world.redis.cli("SET", keys.lock, "thief")
    loser:stop()
    local n, _, code = loser:finish()
    assert.is_nil(n)
    assert.equal("lost", code)
    assert.same({ "0" }, world.redis.cli("SCARD", keys.pending))
    world.redis.cli("DEL", keys.lock)
    assert.truthy(exporter:flush())
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
  end)

  for name, store in pairs {
    ["the set"] = world.store, ["the inbox"] = world.store_inbox,
  } do
    for what, act in pairs {
      ["settles"] = function() end,
      ["returns"] = function(own) own:stop() end,
    } do
      it("lost without noticing: the loser " .. what .. " nothing of " .. name, function()
        local events = store(helper.events(800))
        world.firehose.control("limits", { latency_ms = 5 })
        local loser = world.exporter()
        assert.is_true(loser:begin())
        repeat
          local _, accepted = loser:step(1)
        until accepted > 0
        world.redis.cli("HSET", keys.claim, "owner", "successor")
        act(loser)
        local n, message, code = loser:finish()
        assert.is_nil(n)
        assert.matches("another exporter", message)
        assert.equal("lost", code)
        assert.same({}, world.pending())
        assert.truthy(exporter:flush())
        assert.equal("", worlds.difference(events, world.firehose.events(), true))
        assert.equal("", world.leftovers())
      end)
    end
  end
end)
