-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local worlds = require "worlds"

describe("failed jobs", function()
  local world = worlds.world()
  local list, mark = "resque:queue:stats", "{resque:queue:stats}:"
  local exporter

  local function job(number)
    return ('{"class":"ThreeScale::Backend::Analytics::Kinesis::Job",'
      .. '"args":["2026-11-22 18:30:%02d UTC","key%d",1795372250.5]}'):format(number, number)
  end

  local function push(...) world.redis.cli("RPUSH", list, ...) end
  local function all_of(key) return world.redis.cli("LRANGE", key, "0", "-1") end
  local function take() return exporter:queue_take("stats", "a", 60) end
  local function failed() return exporter:failed_list("stats", 100) end

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
    for i = 1, 3 do
      push(job(i))
      take()
      exporter:queue_bury("stats", "a", job(i), "reason " .. i)
    end
  end)

  it("are listed oldest first, as many as asked for", function()
    assert.equal(3, exporter:failed_size "stats")
    assert.equal(0, exporter:failed_size "other")
    local two = exporter:failed_list("stats", 2)
    assert.equal(2, #two)
    assert.same({ "reason 1", "reason 2" }, { two[1].error, two[2].error })
    assert.same({}, exporter:failed_list("stats", 0))
    assert.equal(3, #failed())
  end)

  it("all go back into the queue, which is announced, and their attempts are forgotten", function()
    world.redis.cli("HSET", mark .. "attempts", job(2), "2")
    assert.equal(3, exporter:failed_retry "stats")
    assert.same({ job(1), job(2), job(3) }, all_of(list))
    assert.same({ "stats" }, world.redis.cli("SMEMBERS", "resque:queues"))
    assert.equal(0, world.exists(mark .. "attempts", mark .. "failed"))
    assert.equal(0, exporter:failed_retry "stats")
  end)

  it("stay where they are when the queue cannot be announced", function()
    world.redis.cli("SET", "resque:queues", "not a set")
    assert.equal("redis", select(3, exporter:failed_retry "stats"))
    assert.equal(3, exporter:failed_size "stats")
    assert.equal(0, world.exists(list))
  end)

  it("may be entries that another program has put there", function()
    world.redis.cli("DEL", mark .. "failed")
    local odd = '{"error":"w"}\nz'
    for _, text in ipairs { "x\ny", odd, "", job(1) } do
      world.redis.cli("RPUSH", mark .. "failed", text)
    end
    local entries = failed()
    assert.same({ job = "x\ny", error = "", time = "", attempts = 0 }, entries[1])
    assert.same({ job = odd, error = "", time = "", attempts = 0 }, entries[2])
    assert.equal("", entries[3].job)
    assert.equal(job(1), entries[4].job)
    assert.equal(4, exporter:failed_retry "stats")
    assert.same({ "x", "y", '{"error":"w"}', "z", "", job(1) }, all_of(list))
    assert.equal(job(1), take().text)
  end)

  it("are deleted, all of them", function()
    assert.equal(3, exporter:failed_delete_all "stats")
    assert.equal(0, exporter:failed_delete_all "stats")
    assert.equal(0, world.exists(list, mark .. "failed"))
  end)

  it("are an error when Redis is away", function()
    local away = world.exporter { redis = "redis://127.0.0.1:1/0" }
    for _, name in ipairs { "size", "list", "retry", "delete_all" } do
      local got, message, code = away["failed_" .. name](away, "stats", 5)
      assert.is_nil(got)
      assert.matches("127.0.0.1:1", message, 1, true)
      assert.equal("redis", code)
    end
  end)
end)
