-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Calls that specs make in plain Lua and in each phase of nginx's Lua module. The result of each
-- call is a text.

-- luacheck: globals ngx

local probe = {}

local json = require "cjson"

-- The result of a call as text. Values that differ from call to call are shown by their type.
local function told(f, ...)
  local results = { pcall(f, ...) }
  if not results[1] then return "raised " .. tostring(results[2]):gsub("^[^:]*:%d+: ", "") end
  if results[2] == nil then return ("nil %s %s"):format(type(results[3]), tostring(results[4])) end
  for i = 2, 3 do
    local item = results[i]
    if type(item) == "table" then results[i] = "table of " .. #item end
    if type(item) == "string" and item:find "^%x+$" then results[i] = "a key" end
  end
  return tostring(results[2]) .. (results[3] ~= nil and " " .. tostring(results[3]) or "")
end

-- The functions that never wait.
function probe.hot(Exporter, name)
  local own = Exporter.new(probe.settings)
  local usage = { hits = 1 }
  return {
    told(Exporter.record, ('{"phase":"%s","by":"module"}'):format(name)),
    told(own.record, own, { phase = name, by = "method", time_gen = "20261122 18:30:50" }),
    told(Exporter.report, { service_id = name, usage = usage }),
    told(own.report, own, { service_id = name, application_id = "a60", usage = usage }),
  }
end

-- Every method that waits, in an order in which each has something to do.
function probe.waiting(Exporter)
  local lock_key
  local function schedule()
    local key, why, code = Exporter.schedule_job()
    lock_key = key or lock_key
    return key, why, code
  end
  local at_once = { stop = function() return true end }
  local buckets, failed, rejected
  local list = {}
  local function call(f, ...) list[#list + 1] = told(f, ...) end
  local function call_all(object, ...)
    for _, name in ipairs { ... } do call(object[name], object) end
  end
  buckets, failed, rejected = Exporter.buckets(), Exporter.failed_jobs(), Exporter.rejected_events()
  call(Exporter.enable)
  call(Exporter.enabled)
  call(Exporter.add_pending_events, { '{"a":"1"}', '{"a":"2"}', { a = 3 }, "no object" })
  call(Exporter.num_pending_events)
  call(Exporter.flush_pending_events)
  call_all(rejected, "size", "list", "retry", "delete_all")
  call_all(buckets, "enable", "enabled", "size", "list")
  call(schedule)
  call(schedule)
  call(Exporter.job_finished, "nobody's")
  call(function() return Exporter.job_finished(lock_key or "nobody's") end)
  call(schedule)
  call(Exporter.work, { once = true })
  call(Exporter.perform_job)
  call(Exporter.run, at_once)
  call(Exporter.work, { once = true })
  call_all(buckets, "emergency", "disable", "delete_all")
  call_all(failed, "size", "list", "retry", "delete_all")
  call(Exporter.status)
  call(Exporter.stats)
  call(Exporter.disable)
  return list
end

-- Mistakes of every kind.
function probe.wrong(Exporter)
  local list = {}
  local function call(f, ...) list[#list + 1] = told(f, ...) end
  local report = { service_id = "1006", usage = { hits = 1 } }
  local function report_with(name, value)
    local wrong = {}
    for field, own in pairs(report) do wrong[field] = own end
    wrong[name] = value
    call(Exporter.report, wrong)
  end
  call(Exporter.record)
  call(Exporter.record, 12)
  call(Exporter.record, { a = {} })
  call(Exporter.record, { [{}] = "a" })
  call(Exporter.record, { a = 0 / 0 })
  call(Exporter.report)
  call(Exporter.report, { service_id = "1006" })
  call(Exporter.report, { report, "report" })
  report_with("service_id", "a/b")
  report_with("service_id", true)
  report_with("usage", { hits = -1 })
  report_with("response_code", 1000)
  report_with("timestamp", "now")
  call(Exporter.flush_pending_events, -1)
  call(Exporter.flush_pending_events, 1, { progres = print })
  call(Exporter.perform_job, "yesterday")
  call(Exporter.perform_job, nil, 5)
  call(Exporter.job_finished, 5)
  call(Exporter.add_pending_events, 5)
  call(Exporter.add_pending_events, { 5 })
  call(Exporter.work, { nonsense = true })
  call(Exporter.run, { every_seconds = -1 })
  call(Exporter.new, 7)
  call(Exporter.new, { strem = "events" })
  call(Exporter.configure, { redis = 5 })
  local closed = assert(Exporter.new {})
  closed:close()
  call(closed.record, closed, "{}")
  call(closed.report, closed, report)
  call(closed.enable, closed)
  return list
end

-- In nginx: a spec leaves an order for a phase in a shared dictionary. The phase carries it out
-- when it runs next, and stores the result there.

local function perform(part)
  local phase = ngx.get_phase()
  local Exporter = require "kinesis_exporter"
  ngx.shared.told:set(phase .. " " .. part, json.encode(probe[part](Exporter, phase)))
end

function probe.pass()
  local order = "order " .. ngx.get_phase()
  local part = ngx.shared.told:get(order)
  ngx.shared.told:delete(order)
  if part then perform(part) end
end

-- For phases that cannot get an order.
function probe.all()
  for _, part in ipairs { "hot", "waiting", "wrong" } do perform(part) end
end

function probe.begin(settings)
  probe.settings = settings
  assert(require("kinesis_exporter").configure(settings))
  probe.all()
  return probe
end

return probe
