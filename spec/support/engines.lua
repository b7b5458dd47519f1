-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What specs of the engine share: channels of the core, calls that are waited for, and programs
-- that end with events in their hands.

local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local worlds = require "worlds"
local helper = require "helper"

local engines = {}

-- Polls, without a process for each pause, until `test` gives something true: that.
function engines.wait(test, what)
  local deadline = core.monotonic() + 30
  repeat
    local result = test()
    if result then return result end
    core.sleep(0.002)
  until core.monotonic() > deadline
  error("waited in vain for " .. (what or "a condition"), 2)
end

-- All values but the first, which is returned apart.
local function split(first, ...)
  return first, { n = select("#", ...), ... }
end

-- What a ticket's call has returned, as a list with its length n.
function engines.await(ticket)
  local done, results
  engines.wait(function()
    done, results = split(ticket:poll())
    return done
  end, "a call")
  return results
end

-- A channel in a table: channel, record(event), report(reports), look(), close(),
-- post(name, ...), call(name, ...) -> the first three of what the method returns; settle() waits
-- until all that it took is stored. The options' defaults complete `settings`.
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

-- Runs a program in a process of its own, with `engines` and a started channel `opened` at hand:
-- exit code, standard output, standard error.
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
