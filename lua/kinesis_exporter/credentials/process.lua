-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials that a command prints: credential_process of a profile.
-- @module kinesis_exporter.credentials.process

local core = require "kinesis_exporter.core"
local json_reply = require "kinesis_exporter.credentials.json_reply"
local request = require "kinesis_exporter.credentials.request"

local process = {}

local LONGEST_MS = 60000

local function run(context, command)
  local started, message = core.process(command, LONGEST_MS)
  if not started then return nil, message end
  local code, output = request.finish(context, started)
  if not code then return nil, output end
  if code ~= 0 then
    return nil, ("it ended with status %d: run it by hand to see why"):format(code)
  end
  local found, why, parts = json_reply.parse(output)
  if parts and parts.Version ~= 1 then return nil, "its output does not have Version 1" end
  return found, why
end

--- Runs the profile's command. No message shows what it prints.
-- @tparam table context of the search
-- @tparam table profile its settings
-- @treturn table|nil|false nil when the profile has no command, false when the command failed
-- @treturn string|nil why
function process.find(context, profile)
  local command = profile.credential_process
  if not command or command == "" then return nil end
  local found, why = run(context, command)
  return found or false, why and "credential_process: " .. why
end

return process
