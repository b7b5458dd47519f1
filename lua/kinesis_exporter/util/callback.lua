-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Calls the user's functions during a task. In nginx a function may never return, because ngx.exit
-- ends the timer that performs the task. Other code can notice this: during a call `busy.outside`
-- is true, and `busy.signs` grows as long as the task is alive.
-- @module kinesis_exporter.util.callback

local callback = {}

-- Continues after the call. When the task was given up meanwhile, the handler ends here.
local function back(this, busy, fine, ...)
  if this.busy ~= busy then return this.leave() end
  busy.outside = false
  if not fine then error((...), 0) end
  return ...
end

--- Shows that the task is alive, if the current coroutine performs it.
-- @tparam table this an exporter's private part
function callback.alive(this)
  local busy = this.busy
  if busy and busy.outside and busy.owner == coroutine.running() then
    busy.signs = busy.signs + 1
  end
end

--- Calls a function.
-- @tparam table this an exporter's private part
-- @tparam function f
-- @param ... its arguments
-- @return its results
function callback.call(this, f, ...)
  local busy = this.busy
  if not busy or not busy.owner or busy.outside or busy.owner ~= coroutine.running() then
    return f(...)
  end
  busy.outside, busy.signs = true, busy.signs + 1
  return back(this, busy, pcall(f, ...))
end

return callback
