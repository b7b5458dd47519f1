-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Calls functions of the user during a task. In nginx one of them may never return, since
-- ngx.exit ends the timer that performs the task. So it can be seen from elsewhere: while one
-- is being called `busy.outside` is true, and `busy.signs` grows as long as the task is alive.
-- @module kinesis_exporter.util.callback

local callback = {}

-- What was called returned after the task had been given up: nothing more may happen here.
local function back(this, busy, fine, ...)
  if this.busy ~= busy then return this.leave() end
  busy.outside = false
  if not fine then error((...), 0) end
  return ...
end

--- Says that the task is alive, if it is the one that runs here.
-- @tparam table this what is behind an exporter
function callback.alive(this)
  local busy = this.busy
  if busy and busy.outside and busy.owner == coroutine.running() then
    busy.signs = busy.signs + 1
  end
end

--- Calls one.
-- @tparam table this what is behind an exporter
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
function callback.call(this, f, ...)
  local busy = this.busy
  if not busy or not busy.owner or busy.outside or busy.owner ~= coroutine.running() then
    return f(...)
  end
  busy.outside, busy.signs = true, busy.signs + 1
  return back(this, busy, pcall(f, ...))
end

return callback
