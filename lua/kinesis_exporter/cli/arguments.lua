-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Reads a command line with a grammar, which lists the commands and the options. Options may stand
-- before or after the command.
--
-- A grammar has two lists, `options` and `commands`. An option has `name`, `value` (the name of its
-- value in the help; nil when it takes none), `read` (a function from text to the value, or to nil
-- and what is wrong) and `summary`. A command has `name` (one or two words), `operands` (a list
-- like options; all may be left out), `options` (the names of its own options) and `requires` (an
-- option that it needs, and why).
-- @module kinesis_exporter.cli.arguments

local suggestion = require "kinesis_exporter.util.suggestion"

local arguments = {}

local MOST_SHOWN = 40

-- A word as messages show it. A word that could be a URL is not shown, because it may hold a
-- password.
local function shown(word)
  if #word > MOST_SHOWN or not word:find "^[%w _-]+$" then return "" end
  return (" '%s'"):format(word)
end

local function unknown(what, word, known)
  local text = shown(word)
  return "unknown " .. what .. text .. (text ~= "" and suggestion.hint(word, known) or "")
end

--- A reader of whole numbers.
-- @tparam int least
-- @treturn function
function arguments.count(least)
  return function(text)
    local number = text:find "^%d+$" and #text <= 15 and tonumber(text)
    if number and number >= least then return number end
    return nil, ("must be a whole number, at least %d"):format(least)
  end
end

local function names(list, prefix)
  local out = {}
  for i, item in ipairs(list) do out[i] = (prefix or "") .. item.name end
  return out
end

local function find(list, name)
  for _, item in ipairs(list) do
    if item.name == name then return item end
  end
end

-- Name and value of "--name=value", "--name" and "-h".
local function split(word)
  local name, value = word:match "^%-%-([^=]+)=(.*)$"
  if name then return name, value end
  if word == "-h" then return "help" end
  return word:match "^%-%-(.+)$"
end

-- When an option stands in the place of a value, the value was forgotten. After "=" any value is
-- allowed.
local function value_of(scan, option, text)
  if text then return option.read(text) end
  scan.at = scan.at + 1
  text = scan.argv[scan.at]
  if not text or text:find "^%-%-" then return nil, "needs a value: " .. option.value end
  return option.read(text)
end

-- The following functions return what is wrong, or nil.

local function take_option(scan, word)
  local name, text = split(word)
  local option = find(scan.grammar.options, name)
  if not option then
    return unknown("option", name and "--" .. name or word, names(scan.grammar.options, "--"))
  end
  local value, fault = true, nil
  if option.value then
    value, fault = value_of(scan, option, text)
  elseif text then
    fault = "takes no value"
  end
  scan.options[name] = value
  return fault and ("--%s %s"):format(name, fault)
end

local function take(scan, word)
  if scan.only_words or word == "-" or word:sub(1, 1) ~= "-" then
    scan.words[#scan.words + 1] = word
  elseif word == "--" then
    scan.only_words = true
  else
    return take_option(scan, word)
  end
end

local function take_all(scan)
  while scan.at <= #scan.argv do
    local fault = take(scan, scan.argv[scan.at])
    if fault then return fault end
    scan.at = scan.at + 1
  end
end

--- The command that words begin with.
-- @tparam {table,...} commands
-- @tparam {string,...} words
-- @treturn table|nil
-- @treturn int|nil the number of words of its name
function arguments.command(commands, words)
  if #words > 1 then
    local command = find(commands, words[1] .. " " .. words[2])
    if command then return command, 2 end
  end
  return find(commands, words[1]), 1
end

--- The commands with a name of two words that begins with a certain word: "rejected size"...
-- @tparam {table,...} commands
-- @tparam string word
-- @treturn {table,...}
function arguments.group(commands, word)
  local out = {}
  for _, command in ipairs(commands) do
    if command.name:match "^(%S+) " == word then out[#out + 1] = command end
  end
  return out
end

--- What is wrong with words that do not begin with a command.
-- @tparam {table,...} commands
-- @tparam {string,...} words
-- @treturn string
function arguments.no_command(commands, words)
  if #words == 0 then return "no command" end
  local members = names(arguments.group(commands, words[1]))
  if #members == 0 then return unknown("command", words[1], names(commands)) end
  return ("'%s' needs a second word: %s"):format(words[1], table.concat(members, ", "))
end

local function is_own(command, name)
  for _, own in ipairs(command.options or {}) do
    if own == name then return true end
  end
  return false
end

local function check_options(scan, command)
  for _, option in ipairs(scan.grammar.options) do
    if scan.options[option.name] ~= nil and not option.global and not is_own(command, option.name)
    then
      return ("--%s is not an option of '%s'"):format(option.name, command.name)
    end
  end
  local requires = command.requires
  if requires and not scan.options[requires.option] then return requires.why end
end

local function read_operands(scan, command, skip)
  local expected, values = command.operands or {}, {}
  if #scan.words - skip > #expected then
    local most = #expected == 0 and "nothing" or "at most one " .. expected[1].name
    return ("'%s' takes %s"):format(command.name, most)
  end
  for i, operand in ipairs(expected) do
    local text, fault = scan.words[skip + i], nil
    if text then values[i], fault = operand.read(text) end
    if fault then return operand.name .. " " .. fault end
  end
  scan.operands = values
end

-- The options --help and --version choose a command.
local function choose(scan)
  local commands = scan.grammar.commands
  if scan.options.help then return find(commands, "help"), 0 end
  if scan.options.version then return find(commands, "version"), #scan.words end
  return arguments.command(commands, scan.words)
end

local function interpret(scan)
  local command, skip = choose(scan)
  if not command then return arguments.no_command(scan.grammar.commands, scan.words) end
  scan.command = command
  if command.name == "help" then
    for i = skip + 1, #scan.words do scan.operands[i - skip] = scan.words[i] end
    return
  end
  return check_options(scan, command) or read_operands(scan, command, skip)
end

--- Reads a command line.
-- @tparam {string,...} argv
-- @tparam table grammar
-- @treturn table|nil `command` (of the grammar), `options` (by name), `operands`
-- @treturn string|nil what is wrong
-- @treturn {string,...}|nil the words before the fault
function arguments.parse(argv, grammar)
  local scan = {
    argv = argv, at = 1, grammar = grammar, words = {}, options = {}, operands = {},
  }
  local fault = take_all(scan) or interpret(scan)
  if fault then return nil, fault, scan.words end
  return { command = scan.command, options = scan.options, operands = scan.operands }
end

return arguments
