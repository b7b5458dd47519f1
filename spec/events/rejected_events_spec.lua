-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local worlds = require "worlds"
local helper = require "helper"

describe("rejected events #valgrind", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  local function event_of(bytes, letter)
    return '{"a":"' .. (letter or "x"):rep(bytes - 8) .. '"}'
  end

  for name, store in pairs {
    ["the set"] = function(events) return world.store(events) end,
    ["the inbox"] = function(events) return world.store_inbox(events) end,
  } do
    it("are those of " .. name .. " that do not fit into a record; the rest is exported", function()
      local small = world.exporter { record_bytes = 400 }
      local large, last = event_of(400), event_of(500, "y")
      local events = helper.events(100)
      local all = { large }
      for _, event in ipairs(events) do all[#all + 1] = event end
      all[#all + 1] = last
      store(all)
      local n, outcome = small:flush()
      assert.equal(100, n)
      assert.is_nil(outcome)
      assert.equal("", world.delivered(events))
      assert.equal(2, small:rejected_size())
      assert.equal(0, small:num_pending_events())
      assert.equal("", world.leftovers())
      local rejected = {}
      for i, entry in ipairs(small:rejected_list(10)) do
        assert.equal("larger than a record", entry.reason)
        assert.matches("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d UTC$", entry.time)
        rejected[i] = entry.event
      end
      assert.equal("", worlds.difference({ large, last }, rejected))
      assert.equal(2, small:stats().events_rejected)
    end)

    it("are all events of " .. name .. " when they do not fit", function()
      local small = world.exporter { record_bytes = 50 }
      local events = store(helper.events(20))
      assert.equal(0, small:flush())
      assert.equal(20, small:rejected_size())
      assert.equal(0, world.firehose.stats().calls)
      assert.equal("", world.leftovers())
      local rejected = {}
      for i, entry in ipairs(small:rejected_list(99)) do rejected[i] = entry.event end
      assert.equal("", worlds.difference(events, rejected))
    end)
  end

  it("do not include an event that fills a record exactly", function()
    local small = world.exporter { record_bytes = 400 }
    local events = world.store { event_of(399) }
    assert.equal(1, small:flush())
    assert.equal("", world.delivered(events))
    assert.equal(0, small:rejected_size())
  end)

  it("begin above the record size of the service when the option is not set", function()
    local events = world.store { event_of(1023999), event_of(1024000, "y") }
    assert.equal(1, exporter:flush())
    assert.equal(events[1] .. "\n", world.firehose.raw())
    assert.equal(events[2], exporter:rejected_list(1)[1].event)
  end)

  it("are listed oldest first, as many as asked for", function()
    for i = 1, 5 do exporter:add_events { "bad " .. i } end
    local some = exporter:rejected_list(3)
    assert.equal(3, #some)
    for i = 1, 3 do assert.equal("bad " .. i, some[i].event) end
    assert.equal(5, #exporter:rejected_list(100))
    assert.same({}, exporter:rejected_list(0))
    assert.equal(5, exporter:rejected_size())
  end)

  it("are an empty list at first", function()
    assert.equal(0, exporter:rejected_size())
    assert.same({}, exporter:rejected_list(10))
    assert.equal(0, exporter:rejected_retry())
    assert.equal(0, exporter:rejected_delete_all())
  end)

  it("do not count as pending", function()
    exporter:add_events { "bad" }
    assert.equal(0, exporter:num_pending_events())
    assert.equal(1, exporter:status().rejected)
  end)

  describe("retried", function()
    it("go back to pending once a record can hold them", function()
      local small = world.exporter { record_bytes = 50 }
      local events = world.store(helper.events(40))
      small:flush()
      assert.equal(0, small:rejected_retry())
      assert.equal(40, exporter:rejected_retry())
      assert.equal(40, exporter:num_pending_events())
      assert.equal(0, exporter:rejected_size())
      assert.equal(40, exporter:flush())
      assert.equal("", world.delivered(events))
    end)

    it("stay when they are not events", function()
      local small = world.exporter { record_bytes = 50 }
      local events = helper.events(20)
      for _, event in ipairs(events) do small:add_events { event, "bad" } end
      assert.equal(40, small:rejected_size())
      assert.equal(20, exporter:rejected_retry())
      assert.equal(20, exporter:rejected_size())
      for _, entry in ipairs(exporter:rejected_list(99)) do assert.equal("bad", entry.event) end
      assert.equal(20, exporter:flush())
      assert.equal("", world.delivered(events))
    end)

    it("may be entries that another program has written", function()
      local event = helper.events(1)[1]
      world.redis.cli("RPUSH", keys.rejected, event)
      local entry = exporter:rejected_list(1)[1]
      assert.equal(event, entry.event)
      assert.equal("", entry.reason)
      assert.equal(1, exporter:rejected_retry())
      assert.equal(1, exporter:flush())
      assert.equal("", world.delivered { event })
    end)
  end)

  it("can be deleted, all of them", function()
    exporter:add_events { "bad", "worse", helper.events(1)[1] }
    assert.equal(2, exporter:rejected_delete_all())
    assert.equal(0, exporter:rejected_size())
    assert.equal(0, world.exists(keys.rejected))
    assert.equal(1, exporter:num_pending_events())
  end)
end)
