-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The command `add`.
-- @module kinesis_exporter.cli.commands.add

local core = require "kinesis_exporter.core"
local history = require "kinesis_exporter.exporter.history"
local line_reader = require "kinesis_exporter.cli.line_reader"
local object = require "kinesis_exporter.util.object"

local add_command = {}

-- The most rejected lines that the result names.
local MOST_NAMED = 10

local function open(name)
  if name == nil or name == "-" then return io.stdin end
  return io.open(name, "rb")
end

-- How much is stored, so that the user can continue from there.
local function so_far(total, first)
  if total.stored + total.rejected == 0 then return "nothing is stored" end
  return ("%d events are stored, all of those before line %d among them"):format(total.stored,
    first)
end

-- Names the first rejected lines, and why they were rejected.
local function name_lines(exporter, slice, named)
  for _, objection in ipairs(object.private(exporter).core:objections()) do
    if #named == MOST_NAMED then return end
    named[#named + 1] = { slice.numbers[objection[1]], objection[2] }
  end
end

-- Stores a slice. Returns true, or nil and why not.
local function store(exporter, slice, total)
  local stored, rejected, _, before = exporter:add_pending_events(slice)
  total.stored = total.stored + (stored or before or 0)
  if not stored then return nil, rejected end
  total.rejected = total.rejected + rejected
  if rejected > 0 then name_lines(exporter, slice, total.lines) end
  return true
end

-- Reads the next slice, unless an interrupt came before or meanwhile.
local function next_slice(reader, name)
  local slice, why
  if not core.interrupted() then slice, why = reader:slice() end
  if core.interrupted() then return nil, "interrupted" end
  return slice, why and ("cannot read %s: %s"):format(name, why)
end

-- Stores the whole file. Returns what went wrong, or nil.
local function store_all(exporter, reader, total, name)
  while true do
    local first = reader.number + 1
    local slice, why = next_slice(reader, name)
    if slice then slice, why = store(exporter, slice, total) end
    if why then return why .. ": " .. so_far(total, first) end
    if not slice then return end
  end
end

local function rejected_text(total)
  local out = {}
  for i, line in ipairs(total.lines) do out[i] = ("line %d: %s"):format(line[1], line[2]) end
  local more = total.rejected - #total.lines
  if more > 0 then out[#out + 1] = ("%d more"):format(more) end
  return ("rejected %d (%s): see kinesis-exporter rejected list"):format(total.rejected,
    table.concat(out, "; "))
end

local function rejected_fields(total)
  local out = {}
  for i, line in ipairs(total.lines) do out[i] = { { "line", line[1] }, { "reason", line[2] } } end
  return out
end

local function result(total, reader)
  local said = {
    text = tostring(total.stored),
    fields = {
      { "stored", total.stored }, { "rejected", total.rejected }, { "left_out", reader.left_out },
      { "rejected_lines", rejected_fields(total) },
    },
  }
  local failures = {}
  if total.rejected > 0 then failures[1] = rejected_text(total) end
  if reader.left_out > 0 then
    failures[#failures + 1] = ("left out %d lines of more than %d bytes, the first is line %d: "
      .. "no event is that large"):format(
        reader.left_out, line_reader.LINE_BYTES, reader.first_left_out)
  end
  said.failure = failures[1] and table.concat(failures, "; ")
  return said
end

--- Stores the events of a file, or of standard input, in slices.
function add_command.run(exporter, call)
  local file, why = open(call.operands[1])
  if not file then return nil, why .. ": name a file that can be read, or - for standard input" end
  core.trap_signals()
  local reader, total = line_reader.reader(file), { stored = 0, rejected = 0, lines = {} }
  local fault = store_all(exporter, reader, total, call.operands[1] or "standard input")
  if file ~= io.stdin then file:close() end
  if fault then return nil, fault end
  history.add(object.private(exporter))
  return result(total, reader)
end

return add_command
