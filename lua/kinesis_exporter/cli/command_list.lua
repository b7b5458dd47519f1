-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The table of commands, as kinesis_exporter.cli.arguments wants them. `run` is given
-- the exporter (nil where `alone` is set), the command line and the grammar, and
-- returns what to say, or nil and why it failed:
--
--   text     the result; nil for none
--   fields   the same for --json
--   note     a line for standard error where nothing is wrong
--   failure  likewise, where the result is not what was asked for
--
-- `summary` is a line of the general help, `details` a paragraph of the command's.
-- Where `logs` is set, standard error shows what the exporter logs; of other commands
-- only the events of `tells`.
-- @module kinesis_exporter.cli.command_list

local add_command = require "kinesis_exporter.cli.commands.add"
local arguments = require "kinesis_exporter.cli.arguments"
local buckets_commands = require "kinesis_exporter.cli.commands.buckets"
local columns = require "kinesis_exporter.cli.columns"
local core = require "kinesis_exporter.core"
local doctor_command = require "kinesis_exporter.cli.commands.doctor"
local failed_commands = require "kinesis_exporter.cli.commands.failed"
local flush_command = require "kinesis_exporter.cli.commands.flush"
local help = require "kinesis_exporter.cli.help"
local job_commands = require "kinesis_exporter.cli.commands.jobs"
local metrics_command = require "kinesis_exporter.cli.commands.metrics"
local redshift_command = require "kinesis_exporter.cli.commands.redshift"
local rejected_commands = require "kinesis_exporter.cli.commands.rejected"

local function switched(on)
  return { text = "exporting is " .. (on and "on" or "off"), fields = { { "enabled", on } } }
end

local function enable(exporter)
  local done, message = exporter:enable()
  if not done then return nil, message end
  return switched(true)
end

local function disable(exporter)
  local done, message = nil, buckets_commands.objection(exporter)
  if not message then done, message = exporter:disable() end
  if not done then return nil, message end
  return switched(false)
end

local function pending(exporter)
  return columns.counted("pending", exporter:num_pending_events())
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
      .. "stop at their next call; their events stay pending. Not while buckets are on: nobody "
      .. "would read them.",
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
      .. "flight end; what is not sent stays pending. The stream and the region must be set. "
      .. "Credentials are found where AWS's programs find them.",
  },
  {
    name = "add", run = add_command.run, operands = { { name = "FILE", read = as_is } },
    summary = "store events, a JSON object a line",
    details = "Stores the events of FILE, or of standard input without FILE or with -, one JSON "
      .. "object a line, and prints how many. Blank lines are skipped. Lines that are no JSON "
      .. "object, or larger than a record, are kept with the rejected events; lines of more than "
      .. "16 MiB are left out. Where there are such lines, the first ones are named, and it ends "
      .. "with 1; the other lines are stored.",
  },
  {
    name = "schedule", run = job_commands.schedule,
    summary = "queue a job for a worker",
    details = "Queues an export job, if exporting is on and no job is under way, and prints the "
      .. "lock key that the job holds. A worker performs it: work, run, or a Ruby one.",
  },
  {
    name = "job", run = job_commands.job,
    tells = { key_invalid = true, keys_invalid = true, keys_expired = true },
    summary = "perform a job now",
    details = "Takes the lock, makes events of the counters that changed in the buckets that are "
      .. "due, sends what is pending if it fills a record, and prints how many events were taken "
      .. "from buckets. While exporting is off, or another exporter is at work, it prints 0. For "
      .. "cron and timers; it needs what flush needs. Standard error tells stats keys that are "
      .. "invalid, and how many counters had expired before they were read.",
  },
  {
    name = "work", run = job_commands.work, options = { "once", "poll" }, logs = true,
    summary = "perform queued jobs until interrupted",
    details = "Takes jobs from the queue and performs them, until SIGTERM or SIGINT: then what is "
      .. "in flight ends, an unfinished job is given back, and it prints how many jobs it "
      .. "performed. While Redis is away it waits. A job that fails is tried three times, then it "
      .. "is among the failed. Standard error tells what it does.",
  },
  {
    name = "run", run = job_commands.run, options = { "every" }, logs = true,
    summary = "schedule and perform jobs until interrupted",
    details = "Schedules a job at once and every so often, and performs queued jobs like work. Any "
      .. "number of such processes may run side by side, on any number of machines: one job is "
      .. "under way at a time.",
  },
  {
    name = "doctor", run = doctor_command.run, alone = true,
    summary = "check everything, and say what to do",
    details = "Checks configuration, libraries, Redis, what is in it, credentials, the way to "
      .. "Kinesis and the stream, and prints a line for each: ok, warning or failed, what was "
      .. "found and what to do about it. Changes nothing, in Redis or at AWS. Ends with 1 if "
      .. "anything failed. No secret is shown.",
  },
  {
    name = "metrics", run = metrics_command.run, options = { "output", "every" }, logs = true,
    summary = "print metrics for Prometheus",
    details = "Prints what the status page of nginx has for Prometheus, in its text format. With "
      .. "--output it is written to a file, which is replaced in one step: for the textfile "
      .. "collector of node_exporter, whose files end in .prom. With --every it goes on until "
      .. "SIGTERM or SIGINT. While Redis is away, kinesis_exporter_up is 0, and a single call "
      .. "ends with 1.",
  },
  {
    name = "buckets size", run = buckets_commands.size,
    summary = "print the number of buckets",
    details = "Prints how many buckets of changed counters wait for a job.",
  },
  {
    name = "buckets list", run = buckets_commands.list,
    summary = "show their names, oldest first",
    details = "Shows the names of the buckets, oldest first, one a line: the UTC time at which "
      .. "each begins.",
  },
  {
    name = "buckets enable", run = buckets_commands.enable,
    summary = "let producers fill buckets",
    details = "Lets producers put the counters that change into buckets. Not while exporting is "
      .. "off: nobody would read them.",
  },
  {
    name = "buckets disable", run = buckets_commands.disable,
    summary = "keep producers from filling buckets",
    details = "Keeps producers from filling buckets, until they are enabled again. The buckets "
      .. "that are there stay.",
  },
  {
    name = "buckets emergency", run = buckets_commands.emergency,
    summary = "say whether an emergency switched them off",
    details = "Says whether the last who switched buckets off was the emergency: more than 360 "
      .. "buckets, or too many pending events. Producers then switch them on again by themselves "
      .. "when no bucket is left.",
  },
  {
    name = "buckets delete", run = buckets_commands.delete, options = { "yes" },
    requires = { option = "yes", why = "'buckets delete' is for good: add --yes" },
    summary = "switch them off and delete all",
    details = "Switches buckets off, deletes all there are, and prints how many. What changed in "
      .. "them is exported only when it changes again. Only with --yes.",
  },
  {
    name = "failed size", run = failed_commands.size,
    summary = "print the number of failed jobs",
    details = "Prints how many jobs failed for good: tried three times, or not readable.",
  },
  {
    name = "failed list", run = failed_commands.list,
    operands = { { name = "N", read = arguments.count(0) } },
    summary = "show the N (100) oldest of them",
    details = "Shows the N (100) oldest failed jobs, one a line: when, after how many attempts, "
      .. "why, and the job.",
  },
  {
    name = "failed retry", run = failed_commands.retry,
    summary = "queue all of them again",
    details = "Queues all failed jobs again, as if they had never failed, and prints how many.",
  },
  {
    name = "failed delete", run = failed_commands.delete, options = { "yes" },
    requires = { option = "yes", why = "'failed delete' is for good: add --yes" },
    summary = "delete all of them for good",
    details = "Deletes all failed jobs for good, and prints how many. Only with --yes. No event is "
      .. "lost: the next job reads the buckets that they would have read.",
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
    name = "redshift-sql create", run = redshift_command.create, alone = true,
    options = { "schema", "table", "dialect" },
    summary = "print the SQL that creates the tables",
    details = "Prints SQL that creates, in Redshift, the table for the events, and one that "
      .. "remembers what was loaded. Running it again changes nothing.",
  },
  {
    name = "redshift-sql load", run = redshift_command.load, alone = true,
    options = { "schema", "table", "dialect", "path", "iam-role", "skip-minutes" },
    requires = {
      option = "path", why = "'redshift-sql load' needs --path, like s3://bucket/2026/11/23/10/",
    },
    summary = "print the SQL that imports an hour's events",
    details = "Prints SQL that merges the events under a path of S3, usually an hour's, into the "
      .. "table: of each event one row stays, the newest, however often it arrives. --iam-role "
      .. "names the role that Redshift reads with; --region the bucket's region, where it is not "
      .. "the cluster's. With --dialect postgresql it is a script for psql that reads the events "
      .. "from standard input, and --path is only remembered.",
  },
  {
    name = "redshift-sql check", run = redshift_command.check, alone = true,
    options = { "schema", "table", "dialect" },
    summary = "print the SQL that looks for repeated events",
    details = "Prints SQL that counts the events with more than one row, which must be 0, and "
      .. "shows what was loaded last and where lines were left out because they are no events.",
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
