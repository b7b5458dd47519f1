-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Reads the command line, runs the command and prints the result. Results go to standard output,
-- messages to standard error, one line each.
-- @module kinesis_exporter.cli.main

local Exporter = require "kinesis_exporter"
local arguments = require "kinesis_exporter.cli.arguments"
local commands = require "kinesis_exporter.cli.command_list"
local core = require "kinesis_exporter.core"
local json = require "kinesis_exporter.util.json"
local log_format = require "kinesis_exporter.log.format"
local options = require "kinesis_exporter.cli.options"

local cli = {}

local DONE, FAILED, MISUSED = 0, 1, 2

-- The reader of a pipe may close it early. That is not worth a message.
local EPIPE = 32

local grammar = { commands = commands, options = options.list }

local function say(text)
  io.stderr:write("kinesis-exporter: ", (text:gsub("%c", " ")), "\n")
end

-- When the log is JSON, messages are JSON too, so that its reader understands each line.
local function tell(call, level, text)
  local name = call.command.name
  if not call.json_log then return say(name .. ": " .. text) end
  call.log(level, text, { event = "command", command = name })
end

local function fail(call, why)
  tell(call, "error", why)
  return FAILED
end

local function misuse(fault, words)
  local command = arguments.command(commands, words)
  local topic = command and " " .. command.name or ""
  say(("%s: see 'kinesis-exporter help%s'"):format(fault, topic))
  return MISUSED
end

-- A write has succeeded only when it is flushed: the disk may be full, or the reader gone. An
-- interrupted write has failed.
local function write(text)
  core.trap_signals()
  local written, why, number = io.stdout:write(text, "\n")
  if written then written, why, number = io.stdout:flush() end
  if written then return true end
  if number == EPIPE then return nil end
  return nil, ("cannot write the result: %s: check standard output"):format(why)
end

local function print_result(call, result)
  local text = result.text
  if call.options.json then text = json.object(result.fields) end
  if not text then return true end
  return write(text)
end

-- Prints what a command returned. Returns the exit status.
local function conclude(call, result, why, kind)
  if kind == "usage" then return misuse(why, {}) end
  if not result then return fail(call, why) end
  local printed, problem = print_result(call, result)
  if result.note then tell(call, "info", result.note) end
  if result.failure then fail(call, result.failure) end
  if problem then return fail(call, problem) end
  if not printed then return FAILED end
  return result.failure and FAILED or DONE
end

-- A defect of the program, too, is one line of text.
local function guarded(call, exporter)
  local fine, result, why, kind = pcall(call.command.run, exporter, call, grammar)
  if fine then return result, why, kind end
  return nil, tostring(result) .. ": this is a defect, please report it"
end

-- Chooses the log function of long commands: text or JSON.
local function choose_log(call)
  local form, why = log_format.wanted(call.options["log-format"])
  if not form then return nil, why end
  call.log, call.json_log = log_format.writers[form], form == "json"
  return true
end

-- The log function of the command's exporter; nil when the command shows no log messages.
local function log_of(call)
  local command = call.command
  if command.logs then return call.log end
  if not command.shows then return nil end
  local prefix = command.name .. ": "
  return function(level, message, fields)
    if not command.shows[fields.event] then return end
    if call.json_log then return call.log(level, message, fields) end
    say(message:sub(1, #prefix) == prefix and message or prefix .. message)
  end
end

local function perform(call)
  local chosen, fault = choose_log(call)
  if not chosen then return fail(call, fault) end
  if call.command.alone then return conclude(call, guarded(call)) end
  local given = options.of_exporter(call.options)
  given.log = log_of(call)
  local exporter, why = Exporter.new(given)
  if not exporter then return fail(call, why) end
  local result, problem = guarded(call, exporter)
  exporter:close()
  return conclude(call, result, problem)
end

--- Runs a command line. The program holds secrets, so it leaves no core dump.
-- @tparam {string,...} argv
-- @treturn int the exit status: 0 done, 1 failed, 2 wrong usage
function cli.main(argv)
  core.hold_standard_files()
  core.no_core_dumps()
  local call, fault, words = arguments.parse(argv, grammar)
  if not call then return misuse(fault, words) end
  return perform(call)
end

return cli
