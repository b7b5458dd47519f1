-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- An exporter's core where nothing may wait, in nginx: its methods are carried out
-- by the engine, a background thread, while the calling coroutine sleeps.
-- @module kinesis_exporter.remote

local core = require "kinesis_exporter.core"
local phases = require "kinesis_exporter.phases"
local watch = require "kinesis_exporter.watch"

local ngx = _G.ngx

local remote = {}

-- How often a coroutine looks whether its call is done, in seconds: soon at first.
local FIRST, LONGEST = 0.001, 0.016

-- The longest step of a task, in milliseconds: what others have for the engine waits as
-- long.
local STEP_MS = 10

-- Steps of a task that has been begun: they are waited with until there is room.
local OF_TASKS = {
  step = true, stop = true, invalid_keys = true, set_credentials = true, request = true,
  response = true, end_request = true,
}

local function pack(...)
  return { n = select("#", ...), ... }
end

-- Sleeps until `ready` returns true first; the rest is what it returns then.
local function wait(ready)
  local pause = FIRST
  while true do
    local results = pack(ready())
    if results[1] then return unpack(results, 2, results.n) end
    ngx.sleep(pause)
    pause = math.min(2 * pause, LONGEST)
  end
end

local function start(this)
  local allowed, message, code = phases.check_worker()
  if not allowed then return nil, message, code end
  local started
  started, message, code = this.channel:start()
  if started then watch.begin(this) end
  return started, message, code
end

local function post(this, name, ...)
  local pause = FIRST
  while true do
    local ticket, message, code = this.channel:post(name, ...)
    if code ~= "backpressure" or not OF_TASKS[name] then return ticket, message, code end
    ngx.sleep(pause)
    pause = math.min(2 * pause, LONGEST)
  end
end

local function call(this, name, ...)
  if this.closed then error("the exporter is closed", 4) end
  local allowed, message, code = phases.check_wait(name)
  if allowed then allowed, message, code = start(this) end
  if not allowed then return nil, message, code end
  local ticket
  ticket, message, code = post(this, name, ...)
  if not ticket then return nil, message, code end
  return wait(function() return ticket:poll() end)
end

-- What takes events or reports without waiting.
local function taker(this, take)
  return function(value)
    local taken, message, code = take(value)
    if taken ~= false then return taken, message, code end
    local started
    started, message, code = start(this)
    if not started then return nil, message, code end
    return take(value)
  end
end

--- What a core of its own counts, and the engine for it.
local function add_stats(this, stats)
  local look = this.channel:look()
  for name, value in pairs(look) do
    if type(value) == "number" and name ~= "turns" then
      stats[name] = (stats[name] or 0) + value
    end
  end
  return stats
end

local function stop_once(this)
  if this.leave_at then return end
  this.leave_at = ngx.now() + this.settings.drain_timeout_ms / 1000
  call(this, "stop")
end

-- A worker that ends waits for what is in flight only as long as for its buffer. The
-- rest is in a claim, which the next export finishes.
local function step(this, ms)
  if ngx.worker.exiting() then
    stop_once(this)
    if ngx.now() > this.leave_at then
      return nil, "the process is ending: what was in flight is sent again by the next export",
        "timeout", this.accepted
    end
  end
  local state, accepted, total, more = call(this, "step", math.min(ms, STEP_MS))
  this.accepted = state == "running" and accepted or 0
  return state, accepted, total, more
end

-- The methods that are more than a call, by name.
local SPECIAL = {
  step = step,
  add_events = function(this, list)
    core.check_events(list)
    return call(this, "add_events", list)
  end,
  stats = function(this)
    local stats, message, code = call(this, "stats")
    if not stats then return nil, message, code end
    return add_stats(this, stats)
  end,
  close = function(this)
    this.channel:close()
    this.closed = true
    if ngx.get_phase() == "exit_worker" then core.drain() end
    return true
  end,
}

local function method(this, name)
  local special = SPECIAL[name]
  if special then return function(_, ...) return special(this, ...) end end
  return function(_, ...) return call(this, name, ...) end
end

-- Has the methods of a core, which are made as they are needed.
local function stub(this)
  return setmetatable({}, {
    __index = function(self, name)
      local made = method(this, name)
      rawset(self, name, made)
      return made
    end,
  })
end

--- Does something that must not be broken off, whatever becomes of the request that
-- wants it: in a timer, while the request waits.
-- @tparam function work
-- @param ... its arguments
-- @return what it returns, or nil, message and code
function remote.detached(work, ...)
  local allowed, message, code = phases.check_wait "a task"
  if not allowed then return nil, message, code end
  if ngx.get_phase() == "timer" then return work(...) end
  local arguments, done = pack(...), nil
  local begun, why = ngx.timer.at(0, function(premature)
    done = premature and { true, nil, "the process is ending", "timeout", n = 4 }
      or pack(pcall(work, unpack(arguments, 1, arguments.n)))
  end)
  if not begun then return nil, "cannot begin: ngx.timer.at: " .. why, "timeout" end
  wait(function() return done ~= nil end)
  if not done[1] then error(done[2], 0) end
  return unpack(done, 2, done.n)
end

-- For loops that work until the worker process ends.
local function sleep(seconds)
  ngx.sleep(math.max(seconds, FIRST)) -- none at all would be a busy loop
  return not ngx.worker.exiting()
end

--- Opens what is behind an exporter in nginx. Nothing is started.
-- @tparam table settings
-- @treturn table|nil `core`, `channel`, `settings`; `record` and `report`, functions
-- that take an event, a report or a list of reports; `detached`; `sleep`, `ending`
-- and `check_wait`, for loops
-- @treturn string|nil message
-- @treturn string|nil code
function remote.open(settings)
  local probe, message, code = core.new(settings)
  if not probe then return nil, message, code end
  probe:close()
  local this = {
    settings = settings, detached = remote.detached, sleep = sleep, ending = ngx.worker.exiting,
    check_wait = phases.check_wait,
  }
  this.channel, message, code = core.channel(settings)
  if not this.channel then return nil, message, code end
  this.core = stub(this)
  this.record = taker(this, this.channel:recorder())
  this.report = taker(this, this.channel:reporter())
  return this
end

return remote
