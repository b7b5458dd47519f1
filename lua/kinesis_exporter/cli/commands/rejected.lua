-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter rejected`.
-- @module kinesis_exporter.cli.commands.rejected

local columns = require "kinesis_exporter.cli.columns"

local rejected_commands = {}

local COLUMNS = { "time", "reason", "event" }

function rejected_commands.size(exporter)
  return columns.counted("rejected", exporter:rejected_events():size())
end

function rejected_commands.list(exporter, call)
  local list, message = exporter:rejected_events():list(call.operands[1])
  return columns.listed("events", list, message, COLUMNS)
end

function rejected_commands.retry(exporter)
  return columns.counted("retried", exporter:rejected_events():retry())
end

function rejected_commands.delete(exporter)
  return columns.counted("deleted", exporter:rejected_events():delete_all())
end

return rejected_commands
