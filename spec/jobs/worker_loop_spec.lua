-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The loop alone: the spec controls queue, exporter, clock and random numbers.

local core = require "kinesis_exporter.core"
local worker = require "kinesis_exporter.jobs.worker"

local end_time = "2026-11-22 18:30:50 UTC"

describe("worker loop", function()
  local now, slept, calls, said, parts, options, exporter

  local function fake_clock() return now end

  local function fake_sleep(seconds)
    slept[#slept + 1] = seconds
    now = now + seconds
    return assert(now < 2000, "the worker does not end")
  end

  -- A queue that answers what `answers` has for an operation, in order; the last answer stays.
  local function fake_queue(answers)
    return setmetatable({ worker = "me" }, { __index = function(_, name)
      return function(_, ...)
        calls[#calls + 1] = table.concat({ name, ... }, " ")
        local left = answers[name] or {}
        local answer = left[1]
        if #left > 1 then table.remove(left, 1) end
        if type(answer) == "table" and answer[1] == nil and not answer.text then
          return nil, answer.message, answer.code
        end
        if answer == nil then answer = true end
        if name == "recover" then return 0, 0 end
        return answer
      end
    end })
  end

  local function job(text)
    return { text = text or "job", end_time = end_time, lock_key = "key" }
  end

  local away = { message = "no connection", code = "redis" }

  -- The worker's calls, without those that every round makes.
  local function told()
    local out = {}
    for _, call in ipairs(calls) do
      if not call:find "^take" and not call:find "^recover" then out[#out + 1] = call end
    end
    return out
  end

  local function total_slept()
    local sum = 0
    for _, seconds in ipairs(slept) do sum = sum + seconds end
    return sum
  end

  -- `results`: what perform_job returns, in order; a function is called with the progress
  -- callback. `takes`: what the queue has; then the worker is stopped.
  local function work(takes, results, answers)
    answers = answers or {}
    answers.take = takes
    exporter = { performed = 0 }
    function exporter.perform_job(_, last, key, task)
      exporter.performed = exporter.performed + 1
      exporter.last, exporter.key = last, key
      local result = table.remove(results or {}, 1)
      if type(result) == "function" then result = { result(task.progress) } end
      result = result or { 1 }
      return result[1], result[2], result[3], result[4]
    end
    parts.exporter, parts.queue = exporter, fake_queue(answers)
    return worker.new(parts, options):work()
  end

  -- A stop function that returns true after `looks` calls.
  local function stop_after(looks)
    return function()
      looks = looks - 1
      return looks < 0
    end
  end

  before_each(function()
    now, slept, calls, said = 1000, {}, {}, {}
    parts = {
      clock = fake_clock, sleep = fake_sleep, random = function() return 0.5 end,
      log = function(level, format, ...)
        if level ~= "debug" then said[#said + 1] = level .. " " .. format:format(...) end
        assert.equal("me", select(select("#", ...), ...).worker)
      end,
    }
    options = { once = true, poll_seconds = 1, worker_ttl_seconds = 60 }
  end)

  it("has what it needs from its host: a name of its own, chance, sleep", function()
    local name = core.process_name()
    assert.matches("^[^:]+:%d+:%x+$", name)
    assert.are_not.equal(name, core.process_name())
    for _ = 1, 100 do
      local chance = core.random()
      assert.is_true(chance >= 0 and chance < 1)
    end
    local before = core.monotonic()
    assert.is_true(core.sleep(0.02))
    assert.is_true(core.monotonic() - before >= 0.019)
    for _, wrong in ipairs { -1, 1e6, "x" } do
      assert.is_false((pcall(core.sleep, wrong)))
    end
  end)

  it("performs a job, tells so and leaves", function()
    assert.same({ 1, 7, 0 }, { work({ job() }, { { 7 } }) })
    assert.same({ end_time, "key" }, { exporter.last, exporter.key })
    assert.same({ "done job", "leave" }, told())
  end)

  it("counts what is superseded, or came while exporting is off, as done but not performed",
    function()
      for _, outcome in ipairs { "locked", "disabled" } do
        calls = {}
        assert.same({ 0, 0, 0 }, { work({ job() }, { { 0, outcome } }) })
        assert.same({ "done job", "leave" }, told())
      end
    end)

  it("has done a job of which Kinesis refused events: they are pending", function()
    assert.same({ 1, 5, 0 }, { work({ job() }, { { 5, "partial" } }) })
    assert.same({ "done job", "leave" }, told())
  end)

  it("returns at once where there is no job", function()
    assert.same({ 0, 0, 0 }, { work { false } })
    assert.same({}, slept)
  end)

  it("counts a failure, with its reason, and the events before it", function()
    assert.same({ 0, 3, 1, "no answer" },
      { work({ job() }, { { nil, "no answer", "http", 3 } }, { fail = { "queued" } }) })
    assert.same({ "fail job no answer", "leave" }, told())
  end)

  it("does not count the failure of a job that was taken back", function()
    assert.same({ 0, 0, 0 },
      { work({ job() }, { { nil, "the lock is lost", "lost" } }, { fail = { false } }) })
    assert.truthy(said[2]:find("taken it back", 1, true))
  end)

  it("gives the job back and ends when a setting is wrong", function()
    assert.same({ nil, "no stream", "config" },
      { work({ job() }, { { nil, "no stream", "config" } }) })
    assert.same({ "give_back job", "leave" }, told())
  end)

  it("counts a job that raises as failed, leaves and raises", function()
    local fine, problem = pcall(work, { job() }, { function() error("broken", 0) end })
    assert.same({ false, "broken" }, { fine, problem })
    assert.same({ "fail job broken", "leave" }, told())
  end)

  it("puts what cannot be read among the failed and looks for the next job", function()
    local other = job "other"
    other.end_time = "yesterday"
    local fault = "its end time is not like '2026-11-22 18:30:50 UTC'"
    assert.same({ 1, 1, 2, fault },
      { work { { text = "bad", fault = "its args are wrong" }, other, job(), false } })
    assert.same({ "bury bad its args are wrong", "bury other " .. fault, "done job", "leave" },
      told())
    assert.same({}, slept)
  end)

  it("ends with an error when Redis is away and it may perform one job only", function()
    assert.same({ nil, "no connection", "redis" }, { work { away } })
    assert.same({ nil, "no connection", "redis" },
      { work({ job() }, { { nil, "no connection", "redis" } }) })
    assert.same({ "leave", "give_back job", "leave" }, told())
    calls = {}
    assert.same({ nil, "no connection", "redis" },
      { work({ job() }, nil, { done = { away }, give_back = { away } }) })
    assert.same({ "done job", "give_back job", "leave" }, told())
    assert.same({}, slept)
  end)

  describe("without an end", function()
    before_each(function() options.once = nil end)

    it("looks again after a while, longer or shorter by a tenth", function()
      for chance, seconds in pairs { [0] = 0.9, [0.5] = 1, [1] = 1.1 } do
        local begun = now
        calls = {}
        parts.random = function() return chance end
        options.stop = function() return #calls >= 4 end -- recover and three times take
        work { false }
        assert.is_true(math.abs(now - begun - 2 * seconds) < 0.001)
      end
    end)

    it("waits ever longer for Redis, half a minute at most, and goes on", function()
      local takes = {}
      for i = 1, 12 do takes[i] = away end
      takes[13] = job()
      local stopped = false
      options.stop = function() return stopped end
      assert.same({ 1, 2, 0 }, { work(takes, { function() stopped = true return 2 end }) })
      assert.is_true(math.abs(total_slept() - (25.5 + 15 * 4)) < 0.1, total_slept())
      assert.same({ "warn waiting for Redis: no connection", "info Redis is back" },
        { said[2], said[3] })
    end)

    it("begins with short waits again when Redis is away again", function()
      options.stop = function() return exporter.performed == 2 end
      work { away, away, away, job(), away, job() }
      assert.is_true(math.abs(total_slept() - (0.1 + 0.2 + 0.4 + 0.1)) < 0.001)
    end)

    it("keeps a job in hand while Redis is away, and performs it again", function()
      local stopped = false
      options.stop = function() return stopped end
      assert.same({ 1, 9, 0 }, { work({ job(), away, job() },
        { { nil, "gone", "redis", 4 }, function() stopped = true return 5 end }) })
      assert.equal(2, exporter.performed)
      assert.same({ "done job", "leave" }, told())
    end)

    it("settles a job however long Redis is away", function()
      options.stop = function() return calls[#calls] == "take" and exporter.performed == 1 end
      assert.same({ 1, 1, 0 }, { work({ job(), false }, nil, { done = { away, away, true } }) })
      assert.equal(1, exporter.performed)
      assert.same({ "done job", "done job", "done job", "leave" }, told())
    end)

    it("does not wait for Redis with a job to settle when it is told to stop", function()
      options.stop = function() return now > 1005 end
      assert.same({ 0, 1, 0 }, { work({ job() }, nil,
        { done = { away }, give_back = { away }, leave = { away } }) })
      assert.equal("warn cannot sign off: no connection", said[#said - 1])
    end)

    it("waits after failures, longer each time, and not after what went well", function()
      local stopped = false
      options.stop = function() return stopped end
      local failure = { nil, "no", "aws" }
      work({ job() }, { failure, failure, failure, { 1 }, failure,
        function() stopped = true return 1 end }, { fail = { "queued" } })
      assert.is_true(math.abs(total_slept() - (0.5 + 1 + 2 + 0.5)) < 0.01, total_slept())
    end)

    it("gives a job back that was cut short by a stop", function()
      local stopped = false
      options.stop = function() return stopped end
      assert.same({ 0, 2, 0 }, { work({ job() }, { function(progress)
        assert.is_true(progress(0, 10))
        stopped = true
        assert.is_false(progress(1, 10))
        return 2, "partial"
      end }) })
      assert.same({ "give_back job", "leave" }, told())
    end)

    it("has done a job that ended well in spite of a stop", function()
      local stopped = false
      options.stop = function() return stopped end
      assert.same({ 1, 2, 0 }, { work({ job() }, { function(progress)
        stopped = true
        assert.is_false(progress(1, 10))
        return 2
      end }) })
      assert.same({ "done job", "leave" }, told())
    end)

    it("gives a job back that it took when it was told to stop", function()
      local looks = 0
      options.stop = function()
        looks = looks + 1
        return looks > 1
      end
      assert.same({ 0, 0, 0 }, { work { job() } })
      assert.equal(0, exporter.performed)
      assert.same({ "give_back job", "leave" }, told())
    end)

    it("stops when its sleep is interrupted", function()
      parts.sleep = function() return false end
      assert.same({ 0, 0, 0 }, { work { false } })
    end)

    it("shows four times a TTL that it lives", function()
      local stopped = false
      options.stop = function() return stopped end
      work({ job() }, { function(progress)
        for _ = 1, 605 do
          now = now + 0.1
          assert.is_true(progress(0, 10))
        end
        stopped = true
        return 1
      end })
      assert.same({ "beat", "beat", "beat", "beat", "done job", "leave" }, told())
    end)

    it("ends a job that was taken back", function()
      local stopped = false
      options.stop = function() return stopped end
      assert.same({ 0, 1, 0 }, { work({ job() }, { function(progress)
        now = now + 15
        assert.is_false(progress(0, 10))
        stopped = true
        return 1
      end }, { beat = { false }, done = { false } }) })
      assert.truthy(said[2]:find("taken it back", 1, true))
    end)

    it("is not disturbed by a heartbeat that fails", function()
      local stopped = false
      options.stop = function() return stopped end
      assert.same({ 1, 1, 0 }, { work({ job() }, { function(progress)
        now = now + 15
        assert.is_true(progress(0, 10))
        stopped = true
        return 1
      end }, { beat = { away } }) })
    end)

    local function recoveries(takes, looks)
      local at = {}
      options.stop = stop_after(looks)
      parts.queue = nil
      local answers = { take = takes }
      local queue = fake_queue(answers)
      parts.exporter = {}
      parts.queue = setmetatable({ worker = "me", recover = function()
        at[#at + 1] = now - 1000
        return 0, 0
      end }, { __index = queue })
      worker.new(parts, options):work()
      return at
    end

    it("takes the jobs of the dead back at the start, then twice a TTL", function()
      options.poll_seconds = 10
      local at = recoveries({ false }, 300)
      assert.same({ 0, 30, 60 }, { at[1], at[2], at[3] })
    end)

    it("gives the others a TTL to come back when Redis was away", function()
      options.poll_seconds = 10
      local at = recoveries({ false, away, false }, 600)
      assert.equal(0, at[1])
      assert.is_true(at[2] >= 70, at[2])
    end)
  end)
end)
