-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands about jobs: `schedule`, `job`, `work` and `run`.
-- @module kinesis_exporter.cli.commands.jobs

local core = require "kinesis_exporter.core"
local notes = require "kinesis_exporter.cli.notes"
local task_runner = require "kinesis_exporter.cli.task_runner"

local job_commands = {}

local TEXTS = {
  field = "events",
  interrupted = "interrupted: %d events were taken from buckets; the other buckets, and the events "
    .. "that were not sent, wait: run kinesis-exporter job again",
  refused = "Kinesis refused some events, or it is not known whether it has them: "
    .. "they are pending, the next job sends them",
  before = " (%d events were taken from buckets before that, they are pending)",
}

--- Queues a job.
function job_commands.schedule(exporter)
  local key, why = exporter:schedule_job()
  if key == nil then return nil, why end
  return {
    text = key or nil, fields = { { "lock_key", key or nil }, { "outcome", why } },
    note = notes.note(exporter, why),
  }
end

--- Performs a job now.
function job_commands.job(exporter)
  return task_runner.run(exporter, TEXTS, function(options)
    return exporter:perform_job(nil, nil, options)
  end)
end

-- The result of a worker. When it performs a single job, the job's failure is the command's.
local function worked(once, jobs, events, failed, why)
  if not jobs then return nil, events end
  return {
    text = ("%d"):format(jobs),
    fields = { { "jobs", jobs }, { "events", events }, { "failed", failed } },
    failure = once and why or nil,
  }
end

--- Performs queued jobs until it is interrupted.
function job_commands.work(exporter, call)
  local once = call.options.once
  core.trap_signals()
  return worked(once, exporter:work {
    once = once, poll_seconds = call.options.poll, stop = core.interrupted,
  })
end

--- Schedules and performs jobs until it is interrupted.
function job_commands.run(exporter, call)
  core.trap_signals()
  return worked(false, exporter:run {
    every_seconds = call.options.every, stop = core.interrupted,
  })
end

return job_commands
