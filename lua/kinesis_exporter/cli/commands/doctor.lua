-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The command `doctor`.
-- @module kinesis_exporter.cli.commands.doctor

local doctor = require "kinesis_exporter.doctor"
local options = require "kinesis_exporter.cli.options"

local doctor_command = {}

local function lines_of(list)
  local width, lines = 0, {}
  for _, finding in ipairs(list) do width = math.max(width, #finding.name) end
  for i, finding in ipairs(list) do
    lines[i] = ("%-7s  %s%s  %s"):format(finding.level, finding.name,
      (" "):rep(width - #finding.name), (finding.message:gsub("%c", "?")))
  end
  return table.concat(lines, "\n")
end

local function count(list, level)
  local n = 0
  for _, finding in ipairs(list) do
    if finding.level == level then n = n + 1 end
  end
  return n
end

local function members_of(list)
  local out = {}
  for i, finding in ipairs(list) do
    out[i] = { { "name", finding.name }, { "level", finding.level },
               { "message", finding.message } }
  end
  return out
end

--- Prints a line for each finding.
function doctor_command.run(_, call)
  local list = doctor.examine(options.of_exporter(call.options))
  local warnings, failed = count(list, "warning"), count(list, "failed")
  return {
    text = lines_of(list),
    fields = {
      { "findings", members_of(list) }, { "warnings", warnings }, { "failed", failed },
    },
    failure = failed > 0 and ("%d failed, %d warnings"):format(failed, warnings) or nil,
  }
end

return doctor_command
