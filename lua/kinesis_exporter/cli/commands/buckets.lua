-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter buckets`. Buckets may be on only while exporting is on,
-- because otherwise no job reads them.
-- @module kinesis_exporter.cli.commands.buckets

local columns = require "kinesis_exporter.cli.columns"

local buckets_commands = {}

local function switched(on)
  return { text = "buckets are " .. (on and "on" or "off"), fields = { { "enabled", on } } }
end

function buckets_commands.size(exporter)
  return columns.counted("buckets", exporter:buckets():size())
end

function buckets_commands.list(exporter)
  local list, message = exporter:buckets():list()
  if not list then return nil, message end
  local items = {}
  for i, name in ipairs(list) do items[i] = { { "name", name } } end
  return { text = #list > 0 and table.concat(list, "\n") or nil, fields = { { "buckets", items } } }
end

function buckets_commands.enable(exporter)
  local exporting, message = exporter:enabled()
  if exporting == nil then return nil, message end
  if not exporting then
    return nil, "exporting is off, and buckets would pile up: run kinesis-exporter enable first"
  end
  local done
  done, message = exporter:buckets():enable()
  if not done then return nil, message end
  return switched(true)
end

function buckets_commands.disable(exporter)
  local done, message = exporter:buckets():disable()
  if not done then return nil, message end
  return switched(false)
end

function buckets_commands.emergency(exporter)
  local emergency, message = exporter:buckets():emergency()
  if emergency == nil then return nil, message end
  return {
    text = emergency and "the last switch-off was an emergency" or "no emergency",
    fields = { { "emergency", emergency } },
  }
end

function buckets_commands.delete(exporter)
  return columns.counted("deleted", exporter:buckets():delete_all())
end

--- Why exporting must not be switched off, or nil.
-- @tparam Exporter exporter
-- @treturn string|nil
function buckets_commands.objection(exporter)
  local on, message = exporter:buckets():enabled()
  if on == nil then return message end
  if not on then return nil end
  return "buckets are on and would pile up: run kinesis-exporter buckets disable first"
end

return buckets_commands
