-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What specs of the engine share: channels of the core, waiting for calls, and programs that end
-- while the engine still has events.

local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local worlds = require "worlds"
local helper = require "helper"

local engines = {}

-- Calls `test` until it gives something true, and returns that. It starts no process for its
-- pauses.
function engines.wait(test, what)
  local deadline = core.monotonic() + 30
  repeat
    local result = test()
    if result then return result end
    core.sleep(0.002)
  until core.monotonic() > deadline
  error("waited for " .. (what or "a condition") .. ", which did not come", 2)
end

-- The first value, and a list of the others.
local function split(first, ...)
  return first, { n = select("#", ...), ... }
end

-- What a call has returned, as a list with its length n.
function engines.await(call)
  local done, results
  engines.wait(function()
    done, results = split(call:poll())
    return done
  end, "a call")
  return results
end

-- A channel in a table: channel, record(event), report(reports), look(), close(),
-- post(name, ...), call(name, ...) -> the first three of what the method returns; settle() waits
-- until everything that it took is stored. The other options have their defaults.
function engines.open(settings)
  local channel = assert(core.channel(config.complete(settings)))
  local opened = { channel = channel, record = channel:recorder(), report = channel:reporter() }
  function opened.look() return channel:look() end
  function opened.post(...) return channel:post(...) end
  function opened.close() channel:close() end

  function opened.call(...)
    local results = engines.await(assert(channel:post(...)))
    return results[1], results[2], results[3]
  end

  function opened.settle()
    local fine = pcall(engines.wait, function() return channel:look().bytes_buffered == 0 end)
    if not fine then error("not stored: " .. helper.json.encode(channel:look()), 2) end
  end
  return opened
end

-- The same, started.
function engines.start(settings)
  local opened = engines.open(settings)
  assert(opened.channel:start())
  return opened
end

-- The stored events of a world's inbox, in their order.
function engines.stored(world)
  local list = {}
  for _, line in ipairs(world.redis.cli("LRANGE", worlds.keys.inbox, "0", "-1")) do
    if line ~= "" then list[#list + 1] = line end
  end
  return list
end

-- Runs a program in a process of its own, which has `engines` and a started channel `opened`. Gives
-- its exit code, standard output and standard error.
function engines.run(settings, code)
  local chunk = ([[
    package.path, package.cpath = %q, %q
    local engines, core = require "engines", require "kinesis_exporter.core"
    local settings = %q
    local opened = engines.start(require "cjson".decode(settings))
    local function record(n)
      for i = 1, n do assert(opened.record(('{"n":"%%d"}'):format(i))) end
    end
    %s]]):format(package.path, package.cpath, helper.json.encode(settings), code)
  return helper.run({ helper.interpreter, "-e", chunk }, { seconds = 60 })
end

return engines
