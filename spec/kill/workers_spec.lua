-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The whole way under steady reports, with two workers in processes of their own that are killed at
-- random and started again: at the end the importing side's table has the values of the counters.
--
-- KX_WORKERS_SECONDS (20) is the length, KX_WORKERS_SEED (1) the seed of the order in which things
-- happen.

local worlds = require "worlds"
local helper = require "helper"
local postgres = require "postgres"
local processes = require "processes"

local SECONDS = tonumber(os.getenv "KX_WORKERS_SECONDS") or 20
local SEED = tonumber(os.getenv "KX_WORKERS_SEED") or 1
local WORKERS = 2
local CODES = { 200, 302, 404, 503 }
local EXPORTED = { year = true, month = true, day = true, hour = true, minute = true }

-- The same order in every Lua: below(n) gives 0 .. n - 1.
local state = SEED * 7919 % 2147483646 + 1
local function below(n)
  state = state * 48271 % 2147483647
  return state % n
end

-- What a worker's process runs.
local WORKER = [[
package.path, package.cpath = %q, %q
local settings = require("cjson").decode(%q)
settings.log = function(level, message) io.stderr:write(level, " ", message, "\n") end
local core = require "kinesis_exporter.core"
core.trap_signals()
local exporter = assert(require("kinesis_exporter").new(settings))
io.write "begun\n"
io.flush()
assert(exporter:run { every_seconds = 1, poll_seconds = 0.05, worker_ttl_seconds = 1,
                      stop = core.interrupted })
]]

describe("workers that are killed at random", function()
  local world = worlds.world()
  local keys = world.keys
  local database, reporter
  local workers, kills, reports = {}, 0, 0

  setup(function()
    world.start()
    database = postgres.start()
    database.create()
  end)

  teardown(function()
    for _, worker in pairs(workers) do worker.stop() end
    io.write(("# %d reports in %d s, %d workers killed; seed %d\n"):format(reports, SECONDS, kills,
      SEED))
    database.stop()
    world.stop()
  end)

  local function start_worker(i)
    local settings = helper.json.encode {
      redis = world.redis.unix_url, endpoint = world.firehose.url, stream = "backend-events",
      region = "eu-west-1", credentials = worlds.credentials, lock_ttl_seconds = 2,
      bucket_interval_seconds = 1, min_export_events = 100, events_per_record = 50,
    }
    workers[i] = processes.start(
      { helper.interpreter, "-e", WORKER:format(package.path, package.cpath, settings) },
      function(child) return child.output():match "begun\n" end)
  end

  local function restart_worker(i)
    workers[i].signal "KILL"
    workers[i].stop()
    kills = kills + 1
    start_worker(i)
  end

  local function some_report()
    local report = {
      service_id = tostring(1000 + below(3)), application_id = "app " .. below(40),
      usage = { hits = 1 }, response_code = CODES[1 + below(#CODES)],
    }
    if below(4) == 0 then report.user_id = "úser" .. below(5) end
    if below(3) == 0 then report.usage["m:" .. below(6)] = below(100) end
    return report
  end

  local function report_some()
    local list = {}
    for i = 1, 1 + below(60) do list[i] = some_report() end
    assert(reporter:report(list))
    reports = reports + #list
  end

  -- What the counters say: value by key, those of weeks and of eternity left out.
  local function counters()
    local list = {}
    local pairs_of = world.redis.cli("EVAL", "local list = {} "
      .. "for _, key in ipairs(redis.call('KEYS', 'stats/*')) do"
      .. "  list[#list + 1] = key list[#list + 1] = redis.call('GET', key) "
      .. "end return list", "0")
    for i = 1, #pairs_of - 1, 2 do
      local period = pairs_of[i]:match "/(%a+):%d+$"
      if EXPORTED[period] then list[pairs_of[i]] = pairs_of[i + 1] end
    end
    return list
  end

  -- A row's identity as the key that it comes from.
  local function key_of(row)
    local key = ("stats/{service:%s}"):format(row.service)
    for _, name in ipairs { "cinstance", "uinstance", "metric", "response_code" } do
      if row[name] ~= "" then key = key .. "/" .. name .. ":" .. row[name] end
    end
    local time = row.time:gsub("0+$", "")
    return ("%s/%s:%s%s"):format(key, row.period, row.day, time)
  end

  local function rows()
    local list = database.query([[SELECT service, cinstance, uinstance, metric, response_code,
      period, to_char(timestamp, 'YYYYMMDD') AS day, to_char(timestamp, 'HH24MISS') AS time, value
      FROM backend.events]])
    local by_key = {}
    for _, row in ipairs(list) do
      local key = key_of(row)
      assert.is_nil(by_key[key], key .. " has two rows")
      by_key[key] = ("%d"):format(row.value)
    end
    return by_key
  end

  local function nothing_waits()
    return reporter:buckets_size() == 0 and reporter:num_pending_events() == 0
  end

  it("leave the importing side's table equal to the counters, row for row", function()
    world.reset()
    reporter = world.exporter { bucket_interval_seconds = 1 }
    reporter:buckets_enable()
    for i = 1, WORKERS do start_worker(i) end
    local deadline = os.time() + SECONDS
    repeat
      report_some()
      helper.sleep(0.01 * below(10))
      if below(25) == 0 then restart_worker(1 + below(WORKERS)) end
    until os.time() >= deadline
    for _, worker in pairs(workers) do worker.signal "TERM" end
    for _, worker in pairs(workers) do
      helper.wait_until(function() return not worker.alive() end)
    end
    assert.equal(0, reporter:rejected_size())
    local last = world.exporter { bucket_interval_seconds = 1, min_export_events = 0 }
    world.redis.cli("DEL", keys.lock)
    helper.wait_until(function()
      assert(last:job())
      return nothing_waits()
    end, 40)
    database.load_lines(world.firehose.events())
    local expected, found = counters(), rows()
    local wrong = {}
    for key, value in pairs(expected) do
      if found[key] ~= value then
        wrong[#wrong + 1] = ("%s is %s, its row %s"):format(key, value, tostring(found[key]))
      end
    end
    for key in pairs(found) do
      if not expected[key] and not key:find "/minute:" then
        wrong[#wrong + 1] = key .. " has a row and no counter"
      end
    end
    assert.equal("", table.concat(wrong, "\n"):sub(1, 2000))
    assert.is_true(next(expected) ~= nil and kills >= WORKERS)
    assert.equal("", world.leftovers())
  end)
end)
