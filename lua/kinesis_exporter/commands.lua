-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The table of commands, as kinesis_exporter.arguments wants them. `run` is given
-- the exporter (nil where `alone` is set), the command line and the grammar, and
-- returns what to say, or nil and why it failed:
--
--   text     the result; nil for none
--   fields   the same for --json
--   note     a line for standard error where nothing is wrong
--   failure  likewise, where the result is not what was asked for
--
-- `summary` is a line of the general help, `details` a paragraph of the command's.
-- @module kinesis_exporter.commands

local add_command = require "kinesis_exporter.add_command"
local arguments = require "kinesis_exporter.arguments"
local core = require "kinesis_exporter.core"
local flush_command = require "kinesis_exporter.flush_command"
local help = require "kinesis_exporter.help"
local rejected_commands = require "kinesis_exporter.rejected_commands"

local function switched(on)
  return { text = "exporting is " .. (on and "on" or "off"), fields = { { "enabled", on } } }
end

local function enable(exporter)
  local done, message = exporter:enable()
  if not done then return nil, message end
  return switched(true)
end

local function disable(exporter)
  local done, message = exporter:disable()
  if not done then return nil, message end
  return switched(false)
end

local function pending(exporter)
  local n, message = exporter:num_pending_events()
  if not n then return nil, message end
  return { text = ("%d"):format(n), fields = { { "pending", n } } }
end

local function lock_text(status)
  if not status.lock then return "free" end
  local ttl = status.lock_ttl_ms
  local left = ttl and ttl >= 0 and ("%d s left"):format(math.ceil(ttl / 1000)) or "for ever"
  return ("held by %s, %s"):format(status.lock:gsub("%c", "?"), left)
end

local STATUS = [[
exporting    %s
lock         %s
pending      %d
rejected     %d
buckets      %d
last bucket  %s]]

local function status(exporter)
  local now, message = exporter:status()
  if not now then return nil, message end
  local text = STATUS:format(now.enabled and "on" or "off", lock_text(now), now.pending,
    now.rejected, now.buckets, now.latest_bucket or "none")
  local fields = {}
  for i, name in ipairs { "enabled", "lock", "lock_ttl_ms", "pending", "rejected", "buckets",
                          "latest_bucket" } do
    fields[i] = { name, now[name] }
  end
  return { text = text, fields = fields }
end

local function version()
  local versions, fields = core.versions(), { { "version", core.version } }
  for i, name in ipairs { "lua", "libcurl", "hiredis", "openssl" } do
    fields[i + 1] = { name, versions[name] }
  end
  return { text = "kinesis-exporter " .. core.version, fields = fields }
end

local function as_is(text)
  return text
end

return {
  {
    name = "enable", run = enable,
    summary = "turn exporting on",
    details = "Turns exporting on for all exporters that share this Redis.",
  },
  {
    name = "disable", run = disable,
    summary = "turn exporting off",
    details = "Turns exporting off for all exporters that share this Redis. Those that are at work "
      .. "stop at their next call; their events stay pending.",
  },
  {
    name = "status", run = status,
    summary = "show flag, lock and what waits",
    details = "Shows whether exporting is on, who holds the lock and for how long yet, how many "
      .. "events are pending and rejected, how many buckets wait, and the last bucket read.",
  },
  {
    name = "pending", run = pending,
    summary = "print the number of pending events",
    details = "Prints how many events are stored and not yet accepted by Kinesis.",
  },
  {
    name = "flush", run = flush_command.run, options = { "limit" },
    summary = "send pending events to Kinesis",
    details = "Sends pending events, even when they do not fill a record, and prints how many "
      .. "Kinesis accepted. While exporting is off, or another exporter is at work, it prints 0. "
      .. "Standard error shows the progress when it is a terminal. An interrupt lets the calls in "
      .. "flight end; what is not sent stays pending. The stream and the region must be set, and "
      .. "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  },
  {
    name = "add", run = add_command.run, operands = { { name = "FILE", read = as_is } },
    summary = "store events, a JSON object a line",
    details = "Stores the events of FILE, or of standard input without FILE or with -, one JSON "
      .. "object a line, and prints how many. Blank lines are skipped. Lines that are no JSON "
      .. "object, or larger than a record, are kept with the rejected events; lines of more than "
      .. "16 MiB are left out.",
  },
  {
    name = "rejected size", run = rejected_commands.size,
    summary = "print the number of rejected events",
    details = "Prints how many events could not be exported as they are.",
  },
  {
    name = "rejected list", run = rejected_commands.list,
    operands = { { name = "N", read = arguments.count(0) } },
    summary = "show the N (100) oldest of them",
    details = "Shows the N (100) oldest rejected events, one a line: when, why, and the event, cut "
      .. "when it is long. With --json events are whole.",
  },
  {
    name = "rejected retry", run = rejected_commands.retry,
    summary = "make those pending that can be sent",
    details = "Makes those rejected events pending again that can be exported by now, and prints "
      .. "how many. The others stay.",
  },
  {
    name = "rejected delete", run = rejected_commands.delete, options = { "yes" },
    requires = { option = "yes", why = "'rejected delete' is for good: add --yes" },
    summary = "delete all of them for good",
    details = "Deletes all rejected events for good, and prints how many. Only with --yes.",
  },
  {
    name = "version", run = version, alone = true,
    summary = "print the version",
    details = "Prints the version; with --json those of the libraries too.",
  },
  {
    name = "help", run = help.run, alone = true, operands = { { name = "COMMAND" } },
    summary = "show this help, or that of a command",
    details = "Shows what there is, or what a command does.",
  },
}
