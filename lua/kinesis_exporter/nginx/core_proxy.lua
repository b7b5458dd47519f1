-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- An exporter's core where nothing may wait, in nginx: its methods are carried out
-- by the engine, a background thread, while the calling coroutine sleeps.
-- @module kinesis_exporter.nginx.core_proxy

local callback = require "kinesis_exporter.util.callback"
local core = require "kinesis_exporter.core"
local phases = require "kinesis_exporter.nginx.phases"
local engine_log = require "kinesis_exporter.nginx.engine_log"

local ngx = _G.ngx

local core_proxy = {}

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
  if started then engine_log.begin(this) end
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
  if this.closed then core.raise "the exporter is closed" end
  local allowed, message, code = phases.check_wait(name)
  if allowed then allowed, message, code = start(this) end
  if not allowed then return nil, message, code end
  local ticket
  ticket, message, code = post(this, name, ...)
  if not ticket then return nil, message, code end
  return wait(function()
    callback.alive(this)
    return ticket:poll()
  end)
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
  this.leave_at = core.monotonic() + this.settings.drain_timeout_ms / 1000
  call(this, "stop")
end

-- A worker that ends waits for what is in flight only as long as for its buffer. The
-- rest is in a claim, which the next export finishes.
local function step(this, ms)
  if ngx.worker.exiting() then
    stop_once(this)
    if core.monotonic() > this.leave_at then
      return nil, "the process is ending: what was in flight is sent again by the next export",
        "timeout", this.accepted
    end
  end
  local state, accepted, total, more = call(this, "step", math.min(ms, STEP_MS))
  this.accepted = state == "running" and accepted or 0
  return state, accepted, total, more
end

-- What this worker has handed in before counts for what follows: it is stored first, unless
-- that fails, which does not keep anybody from exporting what is stored.
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

-- The methods that are more than a call, by name.
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

--- Does something that must not be broken off, whatever becomes of the coroutine that wants
-- it: in a timer, while the coroutine waits.
-- @tparam table busy the task; `given_up` are its results when it was given up
-- @tparam function work
-- @param ... its arguments after `busy`
-- @return what it returns, or nil, message and code
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

-- What a light thread has done, or nil when it was waited for no longer.
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

--- Calls a function of the user that may take long, in a light thread of its own.
-- @tparam table this what is behind an exporter
-- @tparam function f
-- @tparam function stopped asked often: true when it is to be waited for no longer
-- @treturn boolean false when it was not waited for
-- @return what it returned
function core_proxy.beside(this, f, stopped)
  local done = callback.call(this, in_thread, this, f, stopped)
  if not done then return false end
  if not done[1] then error(done[2], 0) end
  return true, unpack(done, 2, done.n)
end

-- Ends the handler that runs.
local function leave()
  ngx.exit(ngx.OK)
end

-- For loops that work until the worker process ends.
local function sleep(seconds)
  ngx.sleep(math.max(seconds, FIRST)) -- none at all would be a busy loop
  return not ngx.worker.exiting()
end

--- Opens what is behind an exporter in nginx. Nothing is started.
-- @tparam table settings
-- @treturn table|nil `core`, `channel`, `settings`; `record` and `report`, functions
-- that take an event, a report or a list of reports; `detached`, `beside` and `leave`, for
-- tasks; `sleep`, `ending` and `check_wait`, for loops
-- @treturn string|nil message
-- @treturn string|nil code
function core_proxy.open(settings)
  local probe, message, code = core.new(settings)
  if not probe then return nil, message, code end
  probe:close()
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
