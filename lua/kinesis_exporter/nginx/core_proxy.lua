-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- An exporter's core in nginx, where code must not block. The engine, a background thread,
-- performs its methods while the calling coroutine sleeps.
-- @module kinesis_exporter.nginx.core_proxy

local callback = require "kinesis_exporter.util.callback"
local core = require "kinesis_exporter.core"
local phases = require "kinesis_exporter.nginx.phases"
local engine_log = require "kinesis_exporter.nginx.engine_log"

local ngx = _G.ngx

local core_proxy = {}

-- The pause in seconds between two looks whether a call is done: short at first, then longer.
local FIRST, LONGEST = 0.001, 0.016

-- The longest step of a task, in milliseconds. Other calls wait for the engine at most this long.
local STEP_MS = 10

-- The calls of a task that has begun. When the engine has no room for another call, they wait.
local OF_TASKS = {
  step = true, stop = true, invalid_keys = true, set_credentials = true, request = true,
  response = true, end_request = true,
}

local function pack(...)
  return { n = select("#", ...), ... }
end

-- Sleeps until the first result of `ready` is true, and returns its other results.
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
  if started then engine_log.begin(this) end
  return started, message, code
end

local function post(this, name, ...)
  local pause = FIRST
  while true do
    local posted, message, code = this.channel:post(name, ...)
    if code ~= "backpressure" or not OF_TASKS[name] then return posted, message, code end
    ngx.sleep(pause)
    pause = math.min(2 * pause, LONGEST)
  end
end

local function call(this, name, ...)
  if this.closed then core.raise "the exporter is closed" end
  local allowed, message, code = phases.check_wait(name)
  if allowed then allowed, message, code = start(this) end
  if not allowed then return nil, message, code end
  local posted
  posted, message, code = post(this, name, ...)
  if not posted then return nil, message, code end
  return wait(function()
    callback.alive(this)
    return posted:poll()
  end)
end

-- Makes the function that takes events or reports without waiting.
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

-- Adds what the engine has counted for the exporter.
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
  this.leave_at = core.monotonic() + this.settings.drain_timeout_ms / 1000
  call(this, "stop")
end

-- A worker process that ends waits for calls in flight at most as long as for its buffer. The other
-- events are in a claim, which the next export finishes.
local function step(this, ms)
  if ngx.worker.exiting() then
    stop_once(this)
    if core.monotonic() > this.leave_at then
      return nil, "the process is ending: the next export sends again what was in flight",
        "timeout", this.accepted
    end
  end
  local state, accepted, total, more = call(this, "step", math.min(ms, STEP_MS))
  this.accepted = state == "running" and accepted or 0
  return state, accepted, total, more
end

-- First the events that this worker process has taken are stored, so that the call sees them. If
-- that fails, the call is made nevertheless, for the events that are stored.
local function call_after_storing(name)
  return function(this, ...)
    if not this.closed and phases.check_wait(name) and this.watched then
      local hurry = this.channel:hurry()
      wait(function()
        callback.alive(this)
        return this.closed or this.channel:stored(hurry)
      end)
    end
    return call(this, name, ...)
  end
end

-- The methods that do more than one call, by name.
local SPECIAL = {
  flush_begin = call_after_storing "flush_begin",
  job_begin = call_after_storing "job_begin",
  num_pending_events = call_after_storing "num_pending_events",
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

-- Makes an object with the methods of a core. Each method is made at its first use.
local function stub(this)
  return setmetatable({}, {
    __index = function(self, name)
      local made = method(this, name)
      rawset(self, name, made)
      return made
    end,
  })
end

--- Runs a function in a timer while the calling coroutine waits. So the function goes on when that
-- coroutine is ended.
-- @tparam table busy the task; `given_up` are its results when it was given up
-- @tparam function work
-- @param ... the arguments of `work` after `busy`
-- @return the results of `work`, or nil, message and code
function core_proxy.detached(busy, work, ...)
  local allowed, message, code = phases.check_wait "a task"
  if not allowed then return nil, message, code end
  local arguments, done = pack(...), nil
  local begun, why = ngx.timer.at(0, function(premature)
    done = premature and { true, nil, "the process is ending", "timeout", n = 4 }
      or pack(pcall(work, busy, unpack(arguments, 1, arguments.n)))
  end)
  if not begun then return nil, "cannot begin: ngx.timer.at: " .. why, "timeout" end
  wait(function() return done ~= nil or busy.given_up ~= nil end)
  if busy.given_up then return unpack(busy.given_up, 1, busy.given_up.n) end
  if not done[1] then error(done[2], 0) end
  return unpack(done, 2, done.n)
end

-- Runs a function in a light thread. Returns its results, or nil when waiting ended before.
local function in_thread(this, f, stopped)
  local done
  local thread = assert(ngx.thread.spawn(function() done = pack(pcall(f)) end))
  wait(function()
    callback.alive(this)
    return done ~= nil or stopped() or this.ending()
  end)
  if done then
    ngx.thread.wait(thread)
  else
    ngx.thread.kill(thread)
  end
  return done
end

--- Calls a user's function that may take long, in a light thread of its own.
-- @tparam table this an exporter's private part
-- @tparam function f
-- @tparam function stopped called often; waiting ends when it returns true
-- @treturn boolean false when waiting ended before the function
-- @return the function's results
function core_proxy.beside(this, f, stopped)
  local done = callback.call(this, in_thread, this, f, stopped)
  if not done then return false end
  if not done[1] then error(done[2], 0) end
  return true, unpack(done, 2, done.n)
end

-- Ends the current handler.
local function leave()
  ngx.exit(ngx.OK)
end

-- The sleep of loops that work until the worker process ends. Returns false when it is ending.
local function sleep(seconds)
  ngx.sleep(math.max(seconds, FIRST)) -- a loop without any sleep would be a busy loop
  return not ngx.worker.exiting()
end

--- Makes the private part of an exporter in nginx. It does not start the engine.
-- @tparam table settings
-- @treturn table|nil `core`, `channel`, `settings`; `record` and `report`, functions
-- that take an event, a report or a list of reports; `detached`, `beside` and `leave`, for
-- tasks; `sleep`, `ending` and `check_wait`, for loops
-- @treturn string|nil message
-- @treturn string|nil code
function core_proxy.open(settings)
  local checked, message, code = core.new(settings)
  if not checked then return nil, message, code end
  checked:close()
  local this = {
    settings = settings, detached = core_proxy.detached, beside = core_proxy.beside, leave = leave,
    sleep = sleep, ending = ngx.worker.exiting, check_wait = phases.check_wait,
  }
  this.channel, message, code = core.channel(settings)
  if not this.channel then return nil, message, code end
  this.core = stub(this)
  this.record = taker(this, this.channel:recorder())
  this.report = taker(this, this.channel:reporter())
  return this
end

return core_proxy
