-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Requests to a real nginx that records and reports, and the account that it keeps of what it
-- accepted: a line a request in its access log, which outlives a worker that is killed. Every event
-- carries a number of its own, so that one that is missing and one that came twice both show.

local assert = require "luassert"
local worlds = require "worlds"
local helper = require "helper"
local nginx = require "nginx"
local processes = require "processes"

local load = {}

-- What the handlers call. Refusals because the buffer is full are counted; other failures are kept
-- as text. Clients connect again from time to time, so that each worker gets some of them.
local http = [[
  keepalive_requests 50;
  log_format account "$msec $accepted $reported $refused $failed $pid";
  init_by_lua_block {
    local counted = { number = 0 }
    package.loaded.counted = counted

    local function add(name, n)
      ngx.var[name] = ngx.var[name] + n
    end

    local function settle(done, message, code, name, value)
      if done then
        ngx.var[name] = value
      elseif code == "backpressure" then
        add("refused", 1)
      else
        ngx.var.failed = (tostring(code) .. ":" .. tostring(message)):gsub("%s", "_")
      end
    end

    function counted.number_of()
      counted.number = counted.number + 1
      return ngx.worker.pid() .. "-" .. counted.number
    end

    local function store(how, event, id)
      local Exporter = require "kinesis_exporter"
      local list = ngx.var.accepted == "-" and id or ngx.var.accepted .. "," .. id
      local done, message, code = Exporter[how](event)
      settle(done, message, code, "accepted", list)
    end

    local function json(id, filler)
      return ('{"service":"1006","value":"1","n":"%s"%s}'):format(id, filler)
    end

    function counted.text()
      local bytes = tonumber(ngx.var.arg_bytes)
      local id = counted.number_of()
      store("record", json(id, bytes and (',"filler":"%s"'):format(("x"):rep(bytes)) or ""), id)
    end

    function counted.table()
      local id = counted.number_of()
      store("record", { service = "1006", value = 1, n = id }, id)
    end

    function counted.add()
      local id = counted.number_of()
      store("add_pending_events", { json(id, "") }, id)
    end

    function counted.report(application)
      local done, message, code = require("kinesis_exporter").report {
        service_id = "1006", application_id = application or "a60", usage = { hits = 1 },
      }
      settle(done, message, code, "reported", ngx.var.reported + 1)
    end

    function counted.answer()
      ngx.status = ngx.var.failed ~= "-" and 500 or ngx.var.refused ~= "0" and 503 or 200
      ngx.say(ngx.var.accepted)
    end

    function counted.tell(list)
      for name, value in pairs(list) do ngx.say(name, " ", tostring(value)) end
    end
  }
]]

local server = [[
  access_log %s account;
  set $accepted "-";
  set $reported 0;
  set $refused 0;
  set $failed "-";
  location = /text { content_by_lua_block {
    local counted = require "counted" counted.text() counted.answer() } }
  location = /table { content_by_lua_block {
    local counted = require "counted" counted.table() counted.answer() } }
  location = /add { content_by_lua_block {
    local counted = require "counted" counted.add() counted.answer() } }
  location = /report { content_by_lua_block {
    local counted = require "counted" counted.report() counted.answer() } }
  location = /several { content_by_lua_block {
    local counted = require "counted"
    local number = counted.number_of()
    counted.report(number:sub(1, -2)) counted.answer() } }
  location = /all { content_by_lua_block {
    local counted = require "counted"
    counted.text() counted.table() counted.report() counted.answer() } }
  location = /log {
    log_by_lua_block {
      local counted = require "counted" counted.text() counted.table() counted.report() }
    return 200 "logged";
  }
  location = /flush { content_by_lua_block {
    local sent, outcome, code = require("kinesis_exporter").flush_pending_events()
    ngx.say(tostring(sent), " ", tostring(code or outcome)) } }
  location = /stats { content_by_lua_block {
    require("counted").tell(require("kinesis_exporter").stats()) } }
]]

-- What an access log says: `ids` accepted, in order; `seconds`, when, by id; numbers of `requests`,
-- `reported` (and by worker: `reported_by`) and `refused`; `failures`.
local function account_of(text)
  local account = {
    ids = {}, seconds = {}, requests = 0, reported = 0, reported_by = {}, refused = 0,
    failures = {},
  }
  for at, accepted, reported, refused, failed, pid
    in text:gmatch "(%S+) (%S+) (%S+) (%S+) (%S+) (%d+)\n" do
    account.requests = account.requests + 1
    account.reported = account.reported + tonumber(reported)
    account.reported_by[pid] = (account.reported_by[pid] or 0) + tonumber(reported)
    account.refused = account.refused + tonumber(refused)
    for id in accepted:gmatch "%d+%-%d+" do
      account.ids[#account.ids + 1] = id
      account.seconds[id] = tonumber(at)
    end
    if failed ~= "-" then account.failures[#account.failures + 1] = failed end
  end
  return account
end

local function numbers_of(body)
  local list = {}
  for name, value in body:gmatch "(%S+) (%-?%d+)\n" do list[name] = tonumber(value) end
  return list
end

-- A world of world.lua with one or more nginx in it. Options: those of worlds.world.
function load.world(options)
  local world = worlds.world(options)
  local opened = {}
  local stop = world.stop

  -- Starts an nginx that answers /text, /table and /add (an event each), /report, /several (reports
  -- of ever new applications), /all (two events and a report), /log (the same in its log phase),
  -- /flush and /stats. `settings` are of its exporters, `more` options of nginx.start. Beside what
  -- that gives: account(); stats(), of one of the workers.
  function world.serve(settings, more)
    local given = { redis = world.redis.url, redis_timeout_ms = 500, stream = "backend-events",
                    region = "eu-west-1", credentials = worlds.credentials }
    if world.firehose then given.endpoint = world.firehose.url end
    for name, value in pairs(settings or {}) do given[name] = value end
    local all = { configure = given, http = http }
    for name, value in pairs(more or {}) do all[name] = value end
    local directory = helper.temporary_directory()
    all.server = server:format(directory .. "/account") .. (all.server or "")
    local served = nginx.start(all)
    opened[#opened + 1] = { served = served, directory = directory }

    function served.account()
      return account_of(helper.read_file(directory .. "/account") or "")
    end

    function served.stats()
      return numbers_of(select(2, served.get "/stats"))
    end

    return served
  end

  -- Ends every nginx that was started, also one that cannot end as it should.
  function world.end_all()
    world.redis.signal "CONT"
    for _, one in ipairs(opened) do
      pcall(one.served.stop)
      helper.remove_directory(one.directory)
    end
    opened = {}
  end

  function world.stop()
    world.end_all()
    stop()
  end

  -- The numbers of all events that are pending, and, where there is an endpoint, delivered.
  function world.found()
    local list, ids = world.pending(), {}
    for _, event in ipairs(world.firehose and world.firehose.events() or {}) do
      list[#list + 1] = event
    end
    for i, event in ipairs(list) do ids[i] = event:match '"n":"(.-)"' or event end
    return ids
  end

  -- What the counters add up to, over all times of a period: by key without the time. All of them
  -- count the same reports.
  function world.sums()
    local sums = {}
    local values = world.redis.cli("EVAL", "local list = {} "
      .. "for _, key in ipairs(redis.call('KEYS', 'stats/*')) do"
      .. "  list[#list + 1] = key .. ' ' .. redis.call('GET', key) "
      .. "end return list", "0")
    for _, line in ipairs(values) do
      local key, value = line:match "^(.-):?%d* (%d+)$"
      if key then sums[key] = (sums[key] or 0) + value end
    end
    return sums
  end

  -- "" when the counters have the values that this number of reports makes, else how they differ.
  function world.miscounted(reported)
    local sums = world.sums()
    if reported > 0 and not sums["stats/{service:1006}/cinstance:a60/metric:hits/eternity"] then
      return "there are no counters"
    end
    for key, sum in pairs(sums) do
      if sum ~= reported then return ("%s is %d instead of %d"):format(key, sum, reported) end
    end
    return ""
  end

  -- "" when each accepted event of an account is there once and no other is, and the counters are
  -- right, else how they differ.
  function world.unaccounted(account)
    local difference = worlds.difference(account.ids, world.found())
    return difference == "" and world.miscounted(account.reported) or difference
  end

  -- One account of several nginx.
  local function together(list)
    local all = account_of ""
    for _, served in ipairs(list) do
      local account = served.account()
      for _, id in ipairs(account.ids) do all.ids[#all.ids + 1] = id end
      for _, failure in ipairs(account.failures) do all.failures[#all.failures + 1] = failure end
      all.reported = all.reported + account.reported
      all.refused = all.refused + account.refused
      all.requests = all.requests + account.requests
    end
    return all
  end

  -- Waits until all that these nginx accepted has come to Redis, while they run; ends them, and
  -- looks once more, because nothing can change then. Gives their account.
  function world.settle(...)
    local list = { ... }
    pcall(helper.wait_until, function()
      local account = together(list)
      return #world.found() >= #account.ids and world.miscounted(account.reported) == ""
    end)
    assert.equal("", world.unaccounted(together(list)))
    return world.stop_and_check(...)
  end

  -- Ends them, and looks what came of all that they accepted.
  function world.stop_and_check(...)
    local list = { ... }
    for _, served in ipairs(list) do served.stop() end
    local account = together(list)
    assert.equal("", world.unaccounted(account))
    assert.same({}, account.failures)
    return account
  end

  return world
end

-- So many requests, on up to `connections` (20) at a time: how many were answered with each status.
function load.send(served, path, count, connections)
  local code, out, err = processes.run {
    "curl", "-q", "-sS", "--noproxy", "*", "--max-time", "60", "--parallel", "--parallel-max",
    connections or 20, "-o", "/dev/null", "-w", "%{http_code}\n",
    ("%s%s%sr=[1-%d]"):format(served.url, path, path:find "?" and "&" or "?", count),
  }
  assert(code == 0, err)
  local statuses = {}
  for status in out:gmatch "%d+" do statuses[status] = (statuses[status] or 0) + 1 end
  return statuses
end

local script = [[
local requests, number = {}, 0
init = function()
  for path in ("%s"):gmatch "%%S+" do requests[#requests + 1] = wrk.format("GET", path) end
end
request = function()
  number = number + 1
  return requests[number %% #requests + 1]
end
delay = function() return %d end
]]

-- Requests without end, each of `paths` in turn, on `connections` (16), each of which waits
-- `pause_ms` (4) between two. reached(count) waits until `count` requests have been served since
-- the last look; finish() ends it and gives the numbers of `requests` answered and of those
-- `refused`, with a status that is not a success.
function load.start(served, paths, options)
  options = options or {}
  local directory = helper.temporary_directory()
  helper.write_file(directory .. "/script.lua",
    script:format(table.concat(paths, " "), options.pause_ms or 4))
  local wrk = processes.start({ "wrk", "-t1", "-c", options.connections or 16, "-d", "600s", "-s",
    directory .. "/script.lua", served.url }, function() return true end, { directory = directory })
  local seen, stop_server = served.account().requests, served.stop

  -- Traffic that no spec has finished ends with the server.
  function served.stop()
    wrk.stop()
    helper.remove_directory(directory)
    stop_server()
  end

  function wrk.reached(count)
    helper.wait_until(function() return served.account().requests >= seen + count end, 30,
      count .. " requests")
    seen = served.account().requests
  end

  function wrk.finish()
    -- Again and again: either of its threads may take a signal, and only one of them ends it.
    helper.wait_until(function()
      os.execute(("kill -INT %d 2>/dev/null"):format(wrk.pid))
      return not wrk.alive()
    end)
    local said = wrk.output()
    wrk.stop()
    helper.remove_directory(directory)
    return {
      requests = tonumber(said:match "(%d+) requests in") or error(said),
      refused = tonumber(said:match "Non%-2xx or 3xx responses: (%d+)") or 0,
    }
  end

  return wrk
end

return load
