-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Mistakes that a program can make with each public function. Each mistake is a function on a line
-- of its own, and the error must name that line.

local blame = {}

local function good() return { service_id = "1006", usage = { hits = 1 } } end

local function with(name, value)
  local report = good()
  report[name] = value
  return report
end

local function of_module(Exporter, list)
  local function add(f) list[#list + 1] = f end
  add(function() Exporter.new(7) end)
  add(function() Exporter.new { strem = "events" } end)
  add(function() Exporter.new { redis = 5 } end)
  add(function() Exporter.configure(7) end)
  add(function() Exporter.configure { linger_ms = "x" } end)
  add(function() Exporter.record(12) end)
  add(function() Exporter.record { a = {} } end)
  add(function() Exporter.record {} end)
  add(function() Exporter.report "x" end)
  add(function() Exporter.report { nonsense = 1 } end)
  add(function() Exporter.flush_pending_events(-1) end)
  add(function() Exporter.perform_job "yesterday" end)
  add(function() Exporter.add_pending_events(5) end)
  add(function() Exporter.add_pending_events { 5 } end)
  add(function() Exporter.job_finished(5) end)
  add(function() Exporter.work { nonsense = 1 } end)
  add(function() Exporter.run { every_seconds = -1 } end)
end

local function of_events_and_reports(own, list)
  local function add(f) list[#list + 1] = f end
  add(function() own:record() end)
  add(function() own:record { [{}] = "a" } end)
  add(function() own:record { a = 0 / 0 } end)
  add(function() own:add_pending_events { "{}", { a = print } } end)
  add(function() own:add_pending_events { {} } end)
  add(function() own:add_pending_events { service = "1", metric = "2" } end)
  add(function() own:report() end)
  add(function() own:report { good(), "report" } end)
  add(function() own:report { service_id = "1006" } end)
  add(function() own:report { usage = { hits = 1 } } end)
  for name, value in pairs {
    service_id = "a/b", application_id = true, user_id = "", usage = 1, response_code = 99,
    timestamp = "now",
  } do
    add(function() own:report(with(name, value)) end)
  end
  add(function() own:report(with("usage", { hits = -1 })) end)
  add(function() own:report(with("response_code", 200.5)) end)
  add(function() own:report(with("service_id", 1.5)) end)
end

local function of_others(own, list)
  local function add(f) list[#list + 1] = f end
  add(function() own:flush_pending_events("x") end)
  add(function() own:flush_pending_events(1, 5) end)
  add(function() own:flush_pending_events(1, { progres = print }) end)
  add(function() own:flush_pending_events(1, { progress = 5 }) end)
  add(function() own:perform_job(true) end)
  add(function() own:perform_job(nil, 5) end)
  add(function() own:perform_job(nil, nil, { progress = 5 }) end)
  add(function() own:job_finished() end)
  add(function() own:work(5) end)
  add(function() own:work { poll_seconds = -1 } end)
  add(function() own:run { once = true } end)
  add(function() own:failed_jobs():list(-1) end)
  add(function() own:rejected_events():list "x" end)
end

-- Each method, called without an exporter, and with one that is closed.
local function of_all(Exporter, own, list)
  local closed = assert(Exporter.new {})
  closed:close()
  local arguments = {
    record = { "{}" }, report = { good() }, add_pending_events = { {} }, job_finished = { "key" },
  }
  for name, method in pairs(getmetatable(own)) do
    if type(method) == "function" and not name:find "^__" then
      list[#list + 1] = function() method() end
      local given = arguments[name] or {}
      local makes_object = name:find "^buckets" or name:find "_jobs$" or name == "rejected_events"
      if name ~= "close" and not makes_object then
        list[#list + 1] = function() method(closed, given[1]) end
      end
    end
  end
  for _, name in ipairs { "buckets", "failed_jobs", "rejected_events" } do
    local object = closed[name](closed)
    list[#list + 1] = function() object:size() end
    list[#list + 1] = function() object.size() end
  end
end

local function of_modules(list)
  local doctor, redshift = require "kinesis_exporter.doctor", require "kinesis_exporter.redshift"
  local function add(f) list[#list + 1] = f end
  add(function() doctor.examine(5) end)
  add(function() doctor.examine { strem = "events" } end)
  for _, name in ipairs { "create", "load", "check" } do
    add(function() redshift[name](5) end)
    add(function() redshift[name] { nonsense = 1 } end)
  end
end

-- Makes all the mistakes. Gives their number, and the errors that name another place.
function blame.wrong(Exporter, settings)
  local own, list, wrong = assert(Exporter.new(settings)), {}, {}
  of_module(Exporter, list)
  of_events_and_reports(own, list)
  of_others(own, list)
  of_all(Exporter, own, list)
  of_modules(list)
  for _, f in ipairs(list) do
    local line = debug.getinfo(f, "S").linedefined
    local fine, message = pcall(f)
    if fine or not tostring(message):find("blame.lua:" .. line .. ": ", 1, true) then
      wrong[#wrong + 1] = line .. " " .. tostring(message)
    end
  end
  own:close()
  return #list, wrong
end

return blame
