-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local worlds = require "worlds"
local helper = require "helper"

describe("inbox #valgrind", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  local function chunks()
    return tonumber(world.redis.cli("LLEN", keys.inbox)[1])
  end

  local function counter(key)
    return tonumber(world.redis.cli("GET", key)[1])
  end

  describe("takes", function()
    it("events as JSON text, byte for byte", function()
      local events = helper.events(30)
      local stored, rejected = exporter:add_events(events)
      assert.equal(30, stored)
      assert.equal(0, rejected)
      assert.equal(1, chunks())
      assert.equal(30, counter(keys.inbox_events))
      assert.equal(30, exporter:num_pending_events())
      assert.equal(30, exporter:flush())
      assert.equal("", world.delivered(events))
      assert.equal(0, world.exists(keys.inbox, keys.inbox_events))
    end)

    local function stored_as(event)
      assert.equal(1, (exporter:add_events { event }))
      local lines = world.pending()
      assert.equal(1, #lines)
      return lines[1]
    end

    it("a table as the data contract writes it", function()
      assert.equal('{"service":"1006","cinstance":"a60","metric":"255","value":"12",'
        .. '"period":"hour","timestamp":"20151130 10:00","time_gen":"20151130 10:05:20"}',
        stored_as { time_gen = "20151130 10:05:20", timestamp = "20151130 10:00", period = "hour",
                    value = 12, metric = "255", cinstance = "a60", service = "1006" })
    end)

    it("every member of the contract in its order, then others by name", function()
      assert.equal('{"service":"1","cinstance":"2","uinstance":"3","metric":"4",'
        .. '"response_code":"200","value":"5","period":"day","timestamp":"t","time_gen":"g",'
        .. '"A":"x","b":"true","c":null}',
        stored_as { b = true, A = "x", c = helper.json.null, response_code = 200, value = 5,
                    uinstance = "3", time_gen = "g", service = "1", metric = "4", period = "day",
                    cinstance = "2", timestamp = "t" })
    end)

    it("a table without time_gen with the time it is now", function()
      local before = os.date("!%Y%m%d %H:%M:%S")
      local event = stored_as { service = "1" }
      local after = os.date("!%Y%m%d %H:%M:%S", os.time() + 1)
      local stamp = event:match('^{"service":"1","time_gen":"(%d+ %d%d:%d%d:%d%d)"}$')
      assert.is_true(before <= stamp and stamp <= after)
    end)

    it("large whole numbers without an exponent", function()
      assert.equal('{"value":"9007199254740991","time_gen":"g","half":"0.5"}',
        stored_as { value = 9007199254740991, half = 0.5, time_gen = "g" })
    end)

    it("text that JSON must escape", function()
      local event = stored_as { service = 'a"\\\n\1é', time_gen = "g" }
      assert.equal('a"\\\n\1é', helper.json.decode(event).service)
    end)

    it("newlines between tokens as spaces: a line is an event", function()
      assert.equal('{ "service":"1" }', stored_as '{\n"service":"1"\n}')
    end)

    it("many events in chunks of at most 256 KiB", function()
      local events = helper.events(4000)
      assert.equal(4000, (exporter:add_events(events)))
      local total = 0
      for i = 0, chunks() - 1 do
        local size = 0
        for _, line in ipairs(world.redis.cli("LINDEX", keys.inbox, i)) do
          if line ~= "" then size = size + #line + 1 end
        end
        assert.is_true(size <= 256 * 1024 and size > 0)
        total = total + size
      end
      assert.is_true(chunks() >= total / (256 * 1024))
      assert.equal(4000, exporter:num_pending_events())
      assert.equal(4000, exporter:flush())
      assert.equal("", world.delivered(events))
    end)

    it("nothing of an empty list", function()
      local stored, rejected = exporter:add_events {}
      assert.equal(0, stored)
      assert.equal(0, rejected)
      assert.equal(0, world.exists(keys.inbox, keys.inbox_events))
    end)

    it("events while exporting is off or locked: producers need no lock", function()
      exporter:disable()
      world.redis.cli("SET", keys.lock, "somebody")
      assert.equal(5, (exporter:add_events(helper.events(5))))
      assert.equal(5, exporter:num_pending_events())
    end)

    it("an event that is given twice as two events", function()
      local event = helper.events(1)[1]
      assert.equal(2, (exporter:add_events { event, event }))
      assert.equal(2, exporter:flush())
      assert.same({ event, event }, world.firehose.events())
    end)

    for name, list in pairs {
      ["a number"] = { 12 }, ["a boolean"] = { true }, ["a nested table"] = { { a = {} } },
      ["a function"] = { { a = print } }, ["an empty table"] = { {} },
      ["a list"] = { { "a", "b" } }, ["infinity"] = { { value = 1 / 0 } },
      ["not a number"] = { { value = 0 / 0 } },
    } do
      it("no " .. name .. ": that raises, and nothing of the list is stored", function()
        local good = helper.events(1)[1]
        assert.has_error(function() exporter:add_events { good, list[1] } end)
        assert.equal(0, exporter:num_pending_events())
      end)
    end
  end)

  describe("rejects", function()
    for name, text in pairs {
      ["what is no JSON"] = "nonsense", ["an array"] = "[1]", ["a bare string"] = '"a"',
      ["half an object"] = '{"a":', ["two objects"] = '{"a":"1"}{"b":"2"}', ["nothing"] = "",
      ["text that is no UTF-8"] = '{"a":"\255"}', ["a raw newline in a string"] = '{"a":"\n"}',
    } do
      it(name .. ", and stores the rest", function()
        local events = helper.events(2)
        local stored, rejected = exporter:add_events { events[1], text, events[2] }
        assert.equal(2, stored)
        assert.equal(1, rejected)
        assert.equal(text, exporter:rejected_list(1)[1].event)
        assert.equal(2, exporter:flush())
        assert.equal("", world.delivered(events))
      end)
    end

    it("an event that does not fit into a record", function()
      local small = world.exporter { record_bytes = 100 }
      local stored, rejected = small:add_events {
        '{"a":"' .. ("x"):rep(91) .. '"}', '{"a":"' .. ("x"):rep(92) .. '"}' }
      assert.equal(1, stored)
      assert.equal(1, rejected)
      assert.equal("larger than a record", small:rejected_list(1)[1].reason)
    end)
  end)

  describe("claimed by an export", function()
    it("is trimmed as its chunks settle, and its counter with it", function()
      local events = world.store_inbox(helper.events(9000), 10)
      world.firehose.control("limits", { latency_ms = 2 })
      local seen = false
      assert.equal(9000, exporter:flush(nil, function(accepted)
        local left = counter(keys.inbox_claimed_events)
        if not left then return end
        assert.is_true(left >= 9000 - accepted)
        seen = seen or left < 9000
        assert.equal(left, exporter:num_pending_events())
      end, 20))
      assert.is_true(seen)
      assert.equal("", world.delivered(events))
      assert.equal(0, world.exists(keys.inbox_events, keys.inbox_claimed_events))
    end)

    it("leaves producers a fresh list", function()
      local events = world.store_inbox(helper.events(300))
      world.firehose.control("limits", { latency_ms = 5 })
      assert.is_true(exporter:begin())
      repeat
        local _, accepted = exporter:step(1)
      until accepted > 0
      assert.equal(1, world.exists(keys.inbox_claimed))
      local newer = helper.events(5, 2, 5000)
      assert.equal(5, (world.exporter():add_events(newer)))
      assert.equal(300, exporter:finish())
      assert.equal("", world.delivered(events))
      assert.equal("", worlds.difference(newer, world.pending()))
      assert.equal(5, exporter:num_pending_events())
    end)

    it("returns in its order, ahead of what has arrived since", function()
      local events = world.store_inbox(helper.events(1000))
      world.firehose.fault { fault = "hang", times = 0 }
      local own = world.exporter { max_attempts = 1, concurrency = 1 }
      assert.is_true(own:begin())
      helper.wait_until(function()
        assert.equal("running", (own:step(10)))
        return world.firehose.stats().in_flight > 0
      end)
      world.store_inbox({ '{"later":"1"}' })
      own:stop()
      world.firehose.reset()
      own:finish()
      events[#events + 1] = '{"later":"1"}'
      assert.equal("", worlds.difference(events, world.pending()))
      assert.equal("", world.leftovers())
      assert.equal(1001, exporter:num_pending_events())
      local lines = world.redis.cli("LINDEX", keys.inbox, "-1")
      assert.equal('{"later":"1"}', lines[1])
    end)

    describe("that another program has filled", function()
      local events

      -- What is pushed: three chunks, of which the middle one is `chunk`.
      local function push(list, chunk, n)
        events = helper.events(20)
        local text = table.concat(events, "\n", 1, 10) .. "\n"
        world.redis.cli("EVAL", "redis.call('RPUSH', KEYS[1], unpack(cjson.decode(ARGV[1])))", "1",
          list, helper.json.encode { text, chunk, table.concat(events, "\n", 11, 20) })
        world.redis.cli("SET", list .. ":events", 20 + n)
      end

      for _, list in ipairs { "inbox", "inbox_claimed", "outbox", "outbox_claimed" } do
        it("is exported although a chunk lacks its last newline: " .. list, function()
          push(keys[list], '{"a":"1"}\n{"a":"2"}', 2)
          events[#events + 1] = '{"a":"1"}'
          events[#events + 1] = '{"a":"2"}'
          assert.equal(22, (exporter:flush()))
          assert.equal("", world.delivered(events))
          assert.equal("", world.leftovers())
          assert.equal(0, exporter:num_pending_events())
        end)
      end

      for name, chunk in pairs {
        ["empty"] = "", ["one event and no newline"] = '{"a":"1"}', ["a newline"] = "\n",
        ["newlines"] = "\n\n\n", ["a NUL and no newline"] = '{"a":"\0"}',
      } do
        it("is exported by and by although a chunk is " .. name, function()
          push(keys.inbox, chunk, 1)
          local sent, rounds = 0, 0
          repeat
            local n = exporter:flush(5)
            sent, rounds = sent + n, rounds + 1
          until n == 0
          assert.is_true(rounds <= 6)
          local arrived = helper.counts(world.firehose.events())
          for _, event in ipairs(events) do assert.equal(1, arrived[event]) end
          assert.equal("", world.leftovers())
          assert.equal(0, world.exists(keys.inbox))
          assert.equal(0, exporter:num_pending_events())
        end)
      end

      for name, n in pairs { more = 7, fewer = -7 } do
        it("counts right again once it is empty, although it counted " .. name, function()
          push(keys.inbox, '{"a":"1"}', n)
          assert.equal(21, (exporter:flush()))
          assert.equal(0, exporter:num_pending_events())
          assert.equal(20, (exporter:add_events(helper.events(20, 2))))
          assert.equal(20, exporter:num_pending_events())
        end)
      end
    end)

    it("delays nothing when a chunk is empty", function()
      local events = world.store_inbox(helper.events(30))
      world.redis.cli("RPUSH", keys.inbox, "")
      assert.equal(30, exporter:flush())
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
      local more = world.store_inbox(helper.events(10, 2, 5000))
      for _, event in ipairs(more) do events[#events + 1] = event end
      assert.equal(10, exporter:flush())
      assert.equal("", world.delivered(events))
    end)
  end)

  describe("after a crash", function()

    it("loses nothing and repeats only what was not settled", function()
      local events = world.store_inbox(helper.events(6000))
      local before = world.crash(60)
      assert.equal(3000, before)
      local left = exporter:num_pending_events()
      assert.is_true(left < 6000, "nothing was settled")
      assert.is_true(left >= 3000)
      assert.equal(left, exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
      assert.equal(0, exporter:num_pending_events())
    end)

    it("continues the older claim first, then takes what has arrived since", function()
      local events = world.store_inbox(helper.events(300))
      world.crash(1)
      for _, event in ipairs(world.store_inbox(helper.events(50, 2, 5000))) do
        events[#events + 1] = event
      end
      local left = exporter:num_pending_events()
      assert.is_true(left > 250 and left <= 350)
      assert.equal(left, exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)

    it("an export with a limit takes no more for the older claim", function()
      local events = world.store_inbox(helper.events(400))
      local before = world.crash(1)
      local left = exporter:num_pending_events()
      assert.equal(123, exporter:flush(123))
      assert.equal(before + 123, #world.firehose.events())
      assert.equal("", world.accounted(events, true))
      assert.equal("", world.leftovers())
      assert.equal(left - 123, exporter:num_pending_events())
    end)

    it("of an export with a limit, the rest of its claim is pending", function()
      local events = world.store_inbox(helper.events(400))
      world.crash(1, { limit = 205 })
      local left = exporter:num_pending_events()
      assert.is_true(left > 350 and left <= 400)
      assert.equal(left, exporter:flush())
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
    end)

    it("of an export that was returning chunks, their number is right again", function()
      local events = helper.events(50)
      for i = 1, 50, 10 do
        local chunk = table.concat(events, "\n", i, i + 9) .. "\n"
        world.redis.cli("RPUSH", i <= 20 and keys.inbox or keys.inbox_claimed, chunk)
      end
      world.redis.cli("SET", keys.inbox_claimed_events, "50")
      assert.equal(50, exporter:num_pending_events())
      assert.equal(50, exporter:flush())
      assert.equal("", world.delivered(events))
      assert.equal(0, exporter:num_pending_events())
      assert.equal("", world.leftovers())
      assert.equal(0, world.exists(keys.inbox_events))
    end)
  end)
end)
