-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The text of `kinesis-exporter help`, made of the grammar of the command line. No line is longer
-- than 80 columns.
-- @module kinesis_exporter.cli.help

local arguments = require "kinesis_exporter.cli.arguments"

local help = {}

local COLUMNS = 78

local FOOT = [[
Brackets show the environment variables and defaults of options. Credentials
come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, the
profile (AWS_PROFILE), or the role of the pod, container or instance.

Exit status: 0 done, 1 failed, 2 wrong usage.
'kinesis-exporter help COMMAND' says more.]]

local function wrap(text)
  local lines, line = {}, ""
  for word in text:gmatch "%S+" do
    if #line + #word + 1 > COLUMNS then
      lines[#lines + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function columns(rows)
  local width, lines = 0, {}
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  for i, row in ipairs(rows) do
    lines[i] = "  " .. row[1] .. (" "):rep(width - #row[1] + 2) .. row[2]
  end
  return table.concat(lines, "\n")
end

local function option_text(option)
  return "--" .. option.name .. (option.value and " " .. option.value or "")
end

-- The operands as a usage line shows them.
local function operands_text(command)
  local out = ""
  for _, operand in ipairs(command.operands or {}) do out = out .. " [" .. operand.name .. "]" end
  return out
end

local function command_rows(commands)
  local rows = {}
  for i, command in ipairs(commands) do
    rows[i] = { command.name .. operands_text(command), command.summary }
  end
  return rows
end

local function option_rows(options, wanted)
  local rows = {}
  for _, option in ipairs(options) do
    if wanted(option) then rows[#rows + 1] = { option_text(option), option.summary } end
  end
  return rows
end

local function is_global(option)
  return option.global
end

--- The general help.
-- @tparam table grammar of kinesis_exporter.cli.arguments
-- @treturn string
function help.general(grammar)
  return table.concat({
    "Usage: kinesis-exporter [OPTION...] COMMAND\n",
    "Takes an API platform's analytics events from Redis to Amazon Kinesis.\n",
    "Commands:", columns(command_rows(grammar.commands)) .. "\n",
    "Options, before or after the command:",
    columns(option_rows(grammar.options, is_global)) .. "\n", FOOT,
  }, "\n")
end

local function own_rows(grammar, command)
  local own = {}
  for _, name in ipairs(command.options or {}) do own[name] = true end
  return option_rows(grammar.options, function(option) return own[option.name] end)
end

--- A command's help.
-- @tparam table grammar
-- @tparam table command of the grammar
-- @treturn string
function help.of(grammar, command)
  local rows = own_rows(grammar, command)
  local options = ""
  for _, row in ipairs(rows) do options = options .. " [" .. row[1] .. "]" end
  local usage = "Usage: kinesis-exporter " .. command.name
  if #usage + #options > COLUMNS then options = " [OPTION...]" end
  local lines = {
    usage .. options .. operands_text(command) .. "\n",
    wrap(command.details),
  }
  if #rows > 0 then lines[#lines + 1] = "\n" .. columns(rows) end
  lines[#lines + 1] = "\nThe options that all commands have: kinesis-exporter help"
  return table.concat(lines, "\n")
end

local function text_for(grammar, words)
  if #words == 0 then return help.general(grammar) end
  local command = arguments.command(grammar.commands, words)
  if command then return help.of(grammar, command) end
  local group = arguments.group(grammar.commands, words[1])
  if #group == 0 or words[2] then return nil, arguments.no_command(grammar.commands, words) end
  for i, member in ipairs(group) do group[i] = help.of(grammar, member) end
  return table.concat(group, "\n\n")
end

--- The command `help`.
function help.run(_, call, grammar)
  local text, fault = text_for(grammar, call.operands)
  if not text then return nil, fault, "usage" end
  return { text = text, fields = { { "help", text } } }
end

return help
