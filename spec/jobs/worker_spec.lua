-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Workers with a real Redis and endpoint: killed, stopped, and without a connection.

local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"
local working = require "working"

local Exporter = require "kinesis_exporter"

describe("worker", function()
  local world = worlds.world()
  local keys = world.keys
  local list, mark = "resque:queue:stats", "{resque:queue:stats}:"
  local exporters

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporters = {}
  end)
  after_each(function()
    for _, exporter in ipairs(exporters) do exporter:close() end
  end)

  local function settings(more)
    local complete = world.settings {
      stream = "backend-events", region = "eu-west-1", credentials = worlds.credentials,
      min_export_events = 0, max_attempts = 1,
    }
    for name, value in pairs(more or {}) do complete[name] = value end
    return complete
  end

  local function exporter_of(more)
    local exporter = assert(Exporter.new(settings(more)))
    exporters[#exporters + 1] = exporter
    return exporter
  end

  local function push(...) world.redis.cli("RPUSH", list, ...) end

  -- Counters that changed in a bucket that is due.
  local function change(n)
    local counters = {}
    for i = 1, n do counters[("stats/{service:1}/metric:%d/day:20151130"):format(i)] = i end
    world.change("20151130100520", counters)
  end

  -- Nothing that a worker keeps in Redis is left.
  local function clean()
    assert.same({ "" }, world.redis.cli("KEYS", mark .. "*"))
    assert.equal(0, world.exists(list))
  end

  it("performs what was scheduled, and releases the lock", function()
    local exporter = exporter_of()
    change(20)
    assert.is_string(exporter:schedule_job())
    assert.same({ 1, 20, 0 }, { exporter:work { once = true } })
    assert.equal(20, #world.firehose.events())
    assert.equal("", world.leftovers())
    clean()
    assert.same({ 0, 0, 0 }, { exporter:work { once = true } })
  end)

  it("looks through the whole queue, other workers' large jobs too", function()
    local exporter = exporter_of()
    for _ = 1, 40 do push(("x"):rep(20000)) end
    change(20)
    assert.is_string(exporter:schedule_job())
    assert.same({ 1, 20, 0 }, { exporter:work { once = true, poll_seconds = 0.01 } })
    assert.same({ "40" }, world.redis.cli("LLEN", list))
    assert.same({ 0, 0, 0 }, { exporter:work { once = true, poll_seconds = 0.01 } })
  end)

  it("performs jobs of a queue in another Redis", function()
    local other = servers.start_redis()
    finally(other.stop)
    local exporter = exporter_of { queue_redis = other.unix_url }
    change(20)
    assert.is_string(exporter:schedule_job())
    assert.equal(0, world.exists(list))
    assert.same({ 1, 20, 0 }, { exporter:work { once = true } })
    assert.equal(20, #world.firehose.events())
    assert.equal("", world.leftovers())
    assert.same({ "resque:queues" }, other.cli("KEYS", "*"))
    local rounds = 0
    world.change("20151130100530", { ["stats/{service:1}/metric:21/day:20151130"] = 5 })
    assert.same({ 1, 1, 0 }, { exporter:run { poll_seconds = 0.01, stop = function()
      rounds = rounds + 1
      return (#world.firehose.events() == 21 and world.lock() == nil) or rounds == 1000
    end } })
    clean()
  end)

  it("performs a job whose lock is free again", function()
    change(3)
    push(working.job "expired")
    assert.same({ 1, 3, 0 }, { exporter_of():work { once = true } })
    assert.is_nil(world.lock())
    clean()
  end)

  it("has done a job whose lock has passed to somebody else, without performing it", function()
    change(3)
    world.redis.cli("SET", keys.lock, "somebody")
    push(working.job "expired")
    assert.same({ 0, 0, 0 }, { exporter_of():work { once = true } })
    assert.equal("somebody", world.lock())
    assert.equal(1, world.exists(keys.bucket .. "20151130100520"))
    clean()
  end)

  it("has done a job that came while exporting is off, and gives its lock back", function()
    change(3)
    local exporter = exporter_of()
    exporter:schedule_job()
    exporter:disable()
    assert.same({ 0, 0, 0 }, { exporter:work { once = true } })
    assert.is_nil(world.lock())
    clean()
  end)

  it("reads buckets up to the job's end time", function()
    change(3)
    push(working.job("key", "2015-11-30 10:05:19 UTC"))
    assert.same({ 1, 0, 0 }, { exporter_of():work { once = true } })
    push(working.job("key", "2015-11-30 10:05:20 UTC"))
    assert.same({ 1, 3, 0 }, { exporter_of():work { once = true } })
  end)

  it("puts a job that failed three times among the failed, which can be listed and retried",
    function()
      change(5)
      local said = {}
      local exporter = exporter_of { log = function(_, text) said[#said + 1] = text end }
      local text = working.job "key"
      push(text)
      world.firehose.fault { fault = "error", times = 0, status = 400,
                             type = "ResourceNotFoundException", message = "gone" }
      for i = 1, 3 do
        local jobs, events, failed, why = exporter:work { once = true }
        assert.same({ 0, i == 1 and 5 or 0, 1 }, { jobs, events, failed })
        assert.matches("ResourceNotFoundException", why)
        assert.is_nil(world.lock())
      end
      assert.same({ 0, 0, 0 }, { exporter:work { once = true } })
      assert.truthy(table.concat(said, "\n"):find "failed three times")
      local failed = exporter:failed_jobs()
      assert.equal(1, failed:size())
      local entry = failed:list()[1]
      assert.same({ text, 3 }, { entry.job, entry.attempts })
      assert.matches("ResourceNotFoundException", entry.error)
      world.firehose.reset()
      assert.equal(1, failed:retry())
      assert.same({ 1, 0, 0 }, { exporter:work { once = true } })
      assert.equal(5, #world.firehose.events())
      clean()
    end)

  it("puts jobs that nobody can perform among the failed, and performs the next", function()
    local exporter = exporter_of()
    local bad = working.job("key", "tomorrow")
    local worse = bad:gsub('"args":%b[]', '"args":[]')
    push(bad, worse, working.job "key")
    local jobs, _, failed = exporter:work { once = true }
    assert.same({ 1, 2 }, { jobs, failed })
    local entries = exporter:failed_jobs():list()
    assert.same({ bad, worse }, { entries[1].job, entries[2].job })
    assert.matches("end time", entries[1].error)
    assert.matches("args", entries[2].error)
    assert.equal(2, exporter:failed_jobs():delete_all())
    clean()
  end)

  it("ends where no stream is set, and gives the job back", function()
    local exporter = exporter_of { stream = nil }
    local own = assert(Exporter.new { redis = world.redis.unix_url, region = "eu-west-1",
                                      credentials = worlds.credentials })
    exporter:schedule_job()
    local before = world.redis.cli("LRANGE", list, "0", "-1")
    local result, message, code = own:work()
    own:close()
    assert.same({ "config", before }, { code, world.redis.cli("LRANGE", list, "0", "-1") })
    assert.is_nil(result)
    assert.matches("no stream", message)
    assert.equal(0, world.exists(mark .. "workers", mark .. "attempts"))
  end)

  it("schedules no job where no stream is set: its lock would stay", function()
    exporter_of { stream = nil }
    local own = assert(Exporter.new { redis = world.redis.unix_url, region = "eu-west-1",
                                      credentials = worlds.credentials })
    local result, message, code = own:run()
    own:close()
    assert.same({ nil, "config" }, { result, code })
    assert.matches("no stream", message)
    assert.is_nil(world.lock())
    assert.equal(0, world.exists(list))
  end)

  it("may have a queue of another name", function()
    local exporter = exporter_of { queue = "other" }
    exporter:schedule_job()
    assert.same({ 0, 0, 0 }, { exporter_of():work { once = true } })
    assert.same({ 1, 0, 0 }, { exporter_of():work { once = true, queue = "other" } })
    exporter:schedule_job()
    assert.same({ 1, 0, 0 }, { exporter:work { once = true } })
  end)

  it("wants options that it knows", function()
    local exporter = exporter_of()
    for _, wrong in ipairs {
      "once", { once = 1 }, { onec = true }, { poll_seconds = 0 }, { poll_seconds = "1" },
      { worker_ttl_seconds = 0.5 }, { worker_ttl_seconds = 0 / 0 }, { stop = true },
      { queue = "" }, { queue = 7 }, { every_seconds = 5 },
    } do
      local fine, problem = pcall(exporter.work, exporter, wrong)
      assert.is_false(fine)
      assert.matches("option", problem)
    end
    local _, problem = pcall(exporter.work, exporter, { onec = true })
    assert.matches("unknown work option 'onec', did you mean 'once'?", problem, 1, true)
    assert.has_error(function() exporter:run { once = true } end)
    assert.has_error(function() exporter:run { every_seconds = 0 } end)
    assert.has_error(function() exporter.work {} end)
  end)

  describe("and a callback:", function()
    before_each(function() world.firehose.fault { fault = "slow", seconds = 1 } end)

    it("a worker may not begin within a task", function()
      local exporter, problem = exporter_of(), nil
      world.store(helper.events(50))
      exporter:flush_pending_events(nil, { progress = function()
        problem = problem or select(2, pcall(exporter.work, exporter, { once = true }))
      end })
      assert.matches("a flush is in progress", problem)
    end)

    it("what the stop function raises within a job is raised, and a failure of the job", function()
      change(20)
      push(working.job "key")
      local exporter = exporter_of()
      local fine, problem = pcall(exporter.work, exporter, { stop = function()
        if world.firehose.stats().in_flight > 0 then error("broken", 0) end
      end })
      assert.same({ false, "broken" }, { fine, problem })
      assert.same({ "1" }, world.redis.cli("LLEN", list))
      assert.same({ "1" }, world.redis.cli("HVALS", mark .. "attempts"))
      assert.equal(0, world.exists(mark .. "workers"))
      assert.equal("", world.leftovers())
    end)
  end)

  describe("in a process of its own", function()
    it("never gets a job that another one has", function()
      local children, expected, got = {}, {}, {}
      for i = 1, 2 do
        children[i] = working.start { settings = settings(), told = true }
      end
      local function all_performed()
        for _, child in ipairs(children) do
          if not child.output():find "performed" then return false end
        end
        return true
      end
      repeat
        local text = {}
        for i = 1, 50 do
          expected[#expected + 1] = ("key%d"):format(#expected + 1)
          text[i] = ("RPUSH %s '%s'\r\n"):format(list, working.job(expected[#expected]))
        end
        world.redis.pipe(table.concat(text))
        helper.wait_until(function() return world.exists(list) == 0 end)
      until all_performed()
      for _, child in ipairs(children) do
        child.signal "TERM"
        for key in child.ended():gmatch "performed (key%d+)" do got[#got + 1] = key end
      end
      assert.equal("", worlds.difference(expected, got))
      clean()
    end)

    it("that is killed: its job is taken back when its heartbeat has ended, and done once",
      function()
        change(20)
        local exporter = exporter_of()
        exporter:schedule_job()
        world.firehose.fault { fault = "hang", times = 1 }
        local child = working.start { settings = settings(), options = { worker_ttl_seconds = 1 } }
        helper.wait_until(function() return #world.firehose.control("faults") == 0 end)
        child.signal "KILL"
        child.ended()
        local said = {}
        local other = exporter_of { log = function(_, text) said[#said + 1] = text end }
        local jobs, _, failed = other:work {
          poll_seconds = 0.05, worker_ttl_seconds = 1,
          stop = function() return #world.firehose.events() > 0 and world.exists(list) == 0
                           and world.lock() == nil end,
        }
        assert.same({ 1, 0 }, { jobs, failed })
        assert.equal(20, #world.firehose.events())
        assert.truthy(table.concat(said, "\n"):find("1 jobs of dead workers: 1 queued", 1, true))
        assert.equal("", world.leftovers())
        clean()
      end)

    it("that stood still undoes nothing of what the one who got its job does", function()
      local events = world.store_inbox(helper.events(1000))
      push(working.job "key")
      world.firehose.fault { fault = "slow", seconds = 0.05, times = 0 }
      local given = { options = { worker_ttl_seconds = 1 },
                      settings = settings { concurrency = 2, batch_records = 2,
                                            events_per_record = 10 } }
      local slow = working.start(given)
      helper.wait_until(function() return #world.firehose.events() > 100 end)
      slow.signal "STOP"
      local other = working.start(given)
      local before = #world.firehose.events()
      helper.wait_until(function() return #world.firehose.events() > before + 100 end)
      slow.signal "CONT"
      slow.wait_for "taken it back"
      other.wait_for "info job: 0 events"
      for _, child in ipairs { slow, other } do child.signal "TERM" end
      assert.truthy(slow.ended():find "returned 0\n")
      assert.truthy(other.ended():find "returned 1\n")
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
      assert.equal("", world.leftovers())
      clean()
    end)

    it("that gets SIGTERM gives an unfinished job back, and its lock", function()
      change(300)
      push(working.job "key")
      world.firehose.fault { fault = "slow", seconds = 0.2, times = 0 }
      local child = working.start { settings = settings { concurrency = 1, batch_records = 1,
                                                           events_per_record = 10 } }
      helper.wait_until(function() return #world.firehose.events() > 0 end)
      child.signal "TERM"
      local output = child.ended()
      assert.truthy(output:find("the job is given back", 1, true), output)
      assert.truthy(output:find "returned 0\n", output)
      assert.same({ "1" }, world.redis.cli("LLEN", list))
      assert.equal("", world.leftovers())
      local delivered = #world.firehose.events()
      assert.equal(300 - delivered, #world.pending())
      world.firehose.reset()
      assert.same({ 1, 0, 0 }, { exporter_of():work { once = true } })
      assert.equal(300 - delivered, #world.firehose.events())
      clean()
    end)

    it("goes on when Redis was killed and is back", function()
      local directory = helper.temporary_directory()
      local redis = servers.start_redis { directory = directory }
      local port = redis.port
      local child = working.start { settings = settings { redis = redis.url }, told = true }
      redis.cli("RPUSH", list, working.job "before")
      child.wait_for "performed before"
      redis.signal "KILL"
      redis.stop()
      child.wait_for "waiting for Redis"
      redis = servers.start_redis { directory = directory, port = port }
      redis.cli("RPUSH", list, working.job "after")
      child.wait_for "performed after"
      child.signal "TERM"
      assert.truthy(child.ended():find "returned 2\n")
      redis.stop()
      helper.remove_directory(directory)
    end)

    it("schedules jobs and performs them, and those of others", function()
      change(4)
      local child = working.start { settings = settings(), method = "run",
                                    options = { every_seconds = 1 } }
      helper.wait_until(function() return #world.firehose.events() == 4 end)
      push(working.job "other")
      -- Three jobs are done: one that is only begun when the signal comes is given back.
      local function told(text) return select(2, child.output():gsub(text, "")) end
      helper.wait_until(function()
        return told "a job is scheduled" >= 2 and told "info job: %d+ events" >= 3
      end)
      child.signal "TERM"
      local jobs = tonumber(child.ended():match "returned (%d+)\n")
      assert.is_true(jobs >= 3)
      exporter_of():work { once = true } -- what was scheduled before the signal came
      clean()
    end)
  end)
end)
