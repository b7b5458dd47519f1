-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The commands about jobs, run as a program against a real Redis and the Firehose stand-in.

local command_line = require "command_line"
local helper = require "helper"
local working = require "working"

describe("kinesis-exporter", function()
  local world = command_line.world()
  local shell, run, expect, json_of = world.shell, world.run, world.expect, world.json_of
  local list, mark = "resque:queue:stats", "{resque:queue:stats}:"

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    world.environment.AWS_MAX_ATTEMPTS = "1"
  end)

  local function push(...) world.redis.cli("RPUSH", list, ...) end

  local function change(n)
    local counters = {}
    for i = 1, n do counters[("stats/{service:1}/metric:%d/day:20151130"):format(i)] = i end
    world.change("20151130100520", counters)
  end

  -- Shell text that waits until a job has read its buckets and released the lock.
  local function until_performed()
    return ([[
      until [ "$(redis-cli -s %s EXISTS '%s')" = 1 ]; do sleep 0.02; done
      until [ "$(redis-cli -s %s EXISTS '%s')" = 0 ]; do sleep 0.02; done]])
      :format(world.redis.socket, world.keys.latest, world.redis.socket, world.keys.lock)
  end

  local function is_log(err)
    for line in err:gmatch "[^\n]*\n" do
      assert.truthy(line:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ %l+ +%w[^\n]*\n$", line)
    end
    return err
  end

  describe("schedule", function()
    it("queues a job and prints its lock key", function()
      local code, out, err = run "schedule"
      assert.same({ 0, "" }, { code, err })
      assert.equal(world.lock() .. "\n", out)
      assert.same({ "1" }, world.redis.cli("LLEN", list))
    end)

    it("writes JSON", function()
      local result = json_of "schedule"
      assert.same({ world.lock(), helper.json.null }, { result.lock_key, result.outcome })
    end)

    it("says that exporting is off, or that the lock is taken, and whose it is", function()
      world.redis.cli("SET", world.keys.lock, "somebody")
      expect(0, "", "schedule: another exporter holds the lock (somebody): try again later",
        "schedule")
      world.redis.cli("DEL", world.keys.enabled)
      expect(0, "", "schedule: exporting is off: run kinesis-exporter enable", "schedule")
      assert.equal(0, world.exists(list))
    end)

    it("uses the queue that it is told", function()
      assert.equal(0, (run("schedule", "--queue", "other")))
      assert.equal(1, world.exists "resque:queue:other")
    end)

    it("fails when Redis is away", function()
      world.environment.KINESIS_EXPORTER_REDIS = "redis://127.0.0.1:1"
      local code, out, err = run "schedule"
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find "^kinesis%-exporter: schedule: redis 127.0.0.1:1: [^\n]+\n$")
    end)
  end)

  describe("job", function()
    it("tells invalid keys, and does the rest", function()
      world.change("20151130100520", { ["stats/{service:1}/metric:1/day:20151130"] = 1,
                                       ["stats/{service:1}/plan:1/day:20151130"] = 7 })
      local code, out, err = run "job"
      assert.same({ 0, "1\n" }, { code, out })
      assert.equal("kinesis-exporter: job: invalid stats key "
        .. "'stats/{service:1}/plan:1/day:20151130', value '7'\n"
        .. "kinesis-exporter: job: 1 stats keys were invalid and left out\n", err)
      world.change("20151130100530", { ["no key"] = 1 })
      err = select(3, run("job", "--log-format", "json"))
      local line = helper.json.decode(err:match "^[^\n]*")
      assert.same({ "key_invalid", "warn", "no key" }, { line.event, line.level, line.key })
    end)

    it("makes events of what changed, and prints how many", function()
      change(1000)
      expect(0, "1000\n", "", "job")
      assert.equal(1000, #world.firehose.events())
      assert.equal("", world.leftovers())
      assert.same({ events = 0, rejected = 0, outcome = helper.json.null }, json_of "job")
    end)

    it("leaves too few events for a record pending", function()
      change(3)
      expect(0, "3\n", "", "job")
      assert.equal(3, #world.pending())
      assert.equal(0, #world.firehose.events())
    end)

    it("says that exporting is off, or that the lock is taken", function()
      change(3)
      world.redis.cli("SET", world.keys.lock, "somebody")
      expect(0, "0\n", "job: another exporter holds the lock (somebody): try again later", "job")
      world.redis.cli("DEL", world.keys.enabled)
      expect(0, "0\n", "job: exporting is off: run kinesis-exporter enable", "job")
    end)

    it("fails where Kinesis says no, and says what was taken from buckets", function()
      change(1000)
      world.firehose.fault { fault = "error", times = 0, status = 400,
                             type = "ResourceNotFoundException", message = "gone" }
      local code, out, err = run "job"
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find("ResourceNotFoundException", 1, true), err)
      assert.truthy(err:find("(1000 events were taken from buckets before that, they are pending)",
        1, true), err)
      assert.equal(1000, #world.pending())
      assert.equal("", world.leftovers())
    end)

    it("fails without a stream", function()
      world.environment.KINESIS_EXPORTER_STREAM = false
      local code, _, err = run "job"
      assert.equal(1, code)
      assert.truthy(err:find("job: no stream", 1, true))
    end)
  end)

  describe("work", function()
    it("--once performs a job, if there is one, and logs what it does", function()
      change(3)
      run "schedule"
      local code, out, err = run("work", "--once")
      assert.same({ 0, "1\n" }, { code, out })
      assert.truthy(is_log(err):find("info  job: 3 events", 1, true), err)
      assert.same({ jobs = 0, events = 0, failed = 0 },
        helper.json.decode((select(2, run("work", "--once", "--json")))))
    end)

    it("--once fails when the job does", function()
      push(working.job("key", "tomorrow"))
      local code, out, err = run("work", "--once")
      assert.same({ 1, "0\n" }, { code, out })
      assert.truthy(err:find("\nkinesis-exporter: work: its end time is not like", 1, true), err)
      expect(0, "1\n", "", "failed", "size")
    end)

    it("--once fails when Redis is away", function()
      world.environment.KINESIS_EXPORTER_REDIS = "redis://127.0.0.1:1"
      local code, out, err = run("work", "--once")
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find("\nkinesis-exporter: work: redis 127.0.0.1:1: ", 1, true), err)
    end)

    for _, signal in ipairs { "INT", "TERM" } do
      it("ends in order when it gets SIG" .. signal, function()
        change(3)
        push(working.job "key")
        local code, out, err = shell(([[
          kx_here work --poll 0.05 & pid=$!
          %s; kill -%s $pid; wait $pid]]):format(until_performed(), signal))
        assert.same({ 0, "1\n" }, { code, out }, err)
        assert.truthy(is_log(err):find "ended, 1 jobs, 3 events, 0 failures\n$", err)
        assert.equal(0, world.exists(list, mark .. "workers"))
      end)
    end

    it("gives an unfinished job back when it gets SIGTERM, and ends with 0", function()
      change(2000)
      local text = working.job "key"
      push(text)
      world.firehose.fault { fault = "slow", seconds = 1, times = 0 }
      local code, out, err = shell(([[
        kx_here work --poll 0.05 --concurrency 1 & pid=$!
        until curl -sS %s/_control/stats | grep -q '"in_flight": *1'; do sleep 0.02; done
        kill -TERM $pid; wait $pid]]):format(world.firehose.url))
      assert.equal(0, code, err)
      assert.truthy(out == "0\n" or out == "1\n")
      assert.equal(out == "0\n" and 1 or 0, world.exists(list))
      assert.equal("", world.leftovers())
    end)

    it("wants a sensible --poll", function()
      for _, wrong in ipairs { "0", "-1", "x", "", "9999", "1e3" } do
        local code, _, err = run("work", "--poll=" .. wrong)
        assert.equal(2, code)
        assert.truthy(err:find("--poll must be a number from 0.01 to 3600", 1, true), err)
      end
    end)
  end)

  describe("run", function()
    it("schedules jobs and performs them until it gets SIGTERM", function()
      change(3)
      local code, out, err = shell(([[
        kx_here run & pid=$!
        %s; kill -TERM $pid; wait $pid]]):format(until_performed()))
      assert.same({ 0, "1\n" }, { code, out }, err)
      assert.truthy(is_log(err):find("info  a job is scheduled\n", 1, true))
      assert.equal(3, #world.pending())
    end)

    it("waits for Redis", function()
      world.environment.KINESIS_EXPORTER_REDIS = "redis://127.0.0.1:1"
      local directory = helper.temporary_directory()
      local code, out, err = shell(([[
        : > %s/log
        kx_here run 2> %s/log & pid=$!
        until grep -q waiting %s/log; do sleep 0.02; done
        kill -TERM $pid; wait $pid; status=$?; cat %s/log >&2; exit $status]])
        :format(directory, directory, directory, directory))
      helper.remove_directory(directory)
      assert.same({ 0, "0\n" }, { code, out })
      assert.truthy(is_log(err):find "warn  waiting for Redis: redis 127.0.0.1:1: ")
    end)

    it("ends with 1 when a setting is wrong", function()
      world.environment.AWS_REGION = false
      local code, out, err = run "run"
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find "^kinesis%-exporter: run: no region: [^\n]+\n$", err)
      assert.equal(0, world.exists(list))
    end)
  end)

  describe("failed", function()
    before_each(function()
      push(working.job("key1", "tomorrow"), working.job("key2", "yesterday"))
      run("work", "--once")
    end)

    it("size counts them", function()
      expect(0, "2\n", "", "failed", "size")
      assert.same({ failed = 2 }, json_of("failed", "size"))
      expect(0, "0\n", "", "failed", "size", "--queue=other")
    end)

    it("list shows them, one a line", function()
      local code, out = run("failed", "list")
      local rows = {}
      for row in out:gmatch "([^\n]+)\n" do rows[#rows + 1] = row end
      assert.same({ 0, 2 }, { code, #rows })
      local time = "^%d+%-%d+%-%d+ %d+:%d+:%d+ UTC"
      assert.truthy(rows[1]:find(time .. "\t0\tits end time [^\t]+\t{[^\t]+}$"), rows[1])
      assert.equal(1, select(2, select(2, run("failed", "list", "1")):gsub("\n", "")))
      expect(0, "", "", "failed", "list", "0")
      local jobs = json_of("failed", "list").jobs
      assert.same({ 2, 0 }, { #jobs, jobs[1].attempts })
      assert.truthy(jobs[1].job:find("key1", 1, true))
      assert.same({ jobs = {} }, json_of("failed", "list", "0"))
    end)

    it("retry queues them again", function()
      expect(0, "2\n", "", "failed", "retry")
      assert.same({ "2" }, world.redis.cli("LLEN", list))
      assert.same({ retried = 0 }, json_of("failed", "retry"))
    end)

    it("delete wants --yes", function()
      assert.equal(2, (run("failed", "delete")))
      expect(0, "2\n", "", "failed", "delete", "--yes")
      assert.same({ deleted = 0 }, json_of("failed", "delete", "--yes"))
    end)
  end)
end)
