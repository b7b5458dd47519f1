-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The list of commands, for kinesis_exporter.cli.arguments. `run` gets the exporter (nil when
-- `alone` is set), the command line and the grammar. It returns a table, or nil and why it failed:
--
--   text     the result; nil for none
--   fields   the same for --json
--   note     a line for standard error when all is well
--   failure  a line for standard error when the command did not do all that was asked for
--
-- `summary` is a line of the general help, and `details` a paragraph of the command's help. When
-- `logs` is set, standard error shows what the exporter logs. Other commands show only the log
-- events that `shows` names.
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
  local left = ttl and ttl >= 0 and ("%d s left"):format(math.ceil(ttl / 1000)) or "without expiry"
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
    details = "Turns exporting off for all exporters that share this Redis. Running exports stop "
      .. "before their next call; their events stay pending. Not allowed while buckets are on, "
      .. "because no job would read them.",
  },
  {
    name = "status", run = status,
    summary = "show flag, lock, and what is pending",
    details = "Shows whether exporting is on, who holds the lock and how long it still lasts, how "
      .. "many events are pending and rejected, how many buckets wait, and the last bucket that "
      .. "was read.",
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
      .. "Kinesis accepted. It prints 0 while exporting is off or another exporter holds the lock. "
      .. "Standard error shows the progress when it is a terminal. After an interrupt the calls in "
      .. "flight end, and the other events stay pending. The stream and the region must be set. "
      .. "Credentials are looked for where AWS's programs look for them.",
  },
  {
    name = "add", run = add_command.run, operands = { { name = "FILE", read = as_is } },
    summary = "store events, one JSON object a line",
    details = "Stores the events of FILE, or of standard input without FILE or with -, one JSON "
      .. "object a line, and prints how many. Blank lines are skipped. Lines that are not a JSON "
      .. "object, or are larger than a record, are put among the rejected events; lines of more "
      .. "than 16 MiB are left out. When there are lines of these two kinds, the command names the "
      .. "first ones and ends with 1; the other lines are stored.",
  },
  {
    name = "schedule", run = job_commands.schedule,
    summary = "queue a job for a worker",
    details = "Queues an export job, if exporting is on and no job is queued or under way, and "
      .. "prints the lock key that the job holds. A worker performs it: work, run, or a Ruby "
      .. "worker.",
  },
  {
    name = "job", run = job_commands.job,
    shows = { key_invalid = true, keys_invalid = true, keys_expired = true },
    summary = "perform a job now",
    details = "Takes the lock, makes events of the counters that changed in the buckets that are "
      .. "due, sends what is pending if it fills a record, and prints how many events were taken "
      .. "from buckets. It prints 0 while exporting is off or another exporter holds the lock. Use "
      .. "it with cron and timers. It needs what flush needs. Standard error names invalid stats "
      .. "keys, and says how many counters had expired before they were read.",
  },
  {
    name = "work", run = job_commands.work, options = { "once", "poll" }, logs = true,
    summary = "perform queued jobs until interrupted",
    details = "Takes jobs from the queue and performs them until SIGTERM or SIGINT. Then the calls "
      .. "in flight end, an unfinished job is given back, and it prints how many jobs it "
      .. "performed. While Redis is away it waits. A job that fails three times is put among the "
      .. "failed jobs. Standard error shows the log.",
  },
  {
    name = "run", run = job_commands.run, options = { "every" }, logs = true,
    summary = "schedule and perform jobs until interrupted",
    details = "Schedules a job at once and then at regular intervals, and performs queued jobs "
      .. "like work. Any number of these processes may run at the same time, on any number of "
      .. "machines: only one job is under way at a time.",
  },
  {
    name = "doctor", run = doctor_command.run, alone = true,
    summary = "check everything, and say what to do",
    details = "Checks configuration, libraries, Redis and its data, credentials, the endpoint and "
      .. "the stream, and prints a line for each: ok, warning or failed, what was found, and what "
      .. "to do about it. It changes nothing in Redis or at AWS, and shows no secret. It ends with "
      .. "1 if anything failed.",
  },
  {
    name = "metrics", run = metrics_command.run, options = { "output", "every" }, logs = true,
    summary = "print metrics for Prometheus",
    details = "Prints the metrics in Prometheus's text format; the status page of nginx has the "
      .. "same ones. With --output they are written to a file, which is replaced in one step: for "
      .. "the textfile collector of node_exporter, whose files end in .prom. With --every the "
      .. "command repeats this until SIGTERM or SIGINT. While Redis is away, kinesis_exporter_up "
      .. "is 0, and a single call ends with 1.",
  },
  {
    name = "buckets size", run = buckets_commands.size,
    summary = "print the number of buckets",
    details = "Prints how many buckets of changed counters wait for a job.",
  },
  {
    name = "buckets list", run = buckets_commands.list,
    summary = "show the names of the buckets, oldest first",
    details = "Shows the names of the buckets, oldest first, one a line. A name is the UTC time at "
      .. "which the bucket begins.",
  },
  {
    name = "buckets enable", run = buckets_commands.enable,
    summary = "let producers fill buckets",
    details = "Lets producers put the counters that change into buckets. Not allowed while "
      .. "exporting is off, because no job would read them.",
  },
  {
    name = "buckets disable", run = buckets_commands.disable,
    summary = "keep producers from filling buckets",
    details = "Keeps producers from filling buckets until 'buckets enable'. The existing buckets "
      .. "stay.",
  },
  {
    name = "buckets emergency", run = buckets_commands.emergency,
    summary = "say whether an emergency switched buckets off",
    details = "Says whether an emergency, and not a person, switched buckets off last: more than "
      .. "360 buckets, or too many pending events. After an emergency producers switch buckets on "
      .. "again when no bucket is left.",
  },
  {
    name = "buckets delete", run = buckets_commands.delete, options = { "yes" },
    requires = { option = "yes", why = "'buckets delete' cannot be undone: add --yes" },
    summary = "switch buckets off and delete all of them",
    details = "Switches buckets off, deletes all of them, and prints how many. Their changes are "
      .. "exported only when the counters change again. Needs --yes.",
  },
  {
    name = "failed size", run = failed_commands.size,
    summary = "print the number of failed jobs",
    details = "Prints how many jobs failed three times or cannot be read.",
  },
  {
    name = "failed list", run = failed_commands.list,
    operands = { { name = "N", read = arguments.count(0) } },
    summary = "show the N (100) oldest failed jobs",
    details = "Shows the N (100) oldest failed jobs, one a line: when, after how many attempts, "
      .. "why, and the job.",
  },
  {
    name = "failed retry", run = failed_commands.retry,
    summary = "queue all failed jobs again",
    details = "Queues all failed jobs again, as if they had never failed, and prints how many.",
  },
  {
    name = "failed delete", run = failed_commands.delete, options = { "yes" },
    requires = { option = "yes", why = "'failed delete' cannot be undone: add --yes" },
    summary = "delete all failed jobs",
    details = "Deletes all failed jobs, and prints how many. Needs --yes. No event is lost: the "
      .. "next job reads the buckets that the deleted jobs would have read.",
  },
  {
    name = "rejected size", run = rejected_commands.size,
    summary = "print the number of rejected events",
    details = "Prints how many events cannot be exported as they are.",
  },
  {
    name = "rejected list", run = rejected_commands.list,
    operands = { { name = "N", read = arguments.count(0) } },
    summary = "show the N (100) oldest rejected events",
    details = "Shows the N (100) oldest rejected events, one a line: when, why, and the event, "
      .. "which is cut when it is long. With --json it is complete.",
  },
  {
    name = "rejected retry", run = rejected_commands.retry,
    summary = "make rejected events pending that can be sent",
    details = "Makes those rejected events pending again that can be exported now, and prints how "
      .. "many. The others stay.",
  },
  {
    name = "rejected delete", run = rejected_commands.delete, options = { "yes" },
    requires = { option = "yes", why = "'rejected delete' cannot be undone: add --yes" },
    summary = "delete all rejected events",
    details = "Deletes all rejected events, and prints how many. Needs --yes.",
  },
  {
    name = "redshift-sql create", run = redshift_command.create, alone = true,
    options = { "schema", "table", "dialect" },
    summary = "print the SQL that creates the tables",
    details = "Prints SQL that creates two tables in Redshift: one for the events, and one that "
      .. "records what was loaded. Running it again changes nothing.",
  },
  {
    name = "redshift-sql load", run = redshift_command.load, alone = true,
    options = { "schema", "table", "dialect", "path", "iam-role", "skip-minutes" },
    requires = {
      option = "path", why = "'redshift-sql load' needs --path, like s3://bucket/2026/11/23/10/",
    },
    summary = "print the SQL that imports an hour's events",
    details = "Prints SQL that merges the events under a path of S3, usually those of an hour, "
      .. "into the table. The table keeps one row for each event, the newest, even when an event "
      .. "arrives repeatedly. --iam-role names the role with which Redshift reads; --region names "
      .. "the bucket's region, if it is not the cluster's. With --dialect postgresql it is a "
      .. "script for psql that reads the events from standard input and only records --path.",
  },
  {
    name = "redshift-sql check", run = redshift_command.check, alone = true,
    options = { "schema", "table", "dialect" },
    summary = "print the SQL that looks for repeated events",
    details = "Prints SQL that counts the events with more than one row, which must be 0, and "
      .. "shows what was loaded last and where lines were left out because they are not events.",
  },
  {
    name = "version", run = version, alone = true,
    summary = "print the version",
    details = "Prints the version; with --json those of the libraries too.",
  },
  {
    name = "help", run = help.run, alone = true, operands = { { name = "COMMAND" } },
    summary = "show this help, or the help of a command",
    details = "Shows the commands and options, or what one command does.",
  },
}
