-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The exporter's methods. Each is also a function of the module, working on one
-- default exporter. On failure each returns `nil, message, code`; wrong arguments
-- raise.
-- @classmod kinesis_exporter.exporter

local FailedJobs = require "kinesis_exporter.exporter.failed_jobs"
local Buckets = require "kinesis_exporter.exporter.buckets"
local RejectedEvents = require "kinesis_exporter.exporter.rejected_events"
local check = require "kinesis_exporter.util.check"
local core = require "kinesis_exporter.core"
local job_queue = require "kinesis_exporter.jobs.queue"
local log = require "kinesis_exporter.log.log"
local numbers = require "kinesis_exporter.util.numbers"
local object = require "kinesis_exporter.util.object"
local report_log = require "kinesis_exporter.exporter.report_log"
local scheduler = require "kinesis_exporter.jobs.scheduler"
local task = require "kinesis_exporter.exporter.task"
local times = require "kinesis_exporter.util.times"
local worker = require "kinesis_exporter.jobs.worker"
local worker_options = require "kinesis_exporter.jobs.options"

local private = object.private

-- Of the year 9999.
local LAST_SECOND = 253402300799

---@class kinesis_exporter.Exporter
local Exporter = {}
Exporter.__index = Exporter
Exporter.__tostring = function() return "kinesis_exporter.Exporter" end
Exporter.__name = "kinesis_exporter.Exporter"

--- Turns exporting on for all exporters that share this Redis.
-- @treturn true|nil
function Exporter:enable()
  return private(self).core:enable()
end

--- Turns exporting off; running exports stop at their next call.
-- @treturn true|nil
function Exporter:disable()
  return private(self).core:disable()
end

--- Is exporting on?
-- @treturn boolean|nil
function Exporter:enabled()
  return private(self).core:enabled()
end

--- Queues an export job for a worker, if exporting is on and no job is under way.
-- @treturn string|boolean|nil the lock key that the job holds; false when nothing was queued
-- @treturn string|nil why nothing was queued ("disabled", "locked"), or the message
-- @treturn string|nil code
function Exporter:schedule_job()
  local this = private(self)
  if this.detached and this.busy and this.busy.begun then return false, "locked" end
  return this.core:schedule_job()
end

--- Releases the lock that a job held.
-- @tparam string lock_key what `schedule_job` returned
-- @treturn boolean|nil true if that key held the lock
function Exporter:job_finished(lock_key)
  if type(lock_key) ~= "string" then
    core.raise("lock_key must be a string, got a " .. type(lock_key))
  end
  return private(self).core:job_finished(lock_key)
end

--- How many events are stored and not yet accepted by Kinesis.
-- @treturn int|nil
function Exporter:num_pending_events()
  return private(self).core:num_pending_events()
end

--- Stores events to be exported. What is no JSON object, or larger than a
-- record, is kept with the rejected events and holds nothing up.
-- @tparam {table|string,...} list flat tables, or JSON objects as text; a table
-- without `time_gen` gets it now
-- @treturn int|nil number of events stored
-- @treturn int|string number of events rejected, or the message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of events stored before it
function Exporter:add_pending_events(list)
  if type(list) ~= "table" then
    core.raise("expected a list of events, got a " .. type(list))
  end
  local this = private(self)
  local stored, rejected, code, before = this.core:add_events(list)
  if stored and rejected > 0 then
    log(this, "warn", "%d of %d events were rejected", rejected, #list,
      { event = "events_rejected", count = rejected, of = #list })
  end
  return stored, rejected, code, before
end

--- Stores one event; in nginx it is taken to be stored soon, without waiting.
-- @tparam table|string event as in `add_pending_events`
-- @treturn true|nil
-- @treturn string|nil message
-- @treturn string|nil code: "rejected" when the event is kept with the rejected ones,
-- "backpressure" when nginx's buffer is full and the event was not taken
function Exporter:record(event)
  local kind, take = type(event), private(self).record
  if kind ~= "table" and kind ~= "string" then
    core.raise("expected an event (a table or a JSON string), got a " .. kind)
  end
  if take then return take(event) end
  local stored, rejected, code = self:add_pending_events { event }
  if not stored then return nil, rejected, code end
  if stored == 1 then return true end
  return nil, "the event is not a JSON object, has a NUL character or is larger than a record: "
    .. "it is kept with the rejected events", "rejected"
end

--- Sends pending events to Kinesis, even when they do not fill a record.
-- @tparam[opt] int limit send at most so many events; all that are pending without it
-- @tparam[opt] table options `progress`: a function `(accepted, total)` called about
-- ten times a second, `total` being what was pending at the start, at most the
-- limit; when it returns false the flush ends early
-- @treturn int|nil number of events Kinesis accepted
-- @treturn string|nil outcome: nil (all that was asked for is sent), "disabled",
-- "locked" or "partial"; or the message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of events accepted before it
function Exporter:flush_pending_events(limit, options)
  local most, progress = check.count("limit", limit), check.progress(options, "flush")
  local this = private(self)
  if limit == 0 and not this.busy then return 0 end
  local function begin(of) return of:flush_begin(most) end
  return task.perform(this, "flush", begin, most, progress)
end

-- Seconds since the epoch, or text as jobs carry it, as a bucket's name.
local function end_of_job(end_time)
  if end_time == nil then return nil end
  local kind, found = type(end_time), nil
  if kind == "number" and end_time >= 0 and end_time < LAST_SECOND + 1 then
    found = os.date("!%Y%m%d%H%M%S", math.floor(end_time))
  elseif kind == "string" then
    found = times.bucket(end_time)
  end
  if found then return found end
  local got = kind == "number" and numbers.text(end_time) or kind == "string" and "another text"
    or "a " .. kind
  core.raise("end_time must be seconds since the epoch, before the year 10000, or a text like "
    .. "'2026-11-22 18:30:50 UTC', got " .. got)
end

--- Performs a job now: turns the counters that changed in the buckets that are due
-- into events, then exports what is pending if it is worth a record.
-- @tparam[opt] number|string end_time read buckets up to then; all that are due without it
-- @tparam[opt] string lock_key of a job that was queued: performed under its lock,
-- unless that has passed to somebody else
-- @tparam[opt] table options `progress`, as in `flush_pending_events`
-- @treturn int|nil number of events taken from buckets
-- @treturn string|nil outcome: nil, "disabled", "locked" or "partial"; or the message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of events taken before it, pending now
function Exporter:perform_job(end_time, lock_key, options)
  if lock_key ~= nil and type(lock_key) ~= "string" then
    core.raise("lock_key must be a string, got a " .. type(lock_key))
  end
  local last, progress = end_of_job(end_time), check.progress(options, "job")
  local function begin(of) return of:job_begin(last, lock_key) end
  return task.perform(private(self), "job", begin, nil, progress, lock_key ~= nil)
end

-- The loop of `work` and `run`.
local function begin_to_work(self, this, options, method)
  if this.busy and not this.detached then
    core.raise(("a %s is in progress on this exporter"):format(this.busy.name))
  end
  if this.check_wait then
    local allowed, message, code = this.check_wait(method)
    if not allowed then return nil, message, code end
  end
  local function say(level, ...) log(this, level, ...) end
  local stop, ending = options.stop, this.ending
  if ending then options.stop = function() return ending() or (stop and stop()) end end
  local queue = job_queue.new(this.core, options.queue, options.worker_ttl_seconds)
  local chore = method == "run" and scheduler.chore(self, options.every_seconds, say) or nil
  return worker.new({ exporter = self, queue = queue, log = say, chore = chore,
    sleep = this.sleep }, options):work()
end

--- Takes jobs from the queue and performs them, until it is told to stop. A job that
-- fails is queued again, the third time put among the failed; while Redis is away
-- the worker waits for it. It blocks: for a process of its own.
-- @tparam[opt] table options
--
-- * `queue`: its name (that of the exporter)
-- * `once`: perform one job at most, then return; do not wait for Redis
-- * `poll_seconds`: how often an empty queue is looked at (1)
-- * `worker_ttl_seconds`: how long it may be silent before other workers take its
--   job back (60)
-- * `stop`: a function, called often; when it returns true the job in hand ends early,
--   in order, and is given back
--
-- @treturn int|nil number of jobs performed
-- @treturn int|string number of events taken from buckets, or the message
-- @treturn int|string number of attempts that failed, or the code
-- @treturn string|nil why the last of them failed
function Exporter:work(options)
  local this = private(self)
  local complete = worker_options.complete(options, "work", this.settings.queue)
  return begin_to_work(self, this, complete, "work")
end

--- Schedules a job every so often, the first at once, and performs jobs like `work`:
-- those that others have scheduled, too.
-- @tparam[opt] table options `every_seconds` (120), and those of `work` without `once`
-- @treturn int|nil as `work`
-- @treturn int|string
-- @treturn int|string
-- @treturn string|nil
function Exporter:run(options)
  local this = private(self)
  local complete = worker_options.complete(options, "run", this.settings.queue)
  return begin_to_work(self, this, complete, "run")
end

--- The jobs that failed for good.
-- @treturn FailedJobs
function Exporter:failed_jobs()
  return object.new(FailedJobs, private(self))
end

--- Counts the use of an API: adds to the counters of every period, and puts them
-- into the current bucket, from which a job makes events.
-- @tparam table report `service_id`, `application_id`, `user_id` (strings or whole
-- numbers), `usage` (`{ [metric] = n }`), `response_code` (a number), `timestamp`
-- (seconds since the epoch; now); or a list of reports, which are written in one go
-- @treturn true|nil
-- @treturn string|nil message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of reports of the list surely written before
function Exporter:report(report)
  if type(report) ~= "table" then
    core.raise("expected a report or a list of reports, got a " .. type(report))
  end
  local this = private(self)
  if this.report then return this.report(report) end
  local list = report[1] == nil and next(report) ~= nil and { report } or report
  local done, message, code, before, turned, uncounted, first = this.core:report(list)
  if turned then report_log.switched(this, turned) end
  if uncounted > 0 then report_log.left_out(this, uncounted, first) end
  if not done then return nil, message, code, before end
  return true
end

--- The buckets of changed counters.
-- @treturn Buckets
function Exporter:buckets()
  return object.new(Buckets, private(self))
end

--- The events that could not be exported as they are.
-- @treturn RejectedEvents
function Exporter:rejected_events()
  return object.new(RejectedEvents, private(self))
end

--- Flag, lock and counts, as the `status` command shows them.
-- @treturn table|nil `enabled`, `lock` (its holder), `lock_ttl_ms`, `pending`,
-- `rejected`, `buckets`, `latest_bucket`
function Exporter:status()
  return private(self).core:status()
end

--- Counters since this exporter was made; the README lists them.
-- @treturn table
function Exporter:stats()
  local this = private(self)
  local stats, message, code = this.core:stats()
  if stats then stats.export_failures = this.export_failures or 0 end
  return stats, message, code
end

--- Releases the connections. Idempotent; any other method raises afterwards.
-- @treturn true
function Exporter:close()
  return private(self).core:close()
end

Exporter.__close = Exporter.close

return Exporter
