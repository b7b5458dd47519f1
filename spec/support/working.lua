-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Workers in processes of their own, for specs that kill and stop them. They print what they do,
-- one line for each action.

local cjson = require "cjson"
local processes = require "processes"

local working = {}

local class = "ThreeScale::Backend::Analytics::Kinesis::Job"

-- A job as it is queued.
function working.job(lock_key, end_time)
  return ('{"class":"%s","args":["%s","%s",1795372250.5]}'):format(class,
    end_time or os.date "!%Y-%m-%d %H:%M:%S UTC", lock_key)
end

local function say(...)
  io.write(table.concat({ ... }, " "), "\n")
  io.flush()
end

-- Works until it is killed or a signal stops it, as the command does. With `told` it prints each
-- job and does not perform it.
function working.child(json)
  local core = require "kinesis_exporter.core"
  local Exporter = require "kinesis_exporter"
  local given = cjson.decode(json)
  given.settings.log = function(level, message) say(level, message) end
  given.options.stop = core.interrupted
  core.trap_signals()
  local exporter = assert(Exporter.new(given.settings))
  if given.told then
    rawset(exporter, "perform_job", function(_, _, lock_key)
      say("performed", lock_key)
      return 0
    end)
  end
  say "begun"
  say("returned", tostring((assert(exporter[given.method or "work"](exporter, given.options)))))
end

-- Starts one. `given`: `settings` of its exporter, `options` of `method` (work), `told`.
function working.start(given)
  given.options = given.options or {}
  given.options.poll_seconds = given.options.poll_seconds or 0.05
  local chunk = ("package.path, package.cpath = %q, %q require('working').child(%q)")
    :format(package.path, package.cpath, cjson.encode(given))
  local directory = processes.temporary_directory()
  local child = processes.start({ processes.interpreter, "-e", chunk }, function(started)
    return started.output():match "begun\n"
  end, { directory = directory })

  function child.wait_for(text)
    processes.wait_until(function() return child.output():find(text, 1, true) end, 30,
      text .. " from a worker")
  end

  -- Waits until it has ended and gives all that it has printed.
  function child.ended()
    processes.wait_until(function() return not child.alive() end, 30, "a worker to end")
    local told = child.output()
    child.stop()
    processes.remove_directory(directory)
    return told
  end

  return child
end

return working
