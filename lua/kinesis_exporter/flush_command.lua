-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The command `flush`.
-- @module kinesis_exporter.flush_command

local core = require "kinesis_exporter.core"
local progress = require "kinesis_exporter.progress"

local flush_command = {}

local function to_terminal(text)
  io.stderr:write(text)
  io.stderr:flush()
end

local function watcher(bar)
  return function(done, total)
    if bar then bar:update(done, total) end
    return not core.interrupted()
  end
end

local function holder(exporter)
  local status = exporter:status()
  if not (status and status.lock) then return "" end
  local ttl = status.lock_ttl_ms
  local left = ttl and ttl >= 0 and (", for %d s yet"):format(math.ceil(ttl / 1000)) or ""
  return (" (%s%s)"):format(status.lock, left)
end

-- What is said to each outcome: a note where nothing is wrong, else a failure.
local OUTCOMES = {
  disabled = function()
    return { note = "exporting is off: run kinesis-exporter enable" }
  end,
  locked = function(exporter)
    return { note = "another exporter holds the lock" .. holder(exporter) .. ": try again later" }
  end,
  partial = function(_, sent)
    if core.interrupted() then
      return { failure = ("interrupted: %d events were sent, the others are pending: "
        .. "run kinesis-exporter flush again"):format(sent) }
    end
    return { failure = "Kinesis refused some events or left open whether it has them: "
      .. "they are pending, run kinesis-exporter flush again" }
  end,
}

local function result(exporter, sent, outcome)
  local said = outcome and OUTCOMES[outcome](exporter, sent) or {}
  said.text = tostring(sent)
  said.fields = { { "sent", sent }, { "outcome", outcome } }
  return said
end

--- Sends pending events. An interrupt lets the calls in flight end, gives the
-- other events back and releases the lock.
function flush_command.run(exporter, call)
  local bar = core.isatty(2) and progress.new(to_terminal, core.monotonic)
  core.trap_signals()
  local sent, outcome, _, before = exporter:flush_pending_events(call.options.limit,
    { progress = watcher(bar) })
  if bar then bar:finish(sent or before) end
  if sent then return result(exporter, sent, outcome) end
  if (before or 0) == 0 then return nil, outcome end
  return nil, ("%s (%d events were sent before that)"):format(outcome, before)
end

return flush_command
