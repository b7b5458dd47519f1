-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The command `metrics`.
-- @module kinesis_exporter.cli.commands.metrics

local core = require "kinesis_exporter.core"
local log = require "kinesis_exporter.log.log"
local object = require "kinesis_exporter.util.object"
local prometheus = require "kinesis_exporter.status.prometheus"
local status_json = require "kinesis_exporter.status.json"
local snapshot = require "kinesis_exporter.status.snapshot"

local metrics_command = {}

local EPIPE = 32

-- Writes a file and closes it. Returns what is wrong, or nil.
local function fill(path, text)
  local file, why = io.open(path, "wb")
  if not file then return why end
  local written, problem = file:write(text)
  local closed, at_last = file:close()
  if not written then return problem end
  return not closed and at_last or nil
end

-- Lets other users read the file, because a collector runs as another user.
local function fill_for_all(path, text)
  local fault = fill(path, text)
  if fault then return fault end
  local done, why = core.let_all_read(path)
  return not done and why or nil
end

-- A reader sees the old file or the new one, never a part. The temporary name does not end in
-- .prom, so collectors ignore it.
local function replace(path, text)
  if not core.replaceable(path) then
    return ("cannot write %s: it is not a regular file: name one, or leave out --output for "
      .. "standard output"):format(path)
  end
  local own = ("%s.%s"):format(path, core.process_name():match "%x+$")
  local fault = fill_for_all(own, text)
  if not fault then
    local renamed, why = os.rename(own, path)
    fault = not renamed and why or nil
  end
  if fault then os.remove(own) end
  return fault and ("cannot write %s: %s: name a file in a directory that can be written to")
    :format(path, fault)
end

-- Prints to standard output. Returns what is wrong, or nil; and whether the reader is gone.
local function print_text(text)
  local written, why, number = io.stdout:write(text)
  if written then written, why, number = io.stdout:flush() end
  return not written and "cannot write to standard output: " .. why or nil, number == EPIPE
end

-- Collects and writes. Returns the report, what is wrong with writing, and whether the reader is
-- gone.
local function write_once(exporter, path)
  local report = snapshot.collect(exporter)
  local text = prometheus.write(report)
  if path then return report, replace(path, text) end
  return report, print_text(text)
end

-- Logs a trouble once, and again when it changes.
local function repeatedly(exporter, path, seconds)
  local this, logged = object.private(exporter), nil
  core.trap_signals()
  repeat
    local report, fault, gone = write_once(exporter, path)
    if gone then break end
    local trouble = fault or report.error
    if trouble and trouble ~= logged then
      log(this, "warn", "metrics: %s", trouble, { event = "metrics_failed", error = trouble })
    end
    logged = trouble
  until not core.sleep(seconds)
  return { fields = {} }
end

--- Prints metrics, or writes them to a file, once or until it is interrupted.
function metrics_command.run(exporter, call)
  local path, every = call.options.output, call.options.every
  if every then return repeatedly(exporter, path, every) end
  local report = snapshot.collect(exporter)
  local text = prometheus.write(report)
  local fault = path and replace(path, text)
  if fault then return nil, fault end
  return {
    text = not path and text:sub(1, -2) or nil, failure = report.error,
    fields = status_json.fields(report),
  }
end

return metrics_command
