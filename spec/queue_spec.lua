-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local exporting = require "exporting"
local helper = require "helper"

local job_form = '^{"class":"ThreeScale::Backend::Analytics::Kinesis::Job","args":%['
  .. '"(%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d UTC)","(%x+)",(%d+%.%d+)%]}$'

describe("job queue", function()
  local world = exporting.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  it("gets a Resque job with the exact bytes of the contract", function()
    local before = os.time()
    local lock_key = exporter:schedule_job()
    local after = os.time()
    local jobs = world.redis.cli("LRANGE", "resque:queue:stats", "0", "-1")
    assert.equal(1, #jobs)
    local end_time, key, enqueued = jobs[1]:match(job_form)
    assert.is_string(end_time, jobs[1])
    assert.equal(lock_key, key)
    local seconds = math.floor(tonumber(enqueued))
    assert.is_true(before <= seconds and seconds <= after)
    assert.equal(os.date("!%Y-%m-%d %H:%M:%S UTC", seconds), end_time)
  end)

  it("is a job that any JSON parser reads: end time, lock key, a number", function()
    local lock_key = exporter:schedule_job()
    local job = helper.json.decode(world.redis.cli("LPOP", "resque:queue:stats")[1])
    assert.equal("ThreeScale::Backend::Analytics::Kinesis::Job", job.class)
    assert.equal(3, #job.args)
    assert.equal(lock_key, job.args[2])
    assert.equal("number", type(job.args[3]))
  end)

  it("is announced in resque:queues", function()
    exporter:schedule_job()
    assert.same({ "stats" }, world.redis.cli("SMEMBERS", "resque:queues"))
  end)

  it("is pushed at its tail, behind the jobs that wait", function()
    world.redis.cli("RPUSH", "resque:queue:stats", "waiting")
    exporter:schedule_job()
    local jobs = world.redis.cli("LRANGE", "resque:queue:stats", "0", "-1")
    assert.equal(2, #jobs)
    assert.equal("waiting", jobs[1])
  end)

  it("may have another name", function()
    world.exporter({ queue = "analytics" }):schedule_job()
    assert.same({ "analytics" }, world.redis.cli("SMEMBERS", "resque:queues"))
    assert.same({ "1" }, world.redis.cli("LLEN", "resque:queue:analytics"))
  end)

  it("lives in the main Redis, with the lock", function()
    local analytics = world.redis.unix_url:gsub("db=0", "db=1")
    local lock_key = world.exporter({ analytics_redis = analytics }):schedule_job()
    assert.equal(lock_key, world.lock())
    assert.equal(1, world.exists("resque:queue:stats"))
    assert.same({ "0" }, world.redis.cli("-n", "1", "DBSIZE"))
  end)

  describe("schedule_job", function()
    it("leaves the lock held under the key it returns", function()
      local lock_key = exporter:schedule_job()
      assert.equal(32, #lock_key)
      assert.equal(lock_key, world.lock())
    end)

    it("does nothing while exporting is off", function()
      exporter:disable()
      local scheduled, why = exporter:schedule_job()
      assert.is_false(scheduled)
      assert.equal("disabled", why)
      assert.same({ "0" }, world.redis.cli("DBSIZE"))
    end)

    it("does nothing while somebody holds the lock", function()
      world.redis.cli("SET", keys.lock, "somebody")
      local scheduled, why = exporter:schedule_job()
      assert.is_false(scheduled)
      assert.equal("locked", why)
      assert.equal("somebody", world.lock())
      assert.equal(0, world.exists("resque:queue:stats", "resque:queues"))
    end)

    it("schedules one job at a time", function()
      assert.is_string(exporter:schedule_job())
      assert.is_false((exporter:schedule_job()))
      assert.same({ "1" }, world.redis.cli("LLEN", "resque:queue:stats"))
    end)

    it("gives the lock back when the queue cannot be written", function()
      world.redis.cli("SET", "resque:queue:stats", "not a list")
      local scheduled, message, code = exporter:schedule_job()
      assert.is_nil(scheduled)
      assert.matches("WRONGTYPE", message)
      assert.equal("redis", code)
      assert.is_nil(world.lock())
      world.redis.cli("DEL", "resque:queue:stats")
      assert.is_string(exporter:schedule_job())
    end)

    it("gives the lock back when the list of queues cannot be written", function()
      world.redis.cli("SET", "resque:queues", "not a set")
      local scheduled, _, code = exporter:schedule_job()
      assert.is_nil(scheduled)
      assert.equal("redis", code)
      assert.is_nil(world.lock())
      assert.equal(0, world.exists("resque:queue:stats"))
    end)
  end)

  describe("job_finished", function()
    it("releases the lock that its key holds", function()
      local lock_key = exporter:schedule_job()
      assert.is_true(exporter:job_finished(lock_key))
      assert.is_nil(world.lock())
      assert.is_string(exporter:schedule_job())
    end)

    it("is for any exporter that knows the key", function()
      local lock_key = exporter:schedule_job()
      assert.is_true(world.exporter():job_finished(lock_key))
    end)

    it("releases nothing under another key", function()
      local lock_key = exporter:schedule_job()
      for _, other in ipairs { "", "x", lock_key .. "0", lock_key:sub(1, -2) } do
        assert.is_false(exporter:job_finished(other))
      end
      assert.equal(lock_key, world.lock())
    end)

    it("releases nothing twice, nor what has expired", function()
      local lock_key = exporter:schedule_job()
      assert.is_true(exporter:job_finished(lock_key))
      assert.is_false(exporter:job_finished(lock_key))
    end)

    it("wants a string", function()
      assert.has_error(function() exporter:job_finished(nil) end)
      assert.has_error(function() exporter:job_finished(12) end)
    end)
  end)
end)
