-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The exporter as a Redis user with only the rights that it needs.

local Exporter = require "kinesis_exporter"
local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local history = require "kinesis_exporter.exporter.history"
local object = require "kinesis_exporter.util.object"
local working = require "working"

-- The rule in docs/redis.md. The second list is for min_replicas, sentinels and databases other
-- than 0.
local COMMANDS = "get set del exists eval hset hmget hgetall hget hdel hincrby sadd srem smembers "
  .. "scard sscan spop sunion rpush lpush lpop rpop rpoplpush llen lindex lrange ltrim lrem zadd "
  .. "zrange zrangebyscore zrem zcard mget incr incrby decrby expire pexpire persist pttl rename "
  .. "unlink info time"
local MORE = "wait role select"
local KEYS = {
  "send_to_kinesis:*", "{send_to_kinesis:pending_events}:*",
  "threescale::backend::analytics::kinesis::exporter:lock",
  "threescale::backend::analytics::kinesis::exporter:lock:fence", "keys_changed_set",
  "{stats_bucket}:*", "stats/*", "stats:enabled", "stats:disabled_emergency", "resque:queues",
  "resque:queue:stats", "{resque:queue:stats}:*",
}

local function rule(without)
  local words = { "reset", "on", ">SECRETuser" }
  for _, pattern in ipairs(KEYS) do words[#words + 1] = "~" .. pattern end
  for command in (COMMANDS .. " " .. MORE):gmatch "%S+" do
    if command ~= without then words[#words + 1] = "+" .. command end
  end
  return words
end

describe("a Redis user with the rights that docs/redis.md names", function()
  local world = worlds.world()
  local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
  local url

  setup(function()
    world.start()
    url = world.redis.url:gsub("//", "//exporter:SECRETuser@")
  end)

  teardown(function()
    core.drain()
    world.stop()
  end)

  local function allow(without)
    assert.same({ "OK" }, world.redis.cli("ACL", "SETUSER", "exporter", unpack(rule(without))))
  end

  before_each(function()
    world.reset()
    allow()
    world.redis.cli("CONFIG", "RESETSTAT")
    world.redis.cli("ACL", "LOG", "RESET")
  end)

  local function exporter_of(more)
    local settings = world.settings {
      redis = url, stream = "backend-events", region = "eu-west-1", min_export_events = 0,
      credentials = worlds.credentials, max_attempts = 1, log = function() end,
    }
    for name, value in pairs(more or {}) do settings[name] = value end
    return assert(Exporter.new(settings))
  end

  local function report(n)
    local list = {}
    for i = 1, n do
      list[i] = { service_id = "1", application_id = "a" .. i, usage = { hits = i } }
    end
    return list
  end

  local function produce(exporter)
    assert.is_true(exporter:enable())
    assert.is_true(exporter:buckets():enable())
    assert.is_true(exporter:report(report(20)))
    assert.equal(3, (assert(exporter:add_pending_events(helper.events(3)))))
    assert.is_true(exporter:record { service = "1" })
    world.store(helper.events(50, 1, 1000))
  end

  local function reject(exporter)
    assert.equal(0, (assert(exporter:add_pending_events { "no event" })))
    world.redis.cli("RPUSH", world.keys.rejected,
      '{"reason":"r","time":"2026-11-22 18:30:50 UTC"}\n{"a":"1"}')
    assert.equal(2, #exporter:rejected_events():list())
    assert.equal(1, (exporter:rejected_events():retry()))
    assert.equal(1, (exporter:rejected_events():delete_all()))
  end

  -- Three jobs: one is scheduled, one is in the hands of a dead worker, one cannot be read.
  local function work(exporter)
    world.redis.cli("SADD", "{resque:queue:stats}:workers", "dead")
    world.redis.cli("RPUSH", "{resque:queue:stats}:working:dead", working.job "key")
    assert.is_string((exporter:schedule_job()))
    assert.equal(0, (exporter:work { once = true })) -- that of the dead worker, with another lock
    assert.equal(1, (exporter:work { once = true }))
    world.redis.cli("RPUSH", "resque:queue:stats", (working.job("key"):gsub('%[".*%]', "[]")))
    exporter:work { once = true }
    assert.equal(1, (exporter:failed_jobs():size()))
    assert.is_table((exporter:failed_jobs():list()))
    assert.equal(1, (exporter:failed_jobs():retry()))
    assert.equal(0, (exporter:failed_jobs():delete_all()))
  end

  -- The events of a job are still there when the next job commits.
  local function perform(exporter)
    world.redis.cli("RPUSH", world.keys.outbox, '{"a":"2"}\n')
    world.redis.cli("SET", world.keys.outbox_events, "1")
    for _, bucket in ipairs { "20151130100520", "20151130100530" } do
      world.change(bucket, { ["stats/{service:1}/metric:2/day:20151130"] = 12 })
      assert.equal(1, (exporter:perform_job()))
    end
  end

  local function look(exporter)
    assert.is_table(exporter:status())
    assert.is_number(exporter:num_pending_events())
    assert.is_table(exporter:buckets():list())
    assert.is_boolean(exporter:buckets():emergency())
    assert.is_true(history.add(object.private(exporter)))
    assert.is_table((history.read(exporter)))
  end

  local function finish(exporter)
    assert.is_number((exporter:buckets():delete_all()))
    assert.is_true(exporter:buckets():disable())
    assert.is_true(exporter:disable())
    exporter:close()
  end

  local function denied()
    return table.concat(world.redis.cli("ACL", "LOG"), "\n")
  end

  -- The rights that were not used.
  local function unused()
    local stats = table.concat(world.redis.cli("INFO", "commandstats"), "\n")
    local list = {}
    for command in COMMANDS:gmatch "%S+" do
      if not stats:find("cmdstat_" .. command .. ":", 1, true) then list[#list + 1] = command end
    end
    return table.concat(list, " ")
  end

  it("is enough for the whole exporter, and no right is unused", function()
    local exporter = exporter_of()
    produce(exporter)
    for _, n in ipairs { 40, 12 } do assert.equal(n, (exporter:flush_pending_events(n))) end
    reject(exporter)
    perform(exporter)
    work(exporter)
    look(exporter)
    local one = engines.start(world.settings { redis = url, linger_ms = 5,
                                               report_interval_ms = 5 })
    finally(one.close)
    for _, event in ipairs(helper.events(500, 2)) do assert.is_true(one.record(event)) end
    assert.is_true(one.report(report(20)))
    one.settle()
    -- As if an answer had been lost.
    local marker = world.redis.cli("KEYS", "send_to_kinesis:reports:writer:*")[1]
    world.redis.cli("SET", marker, "1000")
    assert.is_true(one.report(report(1)))
    one.settle()
    assert.equal(500, (exporter:flush_pending_events()))
    assert.equal(558, #world.firehose.events())
    finish(exporter)
    assert.equal("", denied())
    assert.equal("", unused())
  end)

  it("may use another database, and wait for replicas", function()
    local exporter = exporter_of { redis = url:gsub("/0$", "/1"), min_replicas = 1,
                                   min_replicas_timeout_ms = 1 }
    local result, message = exporter:enable()
    assert.is_nil(result)
    assert.matches("only 0 of 1 replicas", message)
    assert.same({ "1" }, world.redis.cli("-n", "1", "GET", world.keys.enabled))
    exporter:close()
    assert.equal("", denied())
  end)

  it("learns which right is missing, and nothing is lost", function()
    local events = {}
    local exporter = world.exporter { redis = url }
    assert.is_true(exporter:enable())
    for i, command in ipairs { "ltrim", "eval", "rename", "decrby", "hget", "get", "set", "lrange",
                               "pexpire" } do
      local more = helper.events(100, i, i * 100)
      assert.equal(100, (exporter:add_events(more)))
      for _, event in ipairs(more) do events[#events + 1] = event end
      allow(command)
      local result, message, code = exporter:flush()
      assert.is_nil(result, command)
      assert.equal("redis", code)
      assert.matches("grant the Redis user the commands and keys", message)
      assert.is_nil(message:find "SECRET")
      allow()
      world.redis.cli("DEL", world.keys.lock)
      assert.is_number((exporter:flush()))
    end
    assert.is_number((exporter:flush()))
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
  end)

  it("learns that the password is wrong", function()
    local result, message, code = exporter_of({ redis = url:gsub("user@", "other@") }):enable()
    assert.is_nil(result)
    assert.equal("redis", code)
    assert.matches("WRONGPASS", message)
    assert.is_nil(message:find "SECRET")
  end)
end)
