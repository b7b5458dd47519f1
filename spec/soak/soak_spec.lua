-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Everything that can go wrong, at random, while scripts and nginx produce and exporters export: in
-- the end every event that was acknowledged has arrived.
--
-- KX_SOAK_SECONDS (25) says for how long, KX_SOAK_SEED (1) in which order things happen.

local exporting = require "exporting"
local helper = require "helper"
local load = require "load"
local servers = require "servers"
local soaking = require "soaking"

local SECONDS = tonumber(os.getenv "KX_SOAK_SECONDS") or 25
local SEED = tonumber(os.getenv "KX_SOAK_SEED") or 1
local SLACK_KIB = 4096
local CLOCKS = { "+0s", "+5h", "-7h" }
local DURABLE = { "--appendonly", "yes", "--appendfsync", "always" }
local FIREHOSE = {
  { fault = "error", status = 500 }, { fault = "error", status = 503 }, { fault = "html" },
  { fault = "refuse", fraction = 0.5 }, { fault = "refuse" }, { fault = "hang", seconds = 1.5 },
  { fault = "unread" }, { fault = "unstored" }, { fault = "unanswered" }, { fault = "truncated" },
  { fault = "garbage" }, { fault = "short" }, { fault = "slow", seconds = 0.5 },
}
-- Periods whose counters become events.
local EXPORTED = { year = true, month = true, day = true, hour = true, minute = true }

-- The same order in every Lua: below(n) gives 0 .. n - 1.
local state = SEED * 7919 % 2147483646 + 1
local function below(n)
  state = state * 48271 % 2147483647
  return state % n
end

describe("everything at once", function()
  local directory = helper.temporary_directory()
  local world = load.world { redis = { args = DURABLE, directory = directory } }
  local proxy, server, runner
  local producers, exporters, dead = {}, {}, {}
  local told, accounts, killed, resident = {}, {}, {}, {}
  local figures, order = {}, {}

  local function count(name, n)
    if not figures[name] then order[#order + 1] = name end
    figures[name] = (figures[name] or 0) + (n or 1)
  end

  local function settings(url)
    return {
      redis = url, endpoint = world.firehose.url, stream = "backend-events", region = "eu-west-1",
      credentials = exporting.credentials, lock_ttl_seconds = 2, bucket_interval_seconds = 1,
      min_export_events = 0, events_per_record = 10, batch_records = 5,
      max_attempts = 1 + below(3), -- the fewer, the more often events are put back
      redis_timeout_ms = 500, request_timeout_ms = 1000,
    }
  end

  local function start_producer(i)
    local url = i % 2 == 0 and proxy.unix_url or world.redis.unix_url
    producers[i] = soaking.start {
      role = i <= 2 and "record" or "report", name = ("p%d-%d"):format(i, #told),
      settings = settings(url),
    }
  end

  -- A look at the clock meanwhile finds one offset or the other.
  local function set_clock(offset)
    local path = directory .. "/clock"
    helper.write_file(path .. ".new", offset .. "\n")
    assert(os.rename(path .. ".new", path))
  end

  local function start_exporter(i)
    exporters[i] = soaking.start {
      role = i == 1 and "run" or "flush", name = "e" .. i,
      clock_file = i > 1 and directory .. "/clock" or nil, settings = settings(proxy.unix_url),
    }
  end

  local function start_nginx()
    server = world.serve(nil, { workers = 2 })
    load.start(server, { "/text", "/table", "/report" }, { connections = 4, pause_ms = 40 })
  end

  local function is_frozen()
    return helper.read_file("/proc/" .. world.redis.pid .. "/stat"):match "%) (%a)" == "T"
  end

  local trouble = {}

  function trouble.exporter_killed()
    local i = 1 + below(#exporters)
    exporters[i].ended "KILL"
    start_exporter(i)
  end

  function trouble.producer_killed()
    local i = 1 + below(#producers)
    told[#told + 1] = producers[i].ended "KILL"
    start_producer(i)
  end

  function trouble.nginx_worker_killed()
    local pids = server.pids()
    local pid = pids[1 + below(#pids)]
    killed[tostring(pid)] = true
    os.execute("kill -KILL " .. pid)
  end

  function trouble.nginx_killed()
    local pids = server.pids()
    os.execute("kill -KILL " .. server.master)
    for _, pid in ipairs(pids) do
      killed[tostring(pid)] = true
      os.execute("kill -KILL " .. pid)
    end
    dead[#dead + 1] = server
    server.stop()
    start_nginx()
  end

  function trouble.clock_jumped()
    set_clock(CLOCKS[1 + below(#CLOCKS)])
  end

  function trouble.redis_killed()
    world.redis.signal "KILL"
    world.redis.stop()
    world.redis = servers.start_redis { args = DURABLE, directory = directory,
                                        port = world.redis.port }
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
      count "redis said MISCONF"
    end
    helper.sleep "0.4"
    world.redis.cli("CONFIG", "SET", "save", "")
    os.execute("rm -rf " .. directory .. "/dump.rdb")
    world.redis.cli("DEL", "soak:probe")
  end

  local kinds = {}
  for name in pairs(trouble) do kinds[#kinds + 1] = name end
  table.sort(kinds)

  -- Each kind once before any comes a second time.
  local waiting = {}
  local function next_kind()
    if #waiting == 0 then for i, name in ipairs(kinds) do waiting[i] = name end end
    return table.remove(waiting, 1 + below(#waiting))
  end

  local function fault_at_firehose()
    if #world.firehose.control "faults" > 2 then return end
    local chosen = FIREHOSE[1 + below(#FIREHOSE)]
    count("firehose " .. chosen.fault)
    world.firehose.fault(chosen)
  end

  local function end_all()
    for _, producer in ipairs(producers) do told[#told + 1] = producer.ended "TERM" end
    proxy.heal()
    server.stop()
    for _, exporter in ipairs(exporters) do exporter.ended "TERM" end
    runner.ended "TERM"
    producers, exporters = {}, {}
    dead[#dead + 1] = server
    for _, one in ipairs(dead) do accounts[#accounts + 1] = one.account() end
  end

  local function drain()
    world.redis.cli("DEL", world.keys.lock)
    local last = world.exporter { bucket_interval_seconds = 1, min_export_events = 0 }
    helper.wait_until(function()
      last:job()
      last:flush()
      return last:buckets_size() == 0 and last:num_pending_events() == 0
        and #world.firehose.control "faults" == 0 and world.firehose.stats().in_flight == 0
    end, 60, "an empty Redis")
    assert.equal(0, last:rejected_size())
  end

  -- The events that arrived, by id, and the largest value of each counter.
  local function arrived()
    local ids, largest, repeated = {}, {}, 0
    for _, event in ipairs(world.firehose.events()) do
      local id = event:match '"n":"(.-)"'
      if id then
        if ids[id] then repeated = repeated + 1 end
        ids[id] = true
      else
        local row = helper.json.decode(event)
        local key = ("%s|%s|%s|%s|%s|%s"):format(row.service, row.cinstance or "", row.metric or "",
          row.response_code or "", row.period, row.timestamp)
        largest[key] = math.max(largest[key] or 0, tonumber(row.value))
      end
    end
    return ids, largest, repeated
  end

  local function stamp_of(digits)
    return digits:sub(1, 8) .. " " .. (digits:sub(9) .. "0000"):sub(1, 2) .. ":"
      .. (digits:sub(11) .. "00"):sub(1, 2)
  end

  -- The counters that no event has told the last value of.
  local function stale(largest)
    local list, all = {}, 0
    for _, line in ipairs(world.redis.cli("EVAL", "local list = {} "
      .. "for _, key in ipairs(redis.call('KEYS', 'stats/*')) do "
      .. "list[#list + 1] = key .. ' ' .. redis.call('GET', key) end return list", "0")) do
      local key, period, digits, value = line:match "^(.*)/(%a+):(%d+) (%d+)$"
      if EXPORTED[period] then
        local function part(name) return key:match("/" .. name .. ":([^/]*)") or "" end
        local row = ("%s|%s|%s|%s|%s|%s"):format(key:match "service:(%d+)", part "cinstance",
          part "metric", part "response_code", period, stamp_of(digits))
        all = all + 1
        if largest[row] ~= tonumber(value) then
          list[#list + 1] = ("%s is %s, told as %s"):format(row, value, tostring(largest[row]))
        end
      end
    end
    count("counters", all)
    return table.concat(list, "\n"):sub(1, 1500)
  end

  local function acknowledged()
    local ids, reports = {}, 0
    for _, text in ipairs(told) do
      for id in text:gmatch "id (%S+)\n" do ids[#ids + 1] = id end
      reports = reports + select(2, text:gsub("report\n", ""))
    end
    for _, account in ipairs(accounts) do
      assert.same({}, account.failures)
      for _, id in ipairs(account.ids) do ids[#ids + 1] = id end
    end
    return ids, reports
  end

  local function reported()
    local sum = 0
    for _, line in ipairs(world.redis.cli("GET", "stats/{service:2000}/metric:hits/eternity")) do
      sum = sum + (tonumber(line) or 0)
    end
    return sum
  end

  local function check_memory()
    local half, first, second = math.floor(#resident / 2), 0, 0
    for i, kib in ipairs(resident) do
      if i <= half then first = math.max(first, kib) else second = math.max(second, kib) end
    end
    count("resident KiB, at most, first half", first)
    count("resident KiB, at most, second half", second)
    if SECONDS >= 120 then assert.is_true(second <= first + SLACK_KIB, "memory grows") end
  end

  setup(function()
    world.start()
    world.reset()
    world.redis.cli("SET", "stats:enabled", "1")
    proxy = servers.start_redis_proxy { redis = world.redis, seed = SEED, chance = 0.3 }
  end)

  teardown(function()
    for _, list in ipairs { producers, exporters, { runner } } do
      for _, one in ipairs(list) do one.stop() end
    end
    if proxy then proxy.stop() end
    world.stop()
    helper.remove_directory(directory)
    io.write(("# soak of %d s, seed %d\n"):format(SECONDS, SEED))
    for _, name in ipairs(order) do io.write(("# %-36s %8d\n"):format(name, figures[name])) end
  end)

  it("loses nothing that was acknowledged", function()
    local enabling = world.exporter { bucket_interval_seconds = 1 }
    enabling:buckets_enable()
    set_clock(CLOCKS[1])
    runner = soaking.start { role = "run", name = "runner", settings = settings(proxy.unix_url) }
    for i = 1, 4 do start_producer(i) end
    for i = 1, 3 do start_exporter(i) end
    start_nginx()
    local deadline = os.time() + SECONDS
    repeat
      local kind = next_kind()
      count(kind)
      trouble[kind]()
      fault_at_firehose()
      fault_at_firehose()
      resident[#resident + 1] = runner.resident_kib()
      helper.sleep(0.01 * below(40))
    until os.time() >= deadline
    end_all()
    for kind, n in pairs(proxy.stats()) do count("link " .. kind, n) end
    drain()
    local ids, reports = acknowledged()
    local found, largest, repeated = arrived()
    local lost, excused = {}, 0
    for _, id in ipairs(ids) do
      if not found[id] and killed[id:match "^(%d+)%-"] then
        excused = excused + 1
      elseif not found[id] then
        lost[#lost + 1] = id
      end
    end
    count("events acknowledged", #ids)
    count("reports acknowledged", reports)
    count("events repeated", repeated)
    count("events excused: nginx killed", excused)
    count("events lost", #lost)
    for _, failed in ipairs(enabling:failed_list("stats", 10000)) do
      count("job failed: " .. failed.error:sub(1, 60))
    end
    check_memory()
    assert.equal("", table.concat(lost, " "):sub(1, 500))
    assert.is_true(#ids > 100 and reports > 20)
    assert.is_true(reported() >= reports, reported() .. " of " .. reports .. " reports")
    assert.equal("", stale(largest))
    assert.equal("", world.leftovers())
  end)
end)
