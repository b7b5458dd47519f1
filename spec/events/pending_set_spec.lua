-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local worlds = require "worlds"
local helper = require "helper"

describe("pending set #valgrind", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)


  local function run_id()
    for _, line in ipairs(world.redis.cli("INFO", "server")) do
      local id = line:match("^run_id:(%x+)")
      if id then return id end
    end
  end

  -- A claim whose first page is settled, as an export leaves it that dies then.
  local function claim_with_a_page_settled(events, id)
    world.store(events, keys.claimed)
    local page = world.redis.cli("SSCAN", keys.claimed, "0", "COUNT", "5000")
    local cursor = table.remove(page, 1)
    assert.not_equal("0", cursor)
    world.redis.cli("HSET", keys.claim, "owner", "dead", "run_id", id, "cursor", cursor,
                    "settled", #page)
    return page
  end

  local function without(events, some)
    local known, rest = helper.counts(some), {}
    for _, event in ipairs(events) do
      if not known[event] then rest[#rest + 1] = event end
    end
    return rest
  end

  it("is what a Ruby job leaves: each member is an event", function()
    local events = world.store(helper.events(30))
    assert.equal(30, exporter:num_pending_events())
    assert.equal(30, exporter:flush())
    assert.equal("", world.delivered(events))
    assert.equal(0, world.exists(keys.pending))
  end)

  it("rejects an empty member", function()
    local events = world.store(helper.events(30))
    world.redis.cli("SADD", keys.pending, "")
    local n, outcome = exporter:flush()
    assert.equal(30, n)
    assert.is_nil(outcome)
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
    assert.equal(0, exporter:num_pending_events())
    local rejected = exporter:rejected_list(10)
    assert.equal(1, #rejected)
    assert.equal("", rejected[1].event)
    assert.equal("empty", rejected[1].reason)
  end)

  it("may consist of an empty member alone", function()
    world.redis.cli("SADD", keys.pending, "")
    assert.equal(0, exporter:flush())
    assert.equal(0, world.firehose.stats().calls)
    assert.equal(1, exporter:rejected_size())
    assert.equal("", world.leftovers())
  end)

  it("is free for others while an export holds its claim", function()
    local events = world.store(helper.events(300))
    world.firehose.control("limits", { latency_ms = 5 })
    assert.is_true(exporter:begin())
    repeat
      local _, accepted = exporter:step(1)
    until accepted > 0
    assert.equal(0, world.exists(keys.pending))
    assert.equal(1, world.exists(keys.claimed))
    local newer = world.store(helper.events(5, 2, 5000))
    assert.equal(300, exporter:finish())
    assert.equal("", worlds.difference(newer, world.pending()))
    assert.equal("", world.delivered(events))
  end)

  -- How often Redis was asked for members, and renamed the set, since it was last asked.
  local function commands()
    local stats = table.concat(world.redis.cli("INFO", "commandstats"), "\n")
    world.redis.cli("CONFIG", "RESETSTAT")
    local function of(command)
      return tonumber(stats:match("cmdstat_" .. command .. ":calls=(%d+)") or 0)
    end
    return { of "spop", of "rename" }
  end

  it("is claimed in slices with a limit, and at once when the limit is not smaller", function()
    local events = world.store(helper.events(1500))
    commands()
    assert.equal(1200, (exporter:flush(1200)))
    assert.same({ 3, 0 }, commands())
    assert.equal(300, (exporter:flush(300)))
    assert.same({ 0, 1 }, commands())
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
  end)

  it("counts as pending what is claimed, until it is settled", function()
    world.store(helper.events(300))
    world.firehose.fault { fault = "hang", times = 0 }
    assert.is_true(exporter:begin())
    helper.wait_until(function()
      assert.equal("running", (exporter:step(10)))
      return world.firehose.stats().in_flight > 0
    end)
    assert.equal(1, world.exists(keys.claimed))
    assert.equal(300, world.exporter():num_pending_events())
    world.store(helper.events(7, 2, 5000))
    assert.equal(307, world.exporter():num_pending_events())
  end)

  describe("after a crash", function()
    it("loses nothing and repeats only what was not settled", function()
      local events = world.store(helper.events(400))
      local before = world.crash(3)
      assert.equal(150, before)
      local left = exporter:num_pending_events()
      assert.is_true(left <= 400 and left >= 400 - before)
      assert.equal("", worlds.difference(events, world.redis.cli("SMEMBERS", keys.claimed)))
      assert.equal(left, exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
      assert.equal(0, exporter:num_pending_events())
    end)

    it("does not send a page again that was settled", function()
      local events = world.store(helper.events(17000))
      local large = { events_per_record = 500, batch_records = 2 }
      local before = world.crash(14, large)
      local left = exporter:num_pending_events()
      assert.is_true(left < 17000, "nothing was settled")
      assert.is_true(left >= 17000 - before)
      assert.equal(left, world.exporter(large):flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal(before + left, #world.firehose.events())
      assert.equal("", world.leftovers())
    end)

    it("continues the older claim first, then takes what has arrived since", function()
      local events = world.store(helper.events(200))
      local before = world.crash(1)
      for _, event in ipairs(world.store(helper.events(50, 2, 5000))) do
        events[#events + 1] = event
      end
      local left = exporter:num_pending_events()
      assert.is_true(left <= 250 and left >= 250 - before)
      assert.equal(left, exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)

    it("of an export with a limit, the rest of its claim is pending", function()
      local events = world.store(helper.events(400))
      local before = world.crash(1, { limit = 200 })
      local left = exporter:num_pending_events()
      assert.is_true(left <= 400 and left >= 400 - before)
      assert.equal(left, exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)

    it("an export with a limit takes no more for the older claim", function()
      local events = world.store(helper.events(400))
      local before = world.crash(1)
      local left = exporter:num_pending_events()
      local n, outcome = exporter:flush(120)
      assert.equal(120, n)
      assert.is_nil(outcome)
      assert.equal(before + 120, #world.firehose.events())
      assert.equal("", world.accounted(events, true))
      assert.equal("", world.leftovers())
      assert.equal(left - 120, exporter:num_pending_events())
    end)

    it("an export with a limit takes no more for the claim of another one", function()
      local events = world.store(helper.events(400))
      world.crash(1, { limit = 300 })
      local left = exporter:num_pending_events()
      assert.equal(100, exporter:flush(100))
      assert.equal("", world.accounted(events, true))
      assert.equal("", world.leftovers())
      assert.equal(left - 100, exporter:flush())
    end)

    it("more than once still loses nothing", function()
      local events = world.store(helper.events(400))
      for calls = 1, 3 do world.crash(calls) end
      assert.truthy(exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)
  end)

  describe("a claim with a place that is settled", function()
    local large

    before_each(function()
      large = world.exporter { events_per_record = 500, batch_records = 5 }
    end)

    it("is continued from there", function()
      local events = helper.events(12000)
      local settled = claim_with_a_page_settled(events, run_id())
      assert.equal(12000 - #settled, large:num_pending_events())
      assert.equal(12000 - #settled, large:flush())
      assert.equal("", world.delivered(without(events, settled)))
      assert.equal("", world.leftovers())
      assert.same({ "0" }, world.redis.cli("HEXISTS", keys.claim, "settled"))
    end)

    it("is sent as a whole when the place is of another Redis process", function()
      local events = helper.events(12000)
      claim_with_a_page_settled(events, ("0"):rep(40))
      assert.equal(12000, large:flush())
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
    end)

    it("returns only the rest when a flush with a limit finds it", function()
      local events = helper.events(12000)
      local settled = claim_with_a_page_settled(events, run_id())
      assert.equal(100, large:flush(100))
      local rest = without(events, settled)
      assert.equal("", world.accounted(rest))
      assert.equal(#rest - 100, large:num_pending_events())
      assert.equal("", world.leftovers())
    end)

    it("is not sent at all when it was settled to its end", function()
      world.store(helper.events(20), keys.claimed)
      world.redis.cli("HSET", keys.claim, "run_id", run_id(), "cursor", "0", "settled", "20")
      assert.equal(0, exporter:num_pending_events())
      local more = world.store(helper.events(10, 2, 5000))
      assert.equal(10, exporter:flush())
      assert.equal("", world.delivered(more))
      assert.equal("", world.leftovers())
    end)

    it("does not mislead the next claim", function()
      claim_with_a_page_settled(helper.events(12000), run_id())
      large:flush()
      world.firehose.reset()
      local events = world.store(helper.events(9000, 2, 50000))
      assert.equal(9000, large:num_pending_events())
      assert.equal(9000, large:flush())
      assert.equal("", world.delivered(events))
    end)

    it("without a place is sent as a whole", function()
      local events = world.store(helper.events(60), keys.claimed)
      assert.equal(60, exporter:num_pending_events())
      assert.equal(60, exporter:flush())
      assert.equal("", world.delivered(events))
    end)
  end)
end)
