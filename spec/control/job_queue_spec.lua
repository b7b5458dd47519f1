-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Longer than 400 lines: all tests share the queue, its keys and the helpers that fill it.

local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

local job_form = '^{"class":"ThreeScale::Backend::Analytics::Kinesis::Job","args":%['
  .. '"(%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d UTC)","(%x+)",(%d+%.%d+)%]}$'

describe("job queue #valgrind", function()
  local world = worlds.world()
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
    assert.is_true(before <= seconds and seconds <= after + 1)
    assert.equal(os.date("!%Y-%m-%d %H:%M:%S UTC", seconds), end_time)
  end)

  it("gets a job that any JSON parser reads: end time, lock key, a number", function()
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

  it("gets the job at its tail, behind the jobs that wait", function()
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

  describe("in a separate Redis", function()
    local other, own

    setup(function() other = servers.start_redis() end)
    teardown(function() other.stop() end)
    before_each(function()
      other.cli("FLUSHALL")
      own = world.exporter { queue_redis = other.unix_url }
    end)

    local function queued() return other.cli("LRANGE", "resque:queue:stats", "0", "-1") end

    it("holds the job, while the lock is in the main Redis", function()
      local lock_key = own:schedule_job()
      assert.equal(lock_key, world.lock())
      assert.equal(lock_key, (select(2, queued()[1]:match(job_form))))
      assert.same({ "stats" }, other.cli("SMEMBERS", "resque:queues"))
      assert.equal(0, world.exists("resque:queue:stats", "resque:queues"))
      local outcomes = { own:schedule_job() }
      assert.same({ false, "locked" }, outcomes)
      assert.same({ "1" }, other.cli("LLEN", "resque:queue:stats"))
    end)

    it("holds workers, their jobs and the failed ones", function()
      own:schedule_job()
      local job = own:queue_take("stats", "a", 60)
      assert.equal(world.lock(), job.lock_key)
      assert.equal("queued", own:queue_fail("stats", "a", job.text, "why"))
      for _ = 1, 2 do
        own:queue_take("stats", "a", 60)
        own:queue_fail("stats", "a", job.text, "why")
      end
      assert.equal(1, own:failed_size "stats")
      assert.equal(1, own:failed_retry "stats")
      assert.is_true(own:job_finished(job.lock_key))
      assert.same({ "" }, world.redis.cli("KEYS", "*resque*"))
      assert.is_nil(world.lock())
    end)

    it("that is away keeps no lock: the next job can be scheduled", function()
      for _, url in ipairs { "redis://127.0.0.1:1", "unix:///nowhere" } do
        local away = world.exporter { queue_redis = url }
        local key, _, code = away:schedule_job()
        assert.same({ nil, "redis" }, { key, code })
        assert.is_nil(world.lock())
      end
      assert.is_string((own:schedule_job()))
    end)

    it("that takes no writes keeps no lock", function()
      other.cli("CONFIG", "SET", "maxmemory", "1")
      local key, message, code = own:schedule_job()
      other.cli("CONFIG", "SET", "maxmemory", "0")
      assert.same({ nil, "redis" }, { key, code })
      assert.matches("OOM", message)
      assert.is_nil(world.lock())
      assert.same({ "" }, queued())
    end)

    it("gets no job while the main Redis is away, or has too few replicas", function()
      local away = world.exporter { redis = "redis://127.0.0.1:1", queue_redis = other.unix_url }
      assert.equal("redis", (select(3, away:schedule_job())))
      local lacking = world.exporter { queue_redis = other.unix_url, min_replicas = 1,
                                       min_replicas_timeout_ms = 10 }
      assert.equal("redis", (select(3, lacking:schedule_job())))
      assert.same({ "" }, queued())
      assert.is_nil(world.lock())
    end)
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

  describe("for its workers", function()
    local list = "resque:queue:stats"
    local mark = "{resque:queue:stats}:"
    local class = "ThreeScale::Backend::Analytics::Kinesis::Job"

    local function job(number)
      return ('{"class":"%s","args":["2026-11-22 18:30:%02d UTC","key%d",1795372250.5]}')
        :format(class, number, number)
    end

    local function push(...) world.redis.cli("RPUSH", list, ...) end
    local function all_of(key) return world.redis.cli("LRANGE", key, "0", "-1") end

    local function take(worker, ttl) return exporter:queue_take("stats", worker, ttl or 60) end
    local function fail(worker, text, why)
      return exporter:queue_fail("stats", worker, text, why or "it went wrong")
    end
    local function failed() return exporter:failed_list("stats", 100) end

    -- Ends the heartbeat of a worker.
    local function die(worker) world.redis.cli("DEL", mark .. "alive:" .. worker) end

    it("gives each worker one job, from the head", function()
      push(job(1), job(2))
      local first, second = take "a", take "b"
      assert.same({ text = job(1), end_time = "2026-11-22 18:30:01 UTC", lock_key = "key1" }, first)
      assert.same({ text = job(2), end_time = "2026-11-22 18:30:02 UTC", lock_key = "key2" },
        second)
      assert.is_false(take "c")
      assert.same({ job(1) }, all_of(mark .. "working:a"))
      assert.same({ job(2) }, all_of(mark .. "working:b"))
    end)

    it("shows which workers are there and alive", function()
      assert.is_false(take("a", 30))
      assert.same({ "a" }, world.redis.cli("SMEMBERS", mark .. "workers"))
      local ttl = tonumber(world.redis.cli("PTTL", mark .. "alive:a")[1])
      assert.is_true(ttl > 20000 and ttl <= 30000)
      assert.is_false(exporter:queue_beat("stats", "a", 100))
      assert.is_true(tonumber(world.redis.cli("PTTL", mark .. "alive:a")[1]) > 90000)
      push(job(1))
      take "a"
      assert.is_true(exporter:queue_beat("stats", "a", 100))
    end)

    it("gives a worker the job again that it has in hand", function()
      push(job(1), job(2))
      assert.equal(job(1), take("a").text)
      assert.equal(job(1), take("a").text)
      assert.same({ job(2) }, all_of(list))
    end)

    it("reads jobs as a Ruby worker does: any order, spaces, escapes", function()
      push('{ "args": ["2026-11-22 18:30:50 UTC", "a\\u0062c", 1], "more": [{}], "class": "'
        .. class .. '" }')
      local got = take "a"
      assert.same({ "2026-11-22 18:30:50 UTC", "abc" }, { got.end_time, got.lock_key })
    end)

    it("leaves jobs alone that are not export jobs, and keeps their order", function()
      local foreign = {
        '{"class":"Other","args":[]}', "not JSON", class, '"' .. class .. '"', "[]", "",
        '{"class":["' .. class .. '"]}', '{"class":"Other","args":["' .. class .. '"]}', "{}",
        "[" .. class, '{"class":null}', "7",
      }
      for i, text in ipairs(foreign) do push(job(i), text) end
      for i = 1, #foreign do assert.equal(job(i), take("w" .. i).text) end
      assert.is_false(take "last")
      assert.same(foreign, all_of(list))
      for i = 1, #foreign do
        assert.is_true(exporter:queue_give_back("stats", "w" .. i, job(i)))
      end
      for i, text in ipairs(all_of(list)) do
        assert.equal(i <= #foreign and job(#foreign + 1 - i) or foreign[i - #foreign], text)
      end
    end)

    it("is looked through a thousand jobs at a time", function()
      local foreign = {}
      for i = 1, 999 do foreign[i] = "RPUSH " .. list .. " foreign" .. i .. "\r\n" end
      world.redis.pipe(table.concat(foreign))
      push(job(1), job(2))
      assert.equal(job(1), take("a").text)
      assert.equal(job(2), take("b").text)
      push("foreign", job(3))
      assert.same({ false, 1000 }, { take "c" })
      local taken, next_at = exporter:queue_take("stats", "c", 60, 1000)
      assert.same({ job(3), 0 }, { taken.text, next_at })
      assert.same({ false, 0 }, { exporter:queue_take("stats", "d", 60, 1000) })
    end)

    it("is looked through a few jobs at a time where they are large", function()
      local foreign = {}
      for i = 1, 100 do
        foreign[i] = ("RPUSH %s %d%s\r\n"):format(list, i, ("x"):rep(20000))
      end
      world.redis.pipe(table.concat(foreign))
      push(job(1))
      local at, looks, taken = 0, 0
      repeat
        local before = at
        taken, at = exporter:queue_take("stats", "a", 60, at)
        looks = looks + 1
        assert.is_true(at <= before + 20)
      until taken or at == 0
      assert.equal(job(1), taken.text)
      assert.is_true(looks > 4)
    end)

    it("says what is wrong with an export job that nobody can perform", function()
      local fault = "its args are not an end time, a lock key and a number"
      for _, args in ipairs {
        "[]", "{}", "null", '["2026-11-22 18:30:50 UTC","key"]', '["x","key",1,2]',
        '[1,"key",1]', '["x",null,1]', '["x","key","1"]', '["","key",1]', '["x","",1]',
        '["x","' .. ("k"):rep(128) .. '",1]', '["x","a\\u0000b",1]',
        '["' .. ("x"):rep(64) .. '","key",1]',
      } do
        local text = ('{"class":"%s","args":%s}'):format(class, args)
        push(text)
        assert.same({ text = text, fault = fault }, take "a")
        assert.is_true(exporter:queue_bury("stats", "a", text, "unreadable"))
      end
      push('{"class":"' .. class .. '"}')
      assert.is_string(take("a").fault)
      assert.equal(13, exporter:failed_size "stats")
      assert.equal(0, failed()[1].attempts)
    end)

    it("keeps a lock key of 127 bytes, the greatest length", function()
      local key = ("k"):rep(127)
      push(('{"class":"%s","args":["x","%s",1]}'):format(class, key))
      assert.equal(key, take("a").lock_key)
    end)

    it("forgets a job that is done", function()
      push(job(1))
      take "a"
      fail("a", job(1))
      take "a"
      assert.is_true(exporter:queue_done("stats", "a", job(1)))
      assert.is_false(exporter:queue_done("stats", "a", job(1)))
      assert.is_true(exporter:queue_leave("stats", "a"))
      assert.same({ keys.enabled }, world.redis.cli("KEYS", "*"))
    end)

    it("gets a job back at its head, which does not count as a failure", function()
      push(job(1), job(2))
      for _ = 1, 5 do
        take "a"
        assert.is_true(exporter:queue_give_back("stats", "a", job(1)))
        assert.is_false(exporter:queue_give_back("stats", "a", job(1)))
        assert.same({ job(1), job(2) }, all_of(list))
      end
      assert.equal(0, world.exists(mark .. "attempts"))
    end)

    it("gets a failed job at its tail twice; the third failure makes it a failed job", function()
      push(job(1), job(2))
      take "a"
      assert.equal("queued", fail("a", job(1)))
      assert.same({ job(2), job(1) }, all_of(list))
      world.redis.cli("LPOP", list)
      take "b"
      assert.equal("queued", fail("b", job(1)))
      take "a"
      local before = os.time()
      assert.equal("failed", fail("a", job(1), 'redis said "no"\n\255'))
      assert.is_false(fail("a", job(1)))
      assert.equal(0, world.exists(list, mark .. "attempts", mark .. "working:a"))
      local entry = failed()[1]
      assert.same({ job(1), 'redis said "no"\n?', 3 }, { entry.job, entry.error, entry.attempts })
      assert.is_true(os.date("!%Y-%m-%d %H:%M:%S UTC", before) <= entry.time)
      assert.matches("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d UTC$", entry.time)
    end)

    it("gets the jobs of dead workers back at its head, in their order", function()
      push(job(1), job(2), job(3))
      take "dead"
      take "alive"
      die "dead"
      assert.same({ 1, 0 }, { exporter:queue_recover("stats", "c") })
      assert.same({ job(1), job(3) }, all_of(list))
      assert.same({ job(2) }, all_of(mark .. "working:alive"))
      assert.same({ "alive" }, world.redis.cli("SMEMBERS", mark .. "workers"))
      assert.same({ 0, 0 }, { exporter:queue_recover("stats", "c") })
      assert.is_false(exporter:queue_done("stats", "dead", job(1)))
    end)

    it("does not take the job of the worker that asks", function()
      push(job(1))
      take "a"
      die "a"
      assert.same({ 0, 0 }, { exporter:queue_recover("stats", "a") })
      assert.same({ job(1) }, all_of(mark .. "working:a"))
    end)

    it("makes a job that kills three workers a failed job", function()
      push(job(1), job(2))
      for i = 1, 3 do
        assert.equal(job(1), take("w" .. i).text)
        die("w" .. i)
        assert.same(i < 3 and { 1, 0 } or { 0, 1 }, { exporter:queue_recover("stats", "c") })
      end
      assert.same({ job(2) }, all_of(list))
      assert.same({ job(1), "its worker died", 3 },
        { failed()[1].job, failed()[1].error, failed()[1].attempts })
    end)

    it("lets a worker leave when it has nothing in hand", function()
      push(job(1))
      take "a"
      assert.is_false(exporter:queue_leave("stats", "a"))
      exporter:queue_done("stats", "a", job(1))
      assert.is_true(exporter:queue_leave("stats", "a"))
      assert.equal(0, world.exists(mark .. "workers", mark .. "alive:a"))
    end)

    it("may have another name, and another Redis than the events", function()
      local own = world.exporter { analytics_redis = "redis://127.0.0.1:1/0" }
      world.redis.cli("RPUSH", "resque:queue:other", job(1))
      assert.is_false(own:queue_take("stats", "a", 60))
      assert.equal(job(1), own:queue_take("other", "a", 60).text)
      assert.equal(1, world.exists "{resque:queue:other}:working:a")
    end)

    it("says what is wrong when Redis is away, or a key is not a list", function()
      local away = world.exporter { redis = "redis://127.0.0.1:1/0" }
      for name, more in pairs {
        take = { 60 }, beat = { 60 }, done = { "x" }, give_back = { "x" }, fail = { "x", "y" },
        bury = { "x", "y" }, recover = {}, leave = {},
      } do
        local got, message, code = away["queue_" .. name](away, "stats", "a", more[1], more[2])
        assert.is_nil(got)
        assert.matches("127.0.0.1:1", message, 1, true)
        assert.equal("redis", code)
      end
      world.redis.cli("SET", list, "not a list")
      assert.equal("redis", select(3, take "a"))
    end)
  end)
end)
