-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Runs a task with a progress bar, for the commands `flush` and `job`. After an interrupt the
-- calls in flight end, the other events return to pending, and the lock is released.
-- @module kinesis_exporter.cli.task_runner

local core = require "kinesis_exporter.core"
local notes = require "kinesis_exporter.cli.notes"
local progress = require "kinesis_exporter.cli.progress"

local task_runner = {}

local function to_terminal(text)
  io.stderr:write(text)
  io.stderr:flush()
end

local function progress_of(bar)
  return function(done, total)
    if bar then bar:update(done, total) end
    return not core.interrupted()
  end
end

local function failure_of(texts, n, outcome)
  if outcome ~= "partial" then return nil end
  return core.interrupted() and texts.interrupted:format(n) or texts.refused
end

local function rejected_by(exporter)
  local stats = exporter:stats()
  return stats and stats.events_rejected or 0
end

local REJECTED = "events rejected: %d, see 'kinesis-exporter rejected list'"

local function note_of(exporter, outcome, rejected)
  if rejected > 0 then return REJECTED:format(rejected) end
  return notes.note(exporter, outcome)
end

--- Performs a task.
-- @tparam table exporter
-- @tparam table texts `field`, the name of the result; and the texts for a task that was
-- `interrupted`, for one with events that Kinesis `refused`, and for what was done `before` a
-- failure
-- @tparam function perform calls the exporter's method with the options that it is given
-- @treturn table|nil
-- @treturn string|nil
function task_runner.run(exporter, texts, perform)
  local bar = core.isatty(2) and progress.new(to_terminal, core.monotonic)
  core.trap_signals()
  local n, outcome, _, before = perform { progress = progress_of(bar) }
  if bar then bar:finish(texts.counts_bar and (n or before)) end
  local rejected = rejected_by(exporter)
  if n then
    return {
      text = tostring(n),
      fields = { { texts.field, n }, { "rejected", rejected }, { "outcome", outcome } },
      note = note_of(exporter, outcome, rejected), failure = failure_of(texts, n, outcome),
    }
  end
  if (before or 0) > 0 then outcome = outcome .. texts.before:format(before) end
  if rejected > 0 then outcome = ("%s (%s)"):format(outcome, REJECTED:format(rejected)) end
  return nil, outcome
end

return task_runner
