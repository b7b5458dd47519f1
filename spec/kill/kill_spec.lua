-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- An export is killed at a hundred moments spread over its length, and resumed. Every event must
-- arrive. Only events that were in flight may arrive twice.

local worlds = require "worlds"
local helper = require "helper"

local KILLS = tonumber(os.getenv "KILLS") or 100
local CONCURRENCY, EVENTS_PER_RECORD, BATCH_RECORDS = 4, 50, 4
local CHUNK = 100

-- A successor repeats what was not known to be settled: two batches a call in flight, and the page
-- that they were packed from (KX_PENDING_PAGE members, or KX_INBOX_READ chunks).
local IN_FLIGHT = 2 * CONCURRENCY * EVENTS_PER_RECORD * BATCH_RECORDS
local BOUND = IN_FLIGHT + math.max(5000, 32 * CHUNK)

local world = worlds.world()
local in_set, in_inbox = helper.events(9000), helper.events(5000, 2, 1000000)
local events = {}
for _, event in ipairs(in_set) do events[#events + 1] = event end
for _, event in ipairs(in_inbox) do events[#events + 1] = event end

local function settings(more)
  local complete = world.settings {
    concurrency = CONCURRENCY, events_per_record = EVENTS_PER_RECORD, batch_records = BATCH_RECORDS,
  }
  for name, value in pairs(more or {}) do complete[name] = value end
  return complete
end

local function prepare()
  world.reset()
  world.firehose.control("limits", { latency_ms = 5 })
  world.store(in_set)
  world.store_inbox(in_inbox, CHUNK)
end

local function quiet()
  helper.wait_until(function() return world.firehose.stats().in_flight == 0 end)
end

-- Starts an export, kills it after `seconds`, and frees the lock as its TTL would.
local function kill_after(seconds, more, meanwhile)
  local child = worlds.start_child(settings(more))
  if meanwhile then meanwhile() end
  helper.sleep(("%.4f"):format(seconds))
  if child.alive() then child.signal "KILL" end
  child.stop()
  quiet()
  world.redis.cli("DEL", world.keys.lock)
  return #world.firehose.events()
end

local function resume()
  world.redis.cli("SET", world.keys.enabled, "1")
  local exporter = world.exporter(settings())
  local sent, outcome = exporter:flush()
  assert.is_number(sent, outcome)
  assert.is_nil(outcome)
  assert.equal(0, exporter:num_pending_events())
  assert.equal("", world.leftovers())
  world.close_exporters()
end

-- How many events arrived more than once; every one must have arrived.
local function repeated()
  local arrived = world.firehose.events()
  assert.equal("", worlds.difference(events, arrived, true))
  return #arrived - #events
end

local function duration()
  local core = require "kinesis_exporter.core"
  prepare()
  local begun = core.monotonic()
  resume()
  return core.monotonic() - begun
end

local figures = { kills = 0, untouched = 0, midway = 0, finished = 0, repeated = 0, worst = 0 }

local function note(delivered, repeats)
  figures.kills = figures.kills + 1
  local stage = delivered == 0 and "untouched" or delivered >= #events and "finished" or "midway"
  figures[stage] = figures[stage] + 1
  figures.repeated = figures.repeated + repeats
  figures.worst = math.max(figures.worst, repeats)
end

describe("an export that is killed", function()
  setup(world.start)

  teardown(function()
    io.write(("# %d exports of %d events killed: %d before the first event arrived, %d midway, "
      .. "%d after the last; lost 0, repeated %d, at worst %d in one, bound %d\n"):format(
      figures.kills, #events, figures.untouched, figures.midway, figures.finished,
      figures.repeated, figures.worst, BOUND))
    world.stop()
  end)

  it("is resumed by the next, which repeats only what was in flight", function()
    local length = duration()
    for i = 1, KILLS do
      prepare()
      local delivered = kill_after(length * 0.7 * i / KILLS)
      resume()
      local repeats = repeated()
      note(delivered, repeats)
      assert.is_true(repeats <= BOUND, repeats .. " events were repeated")
    end
    assert.is_true(figures.midway > KILLS / 4, "too few kills hit the export")
  end)

  it("again and again still delivers everything", function()
    prepare()
    for i = 1, 5 do kill_after(0.03 * i) end
    resume()
    assert.is_true(repeated() <= 5 * BOUND)
  end)

  it("while it has a limit loses nothing", function()
    for i = 1, 10 do
      prepare()
      kill_after(0.02 * i, { limit = 7000 })
      resume()
      assert.is_true(repeated() <= BOUND)
    end
  end)

  it("while it returns events to pending loses nothing", function()
    for i = 1, 10 do
      prepare()
      kill_after(0.01 * i, nil, function()
        helper.sleep "0.02"
        world.redis.cli("DEL", world.keys.enabled)
      end)
      resume()
      assert.is_true(repeated() <= BOUND)
    end
  end)
end)

describe("an export whose Redis is killed", function()
  local durable = worlds.world {
    redis = {
      args = { "--appendonly", "yes", "--appendfsync", "always" },
      directory = helper.temporary_directory(),
    },
  }

  teardown(function()
    durable.stop()
    helper.remove_directory(durable.redis.directory)
  end)

  it("loses nothing once Redis is back from its append-only file", function()
    local servers = require "servers"
    durable.start()
    for i = 1, 3 do
      durable.reset()
      durable.firehose.control("limits", { latency_ms = 20 })
      durable.store(in_set)
      durable.store_inbox(in_inbox, CHUNK)
      local exporter = durable.exporter { concurrency = 2, events_per_record = 50 }
      local accepted_before = i * 1500
      local sent, _, code = exporter:flush(nil, function(accepted)
        if accepted >= accepted_before then durable.redis.signal "KILL" end
      end)
      assert.is_nil(sent)
      assert.equal("redis", code)
      local old = durable.redis
      old.stop()
      durable.redis = servers.start_redis {
        args = { "--appendonly", "yes", "--appendfsync", "always" },
        directory = old.directory, port = old.port,
      }
      durable.redis.cli("DEL", durable.keys.lock)
      local again = durable.exporter()
      local rest, outcome = again:flush()
      assert.is_number(rest, outcome)
      assert.is_nil(outcome)
      helper.wait_until(function() return durable.firehose.stats().in_flight == 0 end)
      assert.equal("", worlds.difference(events, durable.firehose.events(), true))
      assert.equal("", durable.leftovers())
    end
  end)
end)
