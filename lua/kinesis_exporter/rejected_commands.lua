-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter rejected`.
-- @module kinesis_exporter.rejected_commands

local rejected_commands = {}

local MOST_SHOWN = 200

local function counted(name, n, message)
  if not n then return nil, message end
  return { text = ("%d"):format(n), fields = { { name, n } } }
end

-- Cut where no character is.
local function shortened(text)
  if #text <= MOST_SHOWN then return text end
  local begin = text:sub(1, MOST_SHOWN):gsub("[\192-\255]?[\128-\191]*$", "")
  return ("%s... (%d bytes)"):format(begin, #text)
end

-- On a terminal control characters could do anything.
local function printable(text)
  return (text:gsub("%c", function(char) return ("\\x%02x"):format(char:byte()) end))
end

function rejected_commands.size(exporter)
  return counted("rejected", exporter:rejected_events():size())
end

function rejected_commands.list(exporter, call)
  local list, message = exporter:rejected_events():list(call.operands[1])
  if not list then return nil, message end
  local rows, items = {}, {}
  for i, item in ipairs(list) do
    rows[i] = ("%s\t%s\t%s"):format(printable(item.time), printable(item.reason),
      printable(shortened(item.event)))
    items[i] = { { "event", item.event }, { "reason", item.reason }, { "time", item.time } }
  end
  return { text = #rows > 0 and table.concat(rows, "\n") or nil, fields = { { "events", items } } }
end

function rejected_commands.retry(exporter)
  return counted("retried", exporter:rejected_events():retry())
end

function rejected_commands.delete(exporter)
  return counted("deleted", exporter:rejected_events():delete_all())
end

return rejected_commands
