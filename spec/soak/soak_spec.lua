-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Everything that can go wrong goes wrong at random, while scripts and nginx produce and exporters
-- export. At the end every event that was acknowledged has arrived, and the last value of every
-- counter too.
--
-- There are three machines. The clock of the first is right, like that of Redis. The clock of the
-- second is an hour fast, that of the third an hour slow, and both are set again from time to time.
-- On each machine there are scripts and an nginx that record and report, and a process that
-- schedules jobs and performs them. Two of the nginx also do that. Two more exporters, with clocks
-- that jump, only flush.
--
-- Beside them run programs that do what the Ruby side does. Its exporter (ruby_exporter.py)
-- shares the lock, the pending set and the buckets. By design it loses what it holds when it is
-- killed, or stopped for longer than its lock lasts. So it is left alone, and repeats what a
-- failing Redis refuses. The reference also deletes unread the buckets before the marker; here it
-- does not. Its producer (ruby_producer.py) names its buckets by a clock that is an hour slow, so
-- that there are always buckets before the marker. It puts a key into a bucket once only, and
-- before it announces the bucket.
--
-- KX_SOAK_SECONDS (30) is the length, KX_SOAK_SEED (1) the seed of the order in which things
-- happen.
--
-- It is one file although it is long: one test, in which each part needs the others.

local worlds = require "worlds"
local helper = require "helper"
local load = require "load"
local processes = require "processes"
local servers = require "servers"
local soaking = require "soaking"
local told = require "told"

local SECONDS = tonumber(os.getenv "KX_SOAK_SECONDS") or 30
local SEED = tonumber(os.getenv "KX_SOAK_SEED") or 1
local SLACK_KIB = 4096
local TTL_SECONDS = 2
-- Longer than the lock's time to live; longer than the time after which a bucket is closed.
local STOP_SECONDS, LONG_STOP_SECONDS = TTL_SECONDS + 1, 15
local JUMPS = { "+0s", "+5h", "-7h" }
local WRONG = { "+0s", "+1h", "-1h" }
-- In seconds, one after the other: Redis ends connections that are silent for longer. Mostly 0, for
-- never, so that a process that was stopped can go on with what it has begun.
local IDLE = { 1, 0, 0, 2, 0, 0 }
local FIREHOSE = {
  { fault = "error", status = 500 }, { fault = "error", status = 503 }, { fault = "html" },
  { fault = "refuse", fraction = 0.5 }, { fault = "refuse" }, { fault = "hang", seconds = 1.5 },
  { fault = "unread" }, { fault = "unstored" }, { fault = "unanswered" }, { fault = "truncated" },
  { fault = "garbage" }, { fault = "short" }, { fault = "slow", seconds = 0.5 },
  { fault = "slow", seconds = 3 }, -- longer than Redis bears silence
}
local JOBS_IN_NGINX = [[require("kinesis_exporter.nginx").start {
  every = 1, poll_seconds = 0.1, worker_ttl_seconds = 1 }]]
-- Chapters of the report.
local DONE, WORK, FOUND = "what went wrong", "what was done", "what was found"
local REQUESTS = { "/text", "/table", "/several", "/text", "/several", "/flush" }

-- The same order in every Lua: below(n) gives 0 .. n - 1.
local state = SEED * 7919 % 2147483646 + 1
local function below(n)
  state = state * 48271 % 2147483647
  return state % n
end

describe("everything at once", function()
  local directory = helper.temporary_directory()
  local redis_options = {
    args = { "--appendonly", "yes", "--appendfsync", "always", "--timeout", IDLE[1] },
    directory = directory,
  }
  local world = load.world { redis = redis_options }
  local stops = soaking.stops()
  local machines = {
    { clock = directory .. "/right", workers = 2, offset = "+0s" },
    { clock = directory .. "/fast", workers = 1, offset = "+1h" },
    { clock = directory .. "/slow", workers = 1, offset = "-1h" },
  }
  local jumping = directory .. "/jumping"
  local sent_by_ruby = directory .. "/sent"
  local bad_link, long_link, runner, ruby_exporter, ruby_producer
  local producers, exporters, gateways, dead = {}, {}, {}, {}
  local said, exported, killed, resident = {}, {}, {}, {}
  local idle = 1
  local figures, problems = {}, {}

  local function count(chapter, name, n)
    figures[chapter] = figures[chapter] or {}
    figures[chapter][name] = (figures[chapter][name] or 0) + (n or 1)
  end

  local function tell(chapter)
    local names = {}
    for name in pairs(figures[chapter] or {}) do names[#names + 1] = name end
    table.sort(names)
    io.write(("# %s:\n"):format(chapter))
    for _, name in ipairs(names) do
      io.write(("#   %-62s %8d\n"):format(name, figures[chapter][name]))
    end
  end

  -- By the long link a process waits for an answer until after it was stopped.
  local function settings(link)
    return {
      redis = link.unix_url, redis_timeout_ms = link == long_link and 30000 or 500,
      endpoint = world.firehose.url, request_timeout_ms = 1000 + 1500 * below(3),
      stream = "backend-events", region = "eu-west-1", credentials = worlds.credentials,
      lock_ttl_seconds = TTL_SECONDS, bucket_interval_seconds = 1, min_export_events = 0,
      events_per_record = 10, batch_records = 5,
      max_attempts = 1 + below(3), -- the fewer, the more often events are put back
    }
  end

  -- A look at the clock meanwhile finds one offset or the other.
  local function set_clock(path, offset)
    helper.write_file(path .. ".new", offset .. "\n")
    assert(os.rename(path .. ".new", path))
  end

  -- Two on each machine: one records, one reports, at a distance from Redis, so that it is often
  -- stopped within a report.
  local function start_producer(i)
    local machine = math.floor((i + 1) / 2)
    local role = i % 2 == 0 and "report" or "record"
    local link = role == "report" and long_link or machine > 1 and bad_link or world.redis
    producers[i] = soaking.start {
      role = role, name = ("p%d-%d"):format(i, #said), clock_file = machines[machine].clock,
      settings = settings(link),
    }
  end

  -- One on each machine performs jobs, two more flush.
  local function start_exporter(i)
    exporters[i] = soaking.start {
      role = machines[i] and "run" or "flush", name = "e" .. i,
      clock_file = machines[i] and machines[i].clock or jumping,
      settings = settings(i == 5 and long_link or bad_link),
    }
  end

  local function start_gateway(i)
    local link = i == 3 and long_link or i == 2 and bad_link or world.redis
    gateways[i] = world.serve(settings(link), {
      workers = machines[i].workers, env = soaking.environment(machines[i].clock),
      init_worker = i > 1 and JOBS_IN_NGINX,
    })
    load.start(gateways[i], REQUESTS, { connections = 2 * machines[i].workers, pause_ms = 40 })
  end

  local function start_ruby(name, ...)
    return processes.start({ "/usr/bin/python3", "-B", processes.here() .. "servers/" .. name,
                             world.redis.socket, ... }, function() return true end,
                           { directory = helper.temporary_directory() })
  end

  local function start_all()
    runner = soaking.start { role = "run", name = "runner", settings = settings(bad_link) }
    for i = 1, 2 * #machines do start_producer(i) end
    for i = 1, #machines + 2 do start_exporter(i) end
    for i = 1, #machines do start_gateway(i) end
    ruby_producer = start_ruby("ruby_producer.py", 3600, 1)
    ruby_exporter = start_ruby("ruby_exporter.py", sent_by_ruby, "--every", 0.02, "--jobs", 1,
      "--hold", 0.3, "--ttl", 120, "--insist")
  end

  local function is_frozen()
    return helper.read_file("/proc/" .. world.redis.pid .. "/stat"):match "%) (%a)" == "T"
  end

  local function kill_worker(pid)
    killed[tostring(pid)] = true
    os.execute("kill -KILL " .. pid)
  end

  local function stop(pid, seconds)
    count(DONE, stops.stop(pid, seconds) and ("process stopped for %d s"):format(seconds)
      or "process stopped already")
  end

  local trouble = {}

  function trouble.exporter_killed()
    local i = 1 + below(#exporters)
    exported[#exported + 1] = exporters[i].ended "KILL"
    start_exporter(i)
  end

  function trouble.exporter_stopped()
    local seconds = below(3) == 0 and LONG_STOP_SECONDS or STOP_SECONDS
    stop(exporters[1 + below(#exporters)].pid, seconds)
    stop(exporters[#machines + 1 + below(2)].pid, STOP_SECONDS)
  end

  function trouble.producer_killed()
    local i = 1 + below(#producers)
    said[#said + 1] = producers[i].ended "KILL"
    start_producer(i)
  end

  function trouble.producers_stopped()
    for _ = 1, 2 do stop(producers[1 + below(#producers)].pid, LONG_STOP_SECONDS) end
  end

  function trouble.machine_suspended()
    local i = 1 + below(#machines)
    local pids = gateways[i].pids()
    for _, one in ipairs { exporters[i], producers[2 * i - 1], producers[2 * i] } do
      pids[#pids + 1] = one.pid
    end
    for _, pid in ipairs(pids) do stop(pid, LONG_STOP_SECONDS) end
  end

  function trouble.nginx_worker_killed()
    local pids = gateways[1 + below(#gateways)].pids()
    kill_worker(pids[1 + below(#pids)])
  end

  function trouble.nginx_worker_stopped()
    local pids = gateways[1 + below(#gateways)].pids()
    stop(pids[1 + below(#pids)], LONG_STOP_SECONDS)
  end

  function trouble.nginx_killed()
    local i = 1 + below(#gateways)
    local gateway = gateways[i]
    local pids = gateway.pids()
    os.execute("kill -KILL " .. gateway.master)
    for _, pid in ipairs(pids) do kill_worker(pid) end
    dead[#dead + 1] = gateway
    gateway.stop()
    soaking.forget_clock(gateway.master)
    start_gateway(i)
  end

  function trouble.clock_jumped()
    set_clock(jumping, JUMPS[1 + below(#JUMPS)])
  end

  function trouble.clock_of_a_machine_set()
    set_clock(machines[2 + below(#machines - 1)].clock, WRONG[1 + below(#WRONG)])
  end

  function trouble.redis_killed()
    world.redis.signal "KILL"
    world.redis.stop()
    redis_options.port = world.redis.port
    world.redis = servers.start_redis(redis_options)
  end

  function trouble.redis_timeout_set()
    idle = idle % #IDLE + 1
    redis_options.args[#redis_options.args] = IDLE[idle]
    world.redis.cli("CONFIG", "SET", "timeout", IDLE[idle])
    count(DONE, ("redis_timeout_set to %d s"):format(IDLE[idle]))
  end

  function trouble.redis_stopped()
    world.redis.signal "STOP"
    helper.wait_until(is_frozen)
    helper.sleep "0.8"
    world.redis.signal "CONT"
  end

  function trouble.redis_out_of_memory()
    world.redis.cli("CONFIG", "SET", "maxmemory", "1")
    helper.sleep "0.5"
    world.redis.cli("CONFIG", "SET", "maxmemory", "0")
  end

  function trouble.redis_read_only()
    world.redis.cli("REPLICAOF", "127.0.0.1", "1")
    helper.sleep "0.5"
    world.redis.cli("REPLICAOF", "NO", "ONE")
  end

  -- A directory in the dump's place makes saving fail, as a full disk does.
  function trouble.redis_cannot_save()
    os.execute("mkdir -p " .. directory .. "/dump.rdb/full")
    world.redis.cli("CONFIG", "SET", "save", "3600 1")
    world.redis.cli "BGSAVE"
    pcall(helper.wait_until, function()
      return table.concat(world.redis.cli("SET", "soak:probe", "1")):match "MISCONF"
    end, 5)
    if table.concat(world.redis.cli("SET", "soak:probe", "1")):match "MISCONF" then
      count(DONE, "redis_cannot_save, and says MISCONF")
    end
    helper.sleep "0.4"
    world.redis.cli("CONFIG", "SET", "save", "")
    os.execute("rm -rf " .. directory .. "/dump.rdb")
    world.redis.cli("DEL", "soak:probe")
  end

  local kinds = {}
  for name in pairs(trouble) do kinds[#kinds + 1] = name end
  table.sort(kinds)

  -- Each kind once before any comes a second time. Redis is killed in every third round only:
  -- a process that is stopped meanwhile loses its connection, and can do no harm when it goes on.
  local waiting, rounds = {}, 0
  local function next_kind()
    if #waiting == 0 then
      for _, name in ipairs(kinds) do
        if name ~= "redis_killed" or rounds % 3 == 0 then waiting[#waiting + 1] = name end
      end
      rounds = rounds + 1
    end
    return table.remove(waiting, 1 + below(#waiting))
  end

  local function fault_at_firehose()
    if #world.firehose.control "faults" > 2 then return end
    local chosen = FIREHOSE[1 + below(#FIREHOSE)]
    count(DONE, "firehose: " .. chosen.fault)
    world.firehose.fault(chosen)
  end

  local function end_one(process)
    assert(process.alive(), process.output())
    process.signal "TERM"
    helper.wait_until(function() return not process.alive() end, 60, "the Ruby side to end")
    local text = process.output()
    process.stop()
    helper.remove_directory(process.directory)
    return text
  end

  local function end_all()
    stops.wake_all()
    for _, producer in ipairs(producers) do said[#said + 1] = producer.ended "TERM" end
    bad_link.heal()
    for _, gateway in ipairs(gateways) do
      gateway.stop()
      dead[#dead + 1] = gateway
    end
    for _, exporter in ipairs(exporters) do exported[#exported + 1] = exporter.ended "TERM" end
    exported[#exported + 1] = runner.ended "TERM"
    producers, exporters, gateways, runner = {}, {}, {}, nil
    count(WORK, "reports of the Ruby side", select(2, end_one(ruby_producer):gsub("report\n", "")))
    local text = end_one(ruby_exporter)
    count(WORK, "flushes of the Ruby side", select(2, text:gsub("sent [1-9]", "")))
    count(WORK, "jobs of the Ruby side", select(2, text:gsub("read [1-9]", "")))
  end

  local function check(what, list)
    count(FOUND, what, #list)
    if #list == 0 then return end
    problems[#problems + 1] = ("%s: %d, the first ones %s"):format(what, #list,
      table.concat(list, "; ", 1, math.min(#list, 5)))
  end

  local function left()
    local list = world.redis.cli("ZRANGE", world.keys.buckets, "0", "-1")
    return list[1] == "" and {} or list
  end

  -- Exports what is left. What cannot be exported stays, and is found by the checks.
  local function drain()
    world.redis.cli("DEL", world.keys.lock)
    local last = world.exporter { bucket_interval_seconds = 1, min_export_events = 0 }
    pcall(helper.wait_until, function()
      last:job()
      last:flush()
      return #left() == 0 and last:num_pending_events() == 0
        and #world.firehose.control "faults" == 0 and world.firehose.stats().in_flight == 0
    end, 60)
    check("buckets left", left())
    check("events pending", world.pending())
    assert.equal(0, last:rejected_size())
  end

  local function arrived()
    local events = world.firehose.events()
    for line in (helper.read_file(sent_by_ruby) or ""):gmatch "[^\n]+" do
      events[#events + 1] = line
    end
    return told.read(events)
  end

  local function check_events(found)
    local ids, lost, excused, repeated = {}, {}, 0, 0
    for _, text in ipairs(said) do
      for id in text:gmatch "id (%S+)\n" do ids[#ids + 1] = id end
    end
    local of_scripts = #ids
    for _, gateway in ipairs(dead) do
      local account = gateway.account()
      check("failures in nginx", account.failures)
      for _, id in ipairs(account.ids) do ids[#ids + 1] = id end
    end
    for _, id in ipairs(ids) do
      if not found.ids[id] and killed[id:match "^(%d+)%-"] then
        excused = excused + 1
      elseif not found.ids[id] then
        lost[#lost + 1] = id
      end
    end
    for _, times in pairs(found.ids) do repeated = repeated + times - 1 end
    count(WORK, "events acknowledged", #ids)
    count(FOUND, "events repeated", repeated)
    count(FOUND, "events excused, nginx was killed", excused)
    check("events lost", lost)
    assert.is_true(of_scripts > 50 and #ids > of_scripts + 50)
  end

  -- What the counters of all times say was reported, by service and what its applications' names
  -- begin with.
  local function counted()
    local sums = {}
    for _, line in ipairs(world.redis.cli("EVAL", "local list = {} "
      .. "for _, key in ipairs(redis.call('KEYS', 'stats/*/cinstance:*/metric:hits/eternity')) do"
      .. " list[#list + 1] = key .. ' ' .. redis.call('GET', key) end return list", "0")) do
      local service, who, value = line:match "{service:(%d+)}/cinstance:(%w+).* (%d+)$"
      if service then
        local key = service == "1006" and who or service
        sums[key] = (sums[key] or 0) + tonumber(value)
      end
    end
    return sums
  end

  local function check_reports()
    local sums, reports, lost, acknowledged = counted(), 0, {}, 0
    for _, text in ipairs(said) do reports = reports + select(2, text:gsub("report\n", "")) end
    local function compare(who, n)
      acknowledged = acknowledged + n
      if (sums[who] or 0) < n and not killed[who] then
        lost[#lost + 1] = ("%s: %d of %d are counted"):format(who, sums[who] or 0, n)
      end
    end
    compare("2000", reports)
    for _, gateway in ipairs(dead) do
      for pid, n in pairs(gateway.account().reported_by) do compare(pid, n) end
    end
    count(WORK, "reports acknowledged", acknowledged)
    check("producers whose reports are lost", lost)
    assert.is_true(reports > 20)
  end

  local function check_counters(found)
    local all, stale = told.stale(world.redis, found)
    count(WORK, "counters", all)
    check("counters whose last value is not told", stale)
    check("counters with two values for one time", found.contradictions)
  end

  local function count_exports()
    local text = table.concat(exported)
    count(WORK, "flushes", select(2, text:gsub("flushed ", "")))
    for code, message in text:gmatch "failed (%S+) ([^\n]*)" do
      message = message:gsub("/tmp/%S+", ""):gsub("%d+", "N")
      count(WORK, ("flush failed: %s: %s"):format(code, message:sub(1, 45)))
    end
  end

  local function check_memory()
    local half, first, second = math.floor(#resident / 2), 0, 0
    for i, kib in ipairs(resident) do
      if i <= half then first = math.max(first, kib) else second = math.max(second, kib) end
    end
    count(FOUND, "resident KiB at most, in the first half", first)
    count(FOUND, "resident KiB at most, in the second half", second)
    if SECONDS >= 120 then assert.is_true(second <= first + SLACK_KIB, "memory grows") end
  end

  setup(function()
    world.start()
    world.reset()
    world.redis.cli("SET", "stats:enabled", "1")
    -- The Ruby side's buckets are before it from the beginning.
    world.redis.cli("SET", world.keys.latest, os.date("!%Y%m%d%H%M%S", os.time() - 60))
    for _, machine in ipairs(machines) do set_clock(machine.clock, machine.offset) end
    set_clock(jumping, JUMPS[1])
    bad_link = servers.start_redis_proxy { redis = world.redis, seed = SEED, chance = 0.3 }
    long_link = servers.start_redis_proxy {
      redis = world.redis, seed = SEED, chance = 1, kinds = { "latency" },
    }
  end)

  teardown(function()
    stops.wake_all()
    for _, list in ipairs { producers, exporters, { runner }, { ruby_producer, ruby_exporter } } do
      for _, one in pairs(list) do one.stop() end
    end
    if bad_link then bad_link.stop() end
    if long_link then long_link.stop() end
    world.stop()
    helper.remove_directory(directory)
    io.write(("# soak of %d s, seed %d\n"):format(SECONDS, SEED))
    for _, chapter in ipairs { DONE, WORK, FOUND } do tell(chapter) end
  end)

  it("loses nothing that was acknowledged", function()
    start_all()
    local deadline = os.time() + SECONDS
    repeat
      stops.wake()
      local kind = next_kind()
      count(DONE, kind)
      trouble[kind]()
      fault_at_firehose()
      fault_at_firehose()
      resident[#resident + 1] = runner.resident_kib()
      helper.sleep(0.01 * below(40))
    until os.time() >= deadline
    end_all()
    for kind, n in pairs(bad_link.stats()) do count(DONE, "link: " .. kind, n) end
    drain()
    local found = arrived()
    check_events(found)
    check_reports()
    check_counters(found)
    count_exports()
    for _, failed in ipairs(world.exporter():failed_list("stats", 10000)) do
      count(WORK, "job failed: " .. failed.error:sub(1, 45))
    end
    check_memory()
    assert.same({}, problems)
    assert.equal("", world.leftovers())
  end)
end)
