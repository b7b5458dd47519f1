-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The processes of the soak: producers, which tell each event that was acknowledged, and exporters.
-- All go on after a failure, until they are killed or a signal stops them.

local cjson = require "cjson"
local helper = require "helper"
local processes = require "processes"

local soaking = {}

local function say(...)
  io.write(table.concat({ ... }, " "), "\n")
  io.flush()
end

local roles = {}

-- An event at a time: "id ID" for each that was acknowledged.
function roles.record(exporter, given)
  local number = 0
  return function()
    number = number + 1
    local id = given.name .. "-" .. number
    local event = ('{"service":"1006","value":"1","n":"%s"}'):format(id)
    if exporter:record(event) then say("id", id) end
    helper.sleep "0.01"
  end
end

-- A report at a time: "report" for each that was acknowledged.
function roles.report(exporter, given)
  local number = 0
  return function()
    number = number + 1
    if exporter:report { service_id = "2000", application_id = given.name .. number % 7,
                         usage = { hits = 1 } } then say "report" end
    helper.sleep "0.02"
  end
end

function roles.flush(exporter)
  return function()
    local sent, message = exporter:flush_pending_events()
    say("flushed", tostring(sent), tostring(message))
    helper.sleep "0.05"
  end
end

function roles.run(exporter, _, stop)
  return function()
    local done, message = exporter:run { every_seconds = 1, poll_seconds = 0.05,
                                         worker_ttl_seconds = 1, stop = stop }
    if not done then
      say("ended", tostring(message))
      helper.sleep "0.1"
    end
  end
end

function soaking.child(json)
  local core = require "kinesis_exporter.core"
  local given = cjson.decode(json)
  core.trap_signals()
  given.settings.log = function() end
  local exporter = assert(require("kinesis_exporter").new(given.settings))
  local turn = roles[given.role](exporter, given, core.interrupted)
  say "begun"
  while not core.interrupted() do turn() end
end

-- Starts one. `given`: `role`, `name`, `settings`; `clock_file`, which says how far its clock is
-- off, as faketime has it ("+3h"), and may change.
function soaking.start(given)
  local interpreter = os.getenv("KX_LUA") or "lua5.4"
  local chunk = ("package.path, package.cpath = %q, %q require('soaking').child(%q)")
    :format(package.path, package.cpath, cjson.encode(given))
  local words = { interpreter, "-e", chunk }
  if given.clock_file then
    -- Timeouts are the kernel's and stay so.
    words = { "env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1",
              "FAKETIME_TIMESTAMP_FILE=" .. given.clock_file, "LD_PRELOAD=" .. soaking.faketime(),
              interpreter, "-e", chunk }
  end
  local directory = processes.temporary_directory()
  local child = processes.start(words, function(started)
    return started.output():match "begun\n"
  end, { directory = directory })

  function child.resident_kib()
    return tonumber(helper.read_file("/proc/" .. child.pid .. "/status"):match "VmRSS:%s+(%d+)")
  end

  -- Ends it with a signal and gives all that it told.
  function child.ended(signal)
    child.signal(signal)
    processes.wait_until(function() return not child.alive() end, 60, given.role .. " to end")
    local told = child.output()
    child.stop()
    processes.remove_directory(directory)
    return told
  end

  return child
end

function soaking.faketime()
  local path = processes.output "ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1"
  assert(path ~= "", "libfaketime is missing: run tools/setup test")
  return path
end

return soaking
