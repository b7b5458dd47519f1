-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The processes of the soak: producers, which print each event that was acknowledged, and
-- exporters. They continue after a failure, until they are killed or a signal ends them. They can
-- be stopped for some time, and the clock of their machine can be wrong.

local cjson = require "cjson"
local processes = require "processes"

local soaking = {}

local function say(...)
  io.write(table.concat({ ... }, " "), "\n")
  io.flush()
end

local roles = {}

-- Records one event in each turn. Prints "id ID" for each event that was acknowledged.
function roles.record(exporter, given, core)
  local number = 0
  return function()
    number = number + 1
    local id = given.name .. "-" .. number
    local event = ('{"service":"1006","value":"1","n":"%s"}'):format(id)
    if exporter:record(event) then say("id", id) end
    core.sleep(0.01)
  end
end

-- Makes one report in each turn. Prints "report" for each report that was acknowledged. Each
-- application has two reports only, so that no later report hides what a job has missed.
function roles.report(exporter, given, core)
  local number = 0
  return function()
    number = number + 1
    local application = ("%s-%d"):format(given.name, math.floor(number / 2))
    if exporter:report { service_id = "2000", application_id = application,
                         usage = { hits = 1 } } then say "report" end
    core.sleep(0.01)
  end
end

-- Prints "flushed N" for each flush that succeeded, and "failed" with the reason for the others.
function roles.flush(exporter, _, core)
  return function()
    local sent, message, code = exporter:flush_pending_events()
    if sent == nil then say("failed", code, message) end
    if sent and not message then say("flushed", sent) end
    core.sleep(0.05)
  end
end

function roles.run(exporter, _, core)
  return function()
    local done, message = exporter:run { every_seconds = 1, poll_seconds = 0.05,
                                         worker_ttl_seconds = 1, stop = core.interrupted }
    if not done then
      say("ended", tostring(message))
      core.sleep(0.1)
    end
  end
end

function soaking.child(json)
  local core = require "kinesis_exporter.core"
  local given = cjson.decode(json)
  core.trap_signals()
  given.settings.log = function() end
  local exporter = assert(require("kinesis_exporter").new(given.settings))
  local turn = roles[given.role](exporter, given, core)
  say "begun"
  while not core.interrupted() do turn() end
end

function soaking.faketime()
  local path = processes.output "ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1"
  assert(path ~= "", "libfaketime is missing: run tools/setup test")
  return path
end

-- The environment of a process on a machine whose clock is wrong by the offset in a file ("+3h").
-- The file may change. Timeouts are measured by the kernel's clock and stay right.
function soaking.environment(clock_file)
  return {
    FAKETIME_DONT_FAKE_MONOTONIC = "1", FAKETIME_NO_CACHE = "1",
    FAKETIME_TIMESTAMP_FILE = clock_file, LD_PRELOAD = soaking.faketime(),
  }
end

-- A killed process leaves these files. The next process with the same number would not start.
function soaking.forget_clock(pid)
  os.remove("/dev/shm/faketime_shm_" .. pid)
  os.remove("/dev/shm/sem.faketime_sem_" .. pid)
end

-- Starts one. `given`: `role`, `name`, `settings`; `clock_file`, if its machine's clock is wrong.
function soaking.start(given)
  local chunk = ("package.path, package.cpath = %q, %q require('soaking').child(%q)")
    :format(package.path, package.cpath, cjson.encode(given))
  local words = { processes.interpreter, "-e", chunk }
  if given.clock_file then
    table.insert(words, 1, "env")
    for name, value in pairs(soaking.environment(given.clock_file)) do
      table.insert(words, 2, name .. "=" .. value)
    end
  end
  local directory = processes.temporary_directory()
  local child = processes.start(words, function(started)
    return started.output():match "begun\n"
  end, { directory = directory })

  function child.resident_kib()
    return tonumber(processes.read_file("/proc/" .. child.pid .. "/status")
      :match "VmRSS:%s+(%d+)")
  end

  -- Ends it with a signal and gives all that it has printed.
  function child.ended(signal)
    child.signal(signal)
    processes.wait_until(function() return not child.alive() end, 60, given.role .. " to end")
    local told = child.output()
    child.stop()
    soaking.forget_clock(child.pid)
    processes.remove_directory(directory)
    return told
  end

  return child
end

-- The stopped processes. stop(pid, seconds) stops a process, unless it is stopped already or has
-- ended, and says whether it did. wake() continues the processes whose time is over, wake_all()
-- continues all of them.
function soaking.stops()
  local stops, until_when = {}, {}

  local function state(pid)
    return (processes.read_file("/proc/" .. pid .. "/stat") or ""):match "%) (%a)"
  end

  local function go_on(pid)
    if state(pid) == "T" then os.execute("kill -CONT " .. pid) end
    until_when[pid] = nil
  end

  function stops.stop(pid, seconds)
    if until_when[pid] or not state(pid) then return false end
    os.execute("kill -STOP " .. pid)
    until_when[pid] = os.time() + seconds
    return true
  end

  function stops.wake()
    local due = {}
    for pid, time in pairs(until_when) do
      if os.time() >= time then due[#due + 1] = pid end
    end
    for _, pid in ipairs(due) do go_on(pid) end
  end

  function stops.wake_all()
    for pid in pairs(until_when) do until_when[pid] = 0 end
    stops.wake()
  end

  return stops
end

return soaking
