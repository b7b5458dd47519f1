-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A Redis Cluster of three nodes: with a hash tag in key_prefix all keys lie in one slot.

local Exporter = require "kinesis_exporter"
local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local topologies = require "topologies"

describe("a Redis Cluster", function()
  local PREFIX = "{kinesis-exporter}:"
  local world = worlds.world()
  local cluster, owner, stranger

  setup(function()
    world.start()
    cluster = topologies.cluster()
  end)

  teardown(function()
    core.drain()
    cluster.stop()
    world.stop()
  end)

  before_each(function()
    world.reset()
    for _, node in ipairs(cluster.nodes) do node.cli "FLUSHALL" end
    owner = cluster.owner(PREFIX)
    for _, node in ipairs(cluster.nodes) do
      if node ~= owner then stranger = node end
    end
  end)

  local function settings(more)
    local all = world.settings {
      redis = stranger.url, key_prefix = PREFIX, stream = "backend-events", region = "eu-west-1",
      min_export_events = 0, credentials = worlds.credentials, max_attempts = 1,
      log = function() end,
    }
    for name, value in pairs(more or {}) do all[name] = value or nil end
    return all
  end

  local function exporter_of(more)
    return assert(Exporter.new(settings(more)))
  end

  -- The keys of all nodes; each must begin with the prefix.
  local function keys()
    local list = {}
    for _, node in ipairs(cluster.nodes) do
      for _, key in ipairs(node.cli("KEYS", "*")) do
        if key ~= "" then
          assert.equal(PREFIX, key:sub(1, #PREFIX))
          list[#list + 1] = key:sub(#PREFIX + 1)
        end
      end
    end
    return helper.counts(list)
  end

  it("runs the whole exporter, from any node in the URL", function()
    local exporter = exporter_of()
    assert.is_true(exporter:enable())
    assert.is_true(exporter:buckets():enable())
    assert.is_true(exporter:report { service_id = "1", application_id = "a", usage = { hits = 3 } })
    assert.truthy(keys()["stats/{service:1}/cinstance:a/metric:hits/eternity"])
    assert.truthy(keys().keys_changed_set)
    -- As if the report were old.
    local bucket = PREFIX .. "{stats_bucket}:"
    owner.cli("RENAME", bucket .. exporter:buckets():list()[1], bucket .. "20151130100520")
    owner.cli("DEL", PREFIX .. "keys_changed_set")
    owner.cli("ZADD", PREFIX .. "keys_changed_set", "20151130100520", "20151130100520")
    local made = exporter:perform_job()
    assert.is_true(made > 0)
    assert.equal(made, #world.firehose.events())
    local events = helper.events(2000)
    assert.equal(2000, (exporter:add_pending_events(events)))
    assert.equal(500, (exporter:flush_pending_events(500)))
    assert.is_string((exporter:schedule_job()))
    assert.equal(1, (exporter:work { once = true }))
    assert.equal(2000 + made, #world.firehose.events())
    exporter:report { service_id = "1", usage = { hits = 3 } }
    assert.is_true(exporter:buckets():delete_all() > 0)
    assert.is_nil(keys().keys_changed_set)
    for key in pairs(keys()) do assert.is_nil(key:find "stats_bucket") end
    assert.is_true(exporter:disable())
    exporter:close()
  end)

  it("keeps failed jobs where workers look for them", function()
    local exporter = exporter_of()
    exporter:enable()
    owner.cli("RPUSH", PREFIX .. "resque:queue:stats",
      '{"class":"ThreeScale::Backend::Analytics::Kinesis::Job","args":[]}')
    assert.equal(0, (exporter:work { once = true }))
    assert.equal(1, (exporter:failed_jobs():size()))
    assert.equal(1, (exporter:failed_jobs():retry()))
    assert.same({ "1" }, owner.cli("LLEN", PREFIX .. "resque:queue:stats"))
    exporter:close()
  end)

  it("stores what the engine receives", function()
    local one = engines.start(world.settings { redis = stranger.url, key_prefix = PREFIX,
                                               linger_ms = 2, report_interval_ms = 2 })
    finally(one.close)
    for _, event in ipairs(helper.events(500)) do assert.is_true(one.record(event)) end
    assert.is_true(one.report { { service_id = "1", usage = { hits = 1 } } })
    one.settle()
    assert.equal(500, (one.call "num_pending_events"))
  end)

  it("may move the slot to another node between two calls, or while the engine is at work",
    function()
      local exporter, events = exporter_of(), helper.events(1000)
      exporter:enable()
      assert.equal(1000, (exporter:add_pending_events(events)))
      local one = engines.start(world.settings { redis = owner.url, key_prefix = PREFIX,
                                                 linger_ms = 2, report_interval_ms = 2 })
      finally(one.close)
      local more = helper.events(1000, 2, 5000)
      for i, event in ipairs(more) do
        assert.is_true(one.record(event))
        if i == 500 then cluster.move(PREFIX, stranger) end
      end
      one.settle()
      for _, event in ipairs(more) do events[#events + 1] = event end
      assert.equal(stranger, cluster.owner(PREFIX))
      helper.wait_until(function()
        local flushed, message, code = exporter:flush_pending_events()
        assert.is_true(flushed ~= nil or code == "redis", message)
        return flushed
      end)
      assert.equal("", world.delivered(events))
      exporter:close()
    end)

  it("says what to do when the keys lie in several slots", function()
    for _, prefix in ipairs { false, "plain:" } do
      local exporter = exporter_of { key_prefix = prefix }
      local messages = {}
      for _, call in ipairs { "enable", "num_pending_events", "status" } do
        local _, message, code = exporter[call](exporter)
        assert.is_true(message == nil or code == "redis")
        messages[#messages + 1] = message
      end
      local text = table.concat(messages, "\n")
      assert.truthy(text:find "MOVED" or text:find "CROSSSLOT")
      assert.matches("hash tag", text)
      assert.matches("key_prefix", text)
      exporter:close()
    end
  end)

  -- The kernel accepts connections for a stopped node; the node counts them when it runs again.
  it("asks a node that does not answer once, not again and again", function()
    local function connections()
      return tonumber(table.concat(owner.cli("INFO", "stats"), "\n")
        :match "total_connections_received:(%d+)")
    end
    local before = connections()
    owner.signal "STOP"
    local exporter = exporter_of { redis_timeout_ms = 500 }
    local _, message, code = exporter:num_pending_events()
    owner.signal "CONT"
    assert.same("redis", code)
    assert.matches("no answer within", message)
    local own = 1 -- the connection that reads the count
    assert.equal(1, connections() - before - own)
    assert.equal(0, (exporter:num_pending_events()))
    exporter:close()
  end)

  it("may lose the node that has the slot, if a replica takes over", function()
    local replica = cluster.replica(owner)
    finally(replica.stop)
    local exporter, events = exporter_of { min_replicas = 1, min_replicas_timeout_ms = 20000 },
      helper.events(200)
    assert.is_true(exporter:enable())
    assert.equal(200, (exporter:add_pending_events(events)))
    owner.signal "KILL"
    local flushed, _, code = exporter:flush_pending_events()
    assert.is_nil(flushed)
    assert.equal("redis", code)
    replica.take_over()
    helper.wait_until(function()
      return exporter:flush_pending_events() and exporter:num_pending_events() == 0
    end, 30, "a flush")
    assert.equal("", world.delivered(events))
    exporter:close()
  end)
end)
