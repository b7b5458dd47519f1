-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Events and reports that nginx takes under load, while workers start and end: all that was
-- accepted arrives and is counted.

local worlds = require "worlds"
local helper = require "helper"
local load = require "load"

local EVERYTHING = { "/all", "/log", "/text", "/table", "/report", "/add" }

-- Longer than any of these specs: only the end of a worker, or a full block, brings anything to
-- Redis.
local NEVER = { linger_ms = 60000, report_interval_ms = 60000, drain_timeout_ms = 20000 }

describe("nginx under load", function()
  local world = load.world()

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    world.redis.cli("SET", "stats:enabled", "1")
  end)
  after_each(world.end_all)

  local function owner(id)
    return tonumber(id:match "^%d+")
  end

  -- How many events each worker accepted, by its pid.
  local function by_worker(account)
    local counts = {}
    for _, id in ipairs(account.ids) do counts[owner(id)] = (counts[owner(id)] or 0) + 1 end
    return counts
  end

  local function is_in(list, item)
    return helper.counts(list)[item] ~= nil
  end

  -- Waits until `count` workers that are not in `old` have accepted events.
  local function wait_for_new(server, count, old)
    helper.wait_until(function()
      local new = 0
      for pid in pairs(by_worker(server.account())) do
        new = new + (is_in(old, pid) and 0 or 1)
      end
      return new >= count
    end, 20, "new workers")
  end

  -- Every key of the counters is in a bucket, except those that are never put into one.
  local function in_no_bucket()
    local missing = world.redis.cli("EVAL", [[
      local known, missing = {}, {}
      for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
        for _, key in ipairs(redis.call('SMEMBERS', ARGV[1] .. name)) do known[key] = true end
      end
      for _, key in ipairs(redis.call('KEYS', 'stats/*')) do
        local left_out = string.find(key, '/eternity$') or string.find(key, '/week:')
        if not left_out and not known[key] then missing[#missing + 1] = key end
      end
      return table.concat(missing, ' ')]], "1", world.keys.buckets, world.keys.bucket)
    return missing[1]
  end

  it("stores everything once that two workers take in on every path", function()
    local server = world.serve(nil, { workers = 2 })
    local traffic = load.start(server, EVERYTHING, { pause_ms = 1 })
    traffic.reached(6000)
    local served = traffic.finish()
    assert.equal(0, served.refused)
    local account = world.settle(server)
    assert.is_true(account.requests >= served.requests)
    assert.is_true(account.reported >= 2900 and #account.ids >= 6900)
    assert.equal("", in_no_bucket())
  end)

  it("loses nothing when it is reloaded, again and again", function()
    local server = world.serve(nil, { workers = 2 })
    local traffic = load.start(server, { "/all", "/log", "/text" })
    traffic.reached(500)
    for _ = 1, 3 do
      local old = server.pids()
      server.signal "HUP"
      for _, pid in ipairs(old) do server.wait_gone(pid) end
      wait_for_new(server, 1, old)
    end
    traffic.reached(500)
    assert.equal(0, traffic.finish().refused)
    world.settle(server)
  end)

  for _, signal in ipairs { "QUIT", "TERM" } do
    it("brings all that it holds to Redis when it ends by " .. signal, function()
      local server = world.serve(NEVER, { workers = 2 })
      -- Slowly, so that the first block is not full, even on a machine with a heavy load.
      local traffic = load.start(server, { "/all", "/log" }, { pause_ms = 20 })
      traffic.reached(1000)
      assert.is_true(#world.found() < #server.account().ids / 2)
      server.signal(signal)
      server.wait_gone(server.master)
      traffic.finish()
      local account = world.stop_and_check(server)
      assert.is_true(#account.ids >= 2000 and account.reported >= 1000)
    end)

    it("waits for Redis with a full buffer when it ends by " .. signal, function()
      local server = world.serve({ buffer_bytes = 512 * 1024, drain_timeout_ms = 20000 })
      local worker = server.pids()[1]
      local traffic = load.start(server, { "/text?bytes=1000", "/report" })
      traffic.reached(100)
      world.redis.signal "STOP"
      helper.wait_until(function() return server.account().refused > 100 end)
      server.signal(signal)
      helper.wait_until(function() return server.log():find("exiting", 1, true) end)
      assert.is_true(is_in(server.pids(), worker))
      world.redis.signal "CONT"
      server.wait_gone(worker)
      traffic.finish()
      world.stop_and_check(server)
    end)
  end

  -- The ids that a worker accepted in its last second, as a set.
  local function last_second(account, pid)
    local last, late = 0, {}
    for id, at in pairs(account.seconds) do
      if owner(id) == pid then last = math.max(last, at) end
    end
    for id, at in pairs(account.seconds) do late[id] = owner(id) == pid and at > last - 1 end
    return late
  end

  local function size(set)
    local n = 0
    for _, is_member in pairs(set) do n = n + (is_member and 1 or 0) end
    return n
  end

  it("loses at most the last second of a worker that is killed, and the others go on", function()
    local server = world.serve({ report_interval_ms = 100 }, { workers = 2 })
    local traffic = load.start(server, { "/all", "/log", "/text" })
    wait_for_new(server, 2, {})
    traffic.reached(2000)
    helper.sleep(2) -- the last second is to be a part of it
    local old = server.pids()
    local victim, other = old[1], old[2]
    os.execute("kill -KILL " .. victim)
    server.wait_gone(victim)
    local before = by_worker(server.account())[other]
    wait_for_new(server, 1, old)
    helper.wait_until(function() return by_worker(server.account())[other] > before end)
    traffic.reached(500)
    traffic.finish()
    server.stop()
    local account, found = server.account(), helper.counts(world.found())
    local late = last_second(account, victim)
    for _, id in ipairs(account.ids) do
      assert.is_true(found[id] == 1 or found[id] == nil and late[id], id)
      found[id] = nil
    end
    -- The request that it was at when it was killed is not in its account.
    assert.is_true(size(found) <= 2)
    for key, sum in pairs(world.sums()) do
      assert.is_true(sum >= account.reported - size(late) and sum <= account.reported + 1, key)
    end
    assert.is_true(size(late) < #account.ids / 2)
  end)

  it("exports in a content handler what it takes in meanwhile, once", function()
    local server = world.serve()
    local traffic = load.start(server, { "/all", "/log", "/table", "/add" })
    local sent = 0
    for _ = 1, 5 do
      traffic.reached(300)
      local status, answer = server.get "/flush"
      assert.equal(200, status)
      sent = sent + assert(tonumber(answer:match "^(%d+) nil\n$"), answer)
    end
    traffic.finish()
    assert.equal(sent, #world.firehose.events())
    assert.is_true(sent > 1000)
    helper.wait_until(function()
      server.get "/flush"
      return #world.firehose.events() == #server.account().ids
    end)
    local account = world.settle(server)
    assert.equal("", worlds.difference({}, world.pending()))
    assert.equal(#account.ids, #world.firehose.events())
    assert.equal("", world.leftovers())
  end)

  it("shares a Redis with another nginx", function()
    local one, two = world.serve(nil, { workers = 2 }), world.serve()
    local to_one = load.start(one, EVERYTHING)
    local to_two = load.start(two, EVERYTHING)
    to_one.reached(1000)
    to_two.reached(1000)
    local status, answer = two.get "/flush"
    assert.equal(200, status)
    assert.truthy(answer:match "^%d+ nil\n$", answer)
    to_one.reached(500)
    to_two.reached(500)
    to_one.finish()
    to_two.finish()
    world.settle(one, two)
    assert.is_true(#world.firehose.events() > 0 and #world.pending() > 0)
  end)
end)
