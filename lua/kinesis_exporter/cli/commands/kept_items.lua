-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands that the failed jobs and the rejected events have in common: size, list, retry
-- and delete.
-- @module kinesis_exporter.cli.commands.kept_items

local columns = require "kinesis_exporter.cli.columns"

local kept_items = {}

--- Makes the commands.
-- @tparam string method of the exporter that returns the object with the items
-- @tparam table names of members of the result: `size` and `list`; and `columns`, the fields of an
-- item that `list` shows
-- @treturn table `size`, `list`, `retry` and `delete`
function kept_items.commands(method, names)
  local commands = {}
  local function items_of(exporter) return exporter[method](exporter) end

  function commands.size(exporter)
    return columns.counted(names.size, items_of(exporter):size())
  end

  function commands.list(exporter, call)
    local list, message = items_of(exporter):list(call.operands[1])
    return columns.listed(names.list, list, message, names.columns)
  end

  function commands.retry(exporter)
    return columns.counted("retried", items_of(exporter):retry())
  end

  function commands.delete(exporter)
    return columns.counted("deleted", items_of(exporter):delete_all())
  end

  return commands
end

return kept_items
