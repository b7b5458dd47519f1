-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Which buckets a job reads, and under which name: by the clock of Redis, which stands still here
-- until a test moves it. This machine's clock is some years ahead of it.

local cjson = require "cjson"
local clocks = require "clocks"
local worlds = require "worlds"
local servers = require "servers"

local Exporter = require "kinesis_exporter"

local TEN = 1448877600 -- 2015-11-30 10:00:00 UTC

-- A bucket of that hour, by minutes and seconds.
local function at(text)
  return "2015113010" .. text
end

local function key(n)
  return ("stats/{service:1}/cinstance:a%d/metric:2/hour:2015113011"):format(n)
end

-- Fills a bucket with keys that are not exported, a thousand at a time: each command asks for the
-- time.
local FILL = [[
  for first = 1, ARGV[1], 1000 do
    local keys = {}
    for i = first, first + 999 do
      keys[#keys + 1] = 'stats/{service:' .. ARGV[2] .. i .. '}/week:20151130'
    end
    redis.call('SADD', KEYS[1], unpack(keys))
  end]]

describe("due buckets", function()
  local clock = clocks.new(0)
  local world = worlds.world { redis = { clock = clock } }
  local keys = world.keys
  local exporter

  -- Redis's clock: minutes and seconds, as above.
  local function set_clock(text)
    local minute, second = text:match "^(%d%d)(%d%d)$"
    clock.set(TEN + 60 * minute + second)
  end

  setup(world.start)
  teardown(function()
    world.stop()
    clock.remove()
  end)
  before_each(function()
    world.reset()
    set_clock "1007"
    exporter = world.exporter()
  end)

  -- Counter number `n` gets a value, and is put into a bucket.
  local function change(name, n, value)
    world.change(at(name), { [key(n)] = value })
  end

  local function mark(name)
    world.redis.cli("SET", keys.latest, name)
  end

  local function marker()
    return world.redis.cli("GET", keys.latest)[1]
  end

  local function buckets()
    local list = world.redis.cli("ZRANGE", keys.buckets, "0", "-1")
    return list[1] ~= "" and list or {}
  end

  -- What was exported: for each event its number, its value, and minutes and seconds of its
  -- time_gen, in order.
  local function told()
    local list = world.pending()
    for _, text in ipairs(world.firehose.events()) do list[#list + 1] = text end
    for i, text in ipairs(list) do
      local event = cjson.decode(text)
      local minute, second = event.time_gen:match "^20151130 10:(%d%d):(%d%d)$"
      list[i] = ("%s=%s@%s%s"):format(event.cinstance, event.value, minute, second)
    end
    table.sort(list)
    return list
  end

  describe("that are late #slow", function()
    it("are read with the next regular one, and under its name", function()
      mark(at "0510")
      change("0500", 1, 5)
      change("0510", 2, 6)
      change("0520", 3, 7)
      change("0530", 4, 8)
      assert.equal(4, (exporter:job()))
      assert.same({ "a1=5@0530", "a2=6@0530", "a3=7@0530", "a4=8@0530" }, told())
      assert.same({ {}, at "0530", 2 }, { buckets(), marker(), exporter:stats().late_buckets_read })
    end)

    it("are read under the name of the newest closed interval when there is no regular one",
      function()
        mark(at "0510")
        change("0500", 1, 5)
        assert.equal(1, (exporter:job()))
        assert.same({ "a1=5@0940" }, told())
        assert.same({ {}, at "0940" }, { buckets(), marker() })
      end)

    it("wait for another job while no later name is closed", function()
      mark(at "0940")
      change("0500", 1, 5)
      assert.same({ 0 }, { exporter:job() })
      assert.same({ { at "0500" }, at "0940" }, { buckets(), marker() })
      set_clock "1009"
      assert.same({ 0 }, { exporter:job() })
      set_clock "1010"
      change("0500", 1, 6)
      assert.equal(1, (exporter:job()))
      assert.same({ "a1=6@0950" }, told())
    end)

    it("never get a name twice, however many there are", function()
      mark(at "0500")
      for i = 0, 149 do change(("%02d%02d"):format(math.floor(i / 60), i % 60), i, i) end
      assert.equal(60, (exporter:job()))
      assert.equal(0, (exporter:job()))
      set_clock "1017"
      assert.equal(60, (exporter:job()))
      set_clock "1027"
      assert.equal(30, (exporter:job()))
      assert.same({ {}, at "1000" }, { buckets(), marker() })
      assert.equal(150, #told())
    end)

    it("leave room for a regular one, and do not pass the others", function()
      mark(at "0500")
      for i = 0, 149 do change(("%02d%02d"):format(math.floor(i / 60), i % 60), i, i) end
      for i = 1, 5 do change(("05%d0"):format(i), 200 + i, i) end
      assert.equal(60, (exporter:job()))
      assert.equal(at "0510", marker())
      assert.equal(60, (exporter:job()))
      assert.equal(at "0520", marker())
      assert.equal(35, (exporter:job()))
      assert.same({ {}, at "0550" }, { buckets(), marker() })
      assert.equal(150, exporter:stats().late_buckets_read)
    end)

    it("leave room for a regular one when a job reads only one bucket", function()
      local own = world.exporter { max_buckets = 1 }
      mark(at "0500")
      for i, name in ipairs { "0430", "0440", "0510", "0520", "0530" } do change(name, i, i) end
      assert.equal(2, (own:job()))
      assert.same({ "a1=1@0510", "a3=3@0510" }, told())
      assert.equal(2, (own:job()))
      assert.equal(1, (own:job()))
      assert.same({ {}, at "0530" }, { buckets(), marker() })
    end)

    it("respect the end of the job: buckets after it stay regular, for Ruby too", function()
      mark(at "0500")
      change("0450", 1, 1)
      change("0530", 2, 2)
      assert.equal(1, (exporter:job(at "0525")))
      assert.same({ "a1=1@0520" }, told())
      assert.same({ { at "0530" }, at "0520" }, { buckets(), marker() })
      assert.equal(0, (exporter:job(at "0455")))
      change("0450", 1, 3)
      assert.equal(0, (exporter:job(at "0529")))
      assert.equal(2, (exporter:job()))
      assert.same({ "a1=1@0520", "a1=3@0530", "a2=2@0530" }, told())
    end)

    it("are logged by the exporter, and counted", function()
      local logged = {}
      local own = assert(Exporter.new(world.settings {
        stream = "s", region = "eu-west-1", credentials = worlds.credentials,
        log = function(level, message) logged[#logged + 1] = level .. " " .. message end,
      }))
      finally(function() own:close() end)
      mark(at "0510")
      change("0500", 1, 5)
      assert.equal(1, (own:perform_job()))
      assert.equal("warn job: 1 late buckets were read: a producer was behind, or a clock is wrong",
        logged[2])
    end)
  end)

  describe("in stages #slow", function()
    local function fill(name)
      world.redis.cli("EVAL", FILL, "1", keys.bucket .. at(name), "260000", name)
    end

    it("go with a regular one each, until there are no more", function()
      mark(at "0510")
      for i, name in ipairs { "0450", "0500", "0520", "0530" } do
        change(name, i, i)
        change(name, 9, 9)
      end
      for _, name in ipairs { "0450", "0500" } do fill(name) end
      assert.equal(6, (exporter:job()))
      assert.same({ "a1=1@0520", "a2=2@0530", "a3=3@0520", "a4=4@0530", "a9=9@0520", "a9=9@0530" },
        told())
      assert.same({ {}, at "0530" }, { buckets(), marker() })
    end)

    it("without a regular one get one name, and the rest waits for another job", function()
      mark(at "0510")
      for i, name in ipairs { "0440", "0450", "0500", "0520" } do
        change(name, i, i)
        fill(name)
      end
      assert.equal(2, (exporter:job()))
      assert.same({ "a1=1@0940", "a4=4@0520" }, told())
      assert.same({ { at "0450", at "0500" }, at "0940" }, { buckets(), marker() })
      set_clock "1017"
      assert.equal(1, (exporter:job()))
      set_clock "1027"
      assert.equal(1, (exporter:job()))
      assert.same({ "a1=1@0940", "a2=2@0950", "a3=3@1000", "a4=4@0520" }, told())
    end)
  end)

  describe("with a marker in the future", function()
    it("are read nevertheless, each time under a later name", function()
      mark(at "5900")
      change("0500", 1, 5)
      change("0950", 2, 1)
      assert.equal(1, (exporter:job()))
      assert.same({ { at "0950" }, at "5910" }, { buckets(), marker() })
      assert.equal(48 * 60 + 53, exporter:stats().marker_ahead)
      set_clock "1017"
      change("0500", 1, 6)
      assert.equal(2, (exporter:job()))
      assert.same({ "a1=5@5910", "a1=6@5920", "a2=1@5920" }, told())
    end)

    it("are read when it lies a few seconds ahead only", function()
      mark(at "0950")
      change("0940", 1, 5)
      assert.equal(1, (exporter:job()))
      assert.same({ "a1=5@1000" }, told())
      assert.equal(0, exporter:stats().marker_ahead)
    end)

    it("wait when no later time exists", function()
      mark "99991231235959"
      change("0500", 1, 5)
      assert.same({ 0 }, { exporter:job() })
      assert.same({ { at "0500" }, "99991231235959" }, { buckets(), marker() })
    end)

    it("say so in the log", function()
      local logged = {}
      local own = assert(Exporter.new(world.settings {
        stream = "s", region = "eu-west-1", credentials = worlds.credentials,
        log = function(level, message) logged[#logged + 1] = level .. " " .. message end,
      }))
      finally(function() own:close() end)
      mark(at "1107")
      assert.equal(0, (own:perform_job()))
      assert.matches("warn job: the newest bucket read lies 60 s in the future", logged[2], 1, true)
    end)
  end)

  describe("and the clock of Redis", function()
    it("says which are closed, whatever this machine thinks", function()
      change("0940", 1, 1)
      change("0950", 2, 2)
      assert.equal(1, (exporter:job()))
      assert.same({ at "0950" }, buckets())
      set_clock "1010"
      assert.equal(1, (exporter:job()))
    end)

    it("gives the buckets of producers their names", function()
      world.redis.cli("SET", "stats:enabled", "1")
      assert.is_true((exporter:report { { service_id = "1", usage = { m = 1 } } }))
      assert.same({ at "1000" }, buckets())
    end)

    it("gives them the names of all days", function()
      world.redis.cli("SET", "stats:enabled", "1")
      -- Every 17 days and 1,111 s of 36 years, and each day of a leap year.
      local times = {}
      for i = 0, 772 do times[#times + 1] = i * (17 * 86400 + 1111) end
      for i = 0, 366 do times[#times + 1] = 1451606399 + i * 86400 end
      for _, time in ipairs(times) do
        clock.set(time)
        assert.is_true((exporter:report { { service_id = "1", usage = { m = 1 } } }))
        assert.same({ os.date("!%Y%m%d%H%M%S", time - time % 10) }, exporter:buckets_list())
        assert.equal(1, exporter:buckets_delete_all())
        assert.is_true(exporter:buckets_enable())
      end
    end)

    it("says up to when a job is scheduled", function()
      local token = exporter:schedule_job()
      assert.is_string(token)
      local job = world.redis.cli("LRANGE", "resque:queue:stats", "0", "-1")[1]
      assert.matches('"2015-11-30 10:10:07 UTC"', job, 1, true)
    end)
  end)

  describe("with buckets in another Redis than the counters", function()
    local main

    setup(function() main = servers.start_redis() end)
    teardown(function() main.stop() end)

    it("are closed by the clock of that", function()
      main.cli("FLUSHALL")
      main.cli("SET", keys.enabled, "1")
      main.cli("SET", "stats:enabled", "1")
      local own = world.exporter { redis = main.unix_url, analytics_redis = world.redis.unix_url }
      assert.is_true((own:report { { service_id = "1", usage = { m = 1 } } }))
      assert.same({ at "1000" }, buckets())
      assert.equal(0, (own:job()))
      set_clock "1020"
      assert.equal(3, (own:job()))
    end)
  end)
end)
