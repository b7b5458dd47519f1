-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter failed`.
-- @module kinesis_exporter.cli.commands.failed

local columns = require "kinesis_exporter.cli.columns"

local failed_commands = {}

local COLUMNS = { "time", "attempts", "error", "job" }

function failed_commands.size(exporter)
  return columns.counted("failed", exporter:failed_jobs():size())
end

function failed_commands.list(exporter, call)
  local list, message = exporter:failed_jobs():list(call.operands[1])
  return columns.listed("jobs", list, message, COLUMNS)
end

function failed_commands.retry(exporter)
  return columns.counted("retried", exporter:failed_jobs():retry())
end

function failed_commands.delete(exporter)
  return columns.counted("deleted", exporter:failed_jobs():delete_all())
end

return failed_commands
