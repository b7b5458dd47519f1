-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The command `flush`.
-- @module kinesis_exporter.cli.commands.flush

local task_runner = require "kinesis_exporter.cli.task_runner"

local flush_command = {}

local TEXTS = {
  field = "sent",
  counts_bar = true,
  interrupted = "interrupted: %d events were sent, the others are pending: "
    .. "run kinesis-exporter flush again",
  refused = "Kinesis refused some events, or it is not known whether it has them: "
    .. "they are pending, run kinesis-exporter flush again",
  before = " (%d events were sent before that)",
}

--- Sends pending events.
function flush_command.run(exporter, call)
  return task_runner.run(exporter, TEXTS, function(options)
    return exporter:flush_pending_events(call.options.limit, options)
  end)
end

return flush_command
