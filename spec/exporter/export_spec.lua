-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- An export, from the pending events to the stream. Long, because all its cases share one world.

local worlds = require "worlds"
local helper = require "helper"

describe("export #valgrind", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  -- Stores `count` events, the first half in the set and the second in the inbox.
  local function store_both(count)
    local events = helper.events(count)
    local set, inbox = {}, {}
    for i, event in ipairs(events) do
      local half = i <= count / 2 and set or inbox
      half[#half + 1] = event
    end
    world.store(set)
    world.store_inbox(inbox)
    return events
  end

  local sources = {
    { name = "the set", store = function(n) return world.store(helper.events(n)) end },
    { name = "the inbox", store = function(n) return world.store_inbox(helper.events(n)) end },
    { name = "set and inbox", store = store_both },
  }

  describe("delivers", function()
    for _, source in ipairs(sources) do
      it("each event of " .. source.name .. " once, byte for byte", function()
        local events = source.store(1003)
        local n, outcome = exporter:flush()
        assert.equal(1003, n)
        assert.is_nil(outcome)
        assert.equal("", world.delivered(events))
        assert.equal("", world.leftovers())
        assert.equal(0, exporter:num_pending_events())
      end)
    end

    it("nothing when there is nothing", function()
      local n, outcome = exporter:flush()
      assert.equal(0, n)
      assert.is_nil(outcome)
      assert.equal(0, world.firehose.stats().calls)
      assert.equal("", world.leftovers())
    end)

    it("a single event", function()
      local events = world.store(helper.events(1))
      assert.equal(1, exporter:flush())
      assert.equal(events[1] .. "\n", world.firehose.raw())
    end)

    it("each event with a newline behind it", function()
      local events = store_both(60)
      exporter:flush()
      local size = 0
      for _, event in ipairs(events) do size = size + #event + 1 end
      assert.equal(size, #world.firehose.raw())
      assert.equal("\n", world.firehose.raw():sub(-1))
    end)

    it("text in any language as it is", function()
      local events = { '{"uinstance":"佐藤 \\"さん\\""}', '{"uinstance":"naïve Ω \\u0000 \\n"}',
                       '{"uinstance":"😀\\\\"}', '{"uinstance":"\127 \194\128"}' }
      world.store { events[1], events[2] }
      world.store_inbox { events[3], events[4] }
      assert.equal(4, exporter:flush())
      assert.equal("", world.delivered(events))
    end)

    it("an event in which newlines are white space on one line", function()
      world.store { '{\n"service":"1",\r\n  "value":"2"\n}' }
      assert.equal(1, exporter:flush())
      assert.equal('{ "service":"1",\r   "value":"2" }\n', world.firehose.raw())
    end)

    it("what arrives during a flush with that flush or the next one", function()
      local events = world.store(helper.events(600))
      local more = helper.events(20, 2, 1000)
      local begun = exporter:begin()
      assert.is_true(begun)
      exporter:step(0)
      assert.equal(20, (world.exporter():add_events(more)))
      assert.truthy(exporter:finish())
      assert.truthy(exporter:flush())
      for _, event in ipairs(more) do events[#events + 1] = event end
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
    end)

    it("more than one page of the set and of the inbox", function()
      local large = world.exporter { batch_records = 500, events_per_record = 0, concurrency = 2 }
      local events = world.store(helper.events(11000))
      for _, event in ipairs(world.store_inbox(helper.events(9000, 2, 20000), 60)) do
        events[#events + 1] = event
      end
      assert.equal(20000, large:flush())
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
    end)

    it("from another database, where analytics Redis is one", function()
      local analytics = world.redis.unix_url:gsub("db=0", "db=1")
      local apart = world.exporter { analytics_redis = analytics }
      local events = helper.events(30)
      apart:add_events(events)
      assert.same({ "1" }, world.redis.cli("DBSIZE"))
      assert.equal(30, apart:num_pending_events())
      assert.equal(30, apart:flush())
      assert.equal("", world.delivered(events))
    end)

    it("over TCP as through a Unix socket", function()
      local events = world.store(helper.events(100))
      assert.equal(100, world.exporter({ redis = world.redis.url }):flush())
      assert.equal("", world.delivered(events))
    end)

    it("again and again with one exporter", function()
      local events = {}
      for i = 1, 3 do
        for _, event in ipairs(world.store(helper.events(70, i, i * 1000))) do
          events[#events + 1] = event
        end
        assert.equal(70, exporter:flush())
      end
      assert.equal("", world.delivered(events))
      assert.equal(3, exporter:stats().flushes)
    end)
  end)

  describe("fills", function()
    local function flush_with(settings, count)
      local events = store_both(count or 400)
      assert.equal(#events, world.exporter(settings):flush())
      assert.equal("", world.delivered(events))
      return world.firehose.control("records"), world.firehose.control("calls")
    end

    local function most(list, field)
      local found = 0
      for _, item in ipairs(list) do found = math.max(found, item[field]) end
      return found
    end

    it("records up to events_per_record", function()
      local records = flush_with { events_per_record = 7 }
      assert.equal(7, most(records, "events"))
      assert.is_true(#records <= 400 / 7 + 3)
    end)

    it("records up to record_bytes", function()
      local records = flush_with { events_per_record = 0, record_bytes = 1000 }
      assert.is_true(most(records, "bytes") <= 1000)
      assert.is_true(most(records, "bytes") > 800)
    end)

    it("calls up to batch_records", function()
      local _, calls = flush_with { batch_records = 3 }
      assert.equal(3, most(calls, "records"))
    end)

    it("calls up to batch_bytes", function()
      local _, calls = flush_with { events_per_record = 1, batch_records = 500, batch_bytes = 2000 }
      assert.is_true(most(calls, "bytes") <= 2000)
      assert.is_true(most(calls, "bytes") > 1700)
    end)

    it("one record when everything fits", function()
      local records, calls = flush_with({ events_per_record = 0, batch_records = 500 }, 300)
      -- One call a source: a claim is settled before the next is read.
      assert.equal(2, #calls)
      assert.equal(2, #records)
    end)

    it("as many calls at once as concurrency allows, and no more", function()
      world.firehose.control("limits", { latency_ms = 60 })
      flush_with { concurrency = 3 }
      assert.equal(3, world.firehose.stats().max_concurrent_calls)
    end)
  end)

  describe("with a limit", function()
    for _, source in ipairs(sources) do
      it("takes exactly that number of events from " .. source.name, function()
        local events = source.store(200)
        for _, case in ipairs { { 1, 1 }, { 13, 14 }, { 120, 134 } } do
          local n, outcome = exporter:flush(case[1])
          assert.equal(case[1], n)
          assert.is_nil(outcome)
          assert.equal(case[2], #world.firehose.events())
          assert.equal(200 - case[2], #world.pending())
          assert.equal(200 - case[2], exporter:num_pending_events())
          assert.equal("", world.accounted(events))
          assert.equal("", world.leftovers())
        end
        assert.equal(66, exporter:flush(66))
        assert.equal("", world.delivered(events))
        assert.equal(0, exporter:num_pending_events())
      end)

      it("takes all of " .. source.name .. " when that is less", function()
        local events = source.store(50)
        local n, outcome = exporter:flush(1000)
        assert.equal(50, n)
        assert.is_nil(outcome)
        assert.equal("", world.delivered(events))
        assert.equal("", world.leftovers())
      end)
    end

    it("of 0 sends nothing and is done", function()
      local events = store_both(20)
      local n, outcome = exporter:flush(0)
      assert.equal(0, n)
      assert.is_nil(outcome)
      assert.equal(0, world.firehose.stats().calls)
      assert.equal("", world.accounted(events))
      assert.equal("", world.leftovers())
    end)

    it("cuts a chunk and leaves the rest of it at the head of the inbox", function()
      local events = world.store_inbox(helper.events(30), 10)
      assert.equal(13, exporter:flush(13))
      local left = world.pending()
      assert.equal(17, #left)
      for i = 1, 17 do assert.equal(events[13 + i], left[i]) end
      assert.same({ "17" }, world.redis.cli("GET", keys.inbox_events))
    end)

    it("beyond one move of the set", function()
      local large = world.exporter { batch_records = 500, events_per_record = 0 }
      local events = world.store(helper.events(7000))
      assert.equal(6000, large:flush(6000))
      assert.equal("", world.accounted(events))
      assert.equal(1000, large:num_pending_events())
    end)

    it("that is negative is the caller's mistake", function()
      assert.has_error(function() exporter:begin(-2) end)
      assert.is_nil(world.lock())
    end)
  end)

  describe("says", function()
    it("how many events are accepted, and how many there were, as it goes", function()
      store_both(400)
      local last, total, calls = 0, nil, 0
      world.firehose.control("limits", { latency_ms = 5 })
      assert.equal(400, exporter:flush(nil, function(accepted, all)
        assert.is_true(accepted >= last and accepted <= 400)
        last, total, calls = accepted, all, calls + 1
      end, 1))
      assert.equal(400, total)
      assert.is_true(calls > 1)
    end)

    it("in stats what it did", function()
      store_both(400)
      exporter:flush()
      local stats, seen = exporter:stats(), world.firehose.stats()
      assert.equal(400, stats.events_accepted)
      assert.equal(seen.calls, stats.calls)
      assert.equal(seen.records, stats.records_sent)
      assert.equal(1, stats.flushes)
      for _, name in ipairs { "retries", "throttled", "events_refused", "events_rejected",
                              "records_refused", "unknown_outcomes", "splits", "in_flight" } do
        assert.equal(0, stats[name], name)
      end
    end)

    it("locked when another process exports", function()
      local events = store_both(20)
      world.redis.cli("SET", keys.lock, "somebody")
      local n, outcome = exporter:flush()
      assert.equal(0, n)
      assert.equal("locked", outcome)
      assert.equal("somebody", world.lock())
      assert.equal("", world.accounted(events))
      assert.equal(0, world.firehose.stats().calls)
    end)
  end)

  describe("that ends early", function()
    -- Interrupts a flush when `accepted` events are accepted, so that every phase is under way.
    local function interrupt(events, accepted, how, settings, limit)
      world.firehose.control("limits", { latency_ms = 5 })
      local own = world.exporter(settings)
      local done = false
      local n, outcome = own:flush(limit, function(seen)
        if not done and seen >= accepted then
          how(own)
          done = true
        end
      end, 1)
      assert.is_true(done, "the flush was over before it could be interrupted")
      assert.equal("", world.accounted(events))
      assert.equal("", world.leftovers())
      assert.equal(#world.firehose.events(), n)
      assert.equal(#events - n, own:num_pending_events())
      assert.is_true(n < #events)
      world.redis.cli("SET", keys.enabled, "1")
      assert.equal(#events - n, exporter:flush())
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
      return n, outcome
    end

    local function disable() world.redis.cli("DEL", keys.enabled) end
    local function stop(own) own:stop() end

    for _, source in ipairs(sources) do
      it("because exporting is switched off puts the rest of " .. source.name .. " back", function()
        local _, outcome = interrupt(source.store(1500), 100, disable)
        assert.equal("disabled", outcome)
      end)

      it("because it was asked to stop puts the rest of " .. source.name .. " back", function()
        local _, outcome = interrupt(source.store(1500), 100, stop)
        assert.equal("partial", outcome)
      end)

      it("may have a limit on " .. source.name, function()
        local _, outcome = interrupt(source.store(1500), 100, stop, nil, 1200)
        assert.equal("partial", outcome)
      end)
    end

    it("before the first event was accepted sends what it must and no more", function()
      local n = interrupt(store_both(1500), 0, stop)
      assert.is_true(n <= 500)
    end)

    it("in the second of the sources leaves the first one done", function()
      local n = interrupt(store_both(2000), 1200, stop)
      assert.is_true(n >= 1200)
    end)

    it("with pages of the set that were read ahead", function()
      local settings = { batch_records = 40, concurrency = 2 }
      local _, outcome = interrupt(world.store(helper.events(17000)), 6000, disable, settings)
      assert.equal("disabled", outcome)
    end)

    it("with a newer event in the pending set than in the claim", function()
      local events = world.store(helper.events(1500))
      local newer = helper.events(5, 9, 90000)
      for _, event in ipairs(newer) do events[#events + 1] = event end
      interrupt(events, 100, function(own)
        world.store(newer)
        own:stop()
      end)
    end)

    it("does nothing to an exporter that does nothing", function()
      exporter:stop()
      local events = store_both(20)
      assert.equal(20, exporter:flush())
      assert.equal("", world.delivered(events))
    end)
  end)

  describe("is one at a time on an exporter", function()
    it("other commands that need the lock raise", function()
      store_both(20)
      assert.is_true(exporter:begin())
      assert.has_error(function() exporter:flush_begin() end)
      assert.has_error(function() exporter:schedule_job() end)
      assert.equal(20, exporter:num_pending_events())
      assert.equal(20, exporter:finish())
    end)

    it("a step without a flush raises", function()
      assert.has_error(function() exporter:step() end)
    end)

    it("closing breaks it off and frees the lock; the next flush finishes it", function()
      local events = store_both(400)
      world.firehose.control("limits", { latency_ms = 5 })
      local broken = world.exporter()
      assert.is_true(broken:begin())
      repeat
        local _, accepted = broken:step(1)
      until accepted > 0
      assert.is_true(broken:close())
      assert.is_nil(world.lock())
      assert.truthy(exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)
  end)
end)
