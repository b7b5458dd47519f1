-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The exporter's methods. Each is also a function of the module and then works with the default
-- exporter. On failure each returns `nil, message, code`. Wrong arguments raise.
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

-- The last second of the year 9999.
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

--- Turns exporting off. Running exports stop before their next call.
-- @treturn true|nil
function Exporter:disable()
  return private(self).core:disable()
end

--- Tells whether exporting is on.
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

--- Stores events to be exported. An event that is not a JSON object, or is larger than a record, is
-- put among the rejected events and does not stop the others.
-- @tparam {table|string,...} list flat tables, or JSON objects as text; a table
-- without `time_gen` gets the current time
-- @treturn int|nil number of events stored
-- @treturn int|string number of events rejected, or the message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of events stored before it
function Exporter:add_pending_events(list)
  if type(list) ~= "table" then
    core.raise("expected a list of events, got a " .. type(list))
  end
  if #list == 0 and next(list) ~= nil then
    core.raise "expected a list of events, got a table without a first one: add braces"
  end
  local this = private(self)
  local stored, rejected, code, before = this.core:add_events(list)
  if stored and rejected > 0 then
    log(this, "warn", "%d of %d events were rejected", rejected, #list,
      { event = "events_rejected", count = rejected, of = #list })
  end
  return stored, rejected, code, before
end

--- Stores one event. In nginx it goes into a buffer and is stored soon; the caller does not wait.
-- @tparam table|string event as in `add_pending_events`
-- @treturn true|nil
-- @treturn string|nil message
-- @treturn string|nil code: "rejected" when the event was put among the rejected events,
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
-- @tparam[opt] int limit the most events to send; without it all pending events are sent
-- @tparam[opt] table options `progress`: a function `(accepted, total)` that is called about
-- ten times a second; `total` is the number of events that were pending at the start, at most the
-- limit; when it returns false the flush ends early
-- @treturn int|nil number of events Kinesis accepted
-- @treturn string|nil outcome: nil (all is sent), "disabled", "locked" or "partial"; or the
-- message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of events accepted before it
function Exporter:flush_pending_events(limit, options)
  local most, progress = check.count("limit", limit), check.progress(options, "flush")
  local this = private(self)
  if limit == 0 and not this.busy then return 0 end
  local function begin(of) return of:flush_begin(most) end
  return task.perform(this, "flush", begin, most, progress)
end

-- The name of the bucket that begins at a time: seconds since the epoch, or text as jobs have it.
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

--- Performs a job now: makes events of the counters that changed in the buckets that are due, then
-- exports the pending events if there are enough of them.
-- @tparam[opt] number|string end_time read buckets up to this time; without it all that are due
-- @tparam[opt] string lock_key of a queued job: the job is performed under this lock, unless
-- another exporter has the lock now
-- @tparam[opt] table options `progress`, as in `flush_pending_events`
-- @treturn int|nil number of events taken from buckets
-- @treturn string|nil outcome: nil, "disabled", "locked" or "partial"; or the message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of events taken from buckets before it; they are pending
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
  -- Otherwise the first job that it schedules would keep its lock.
  if method == "run" then
    local ready, message, code = this.core:check_export()
    if not ready then return nil, message, code end
  end
  local function say(level, ...) log(this, level, ...) end
  local stop, ending = options.stop, this.ending
  if ending then options.stop = function() return ending() or (stop and stop()) end end
  local queue = job_queue.new(this.core, options.queue, options.worker_ttl_seconds)
  local chore = method == "run" and scheduler.chore(self, options.every_seconds, say) or nil
  return worker.new({ exporter = self, queue = queue, log = say, chore = chore,
    sleep = this.sleep }, options):work()
end

--- Takes jobs from the queue and performs them until `stop` returns true. A job that fails is
-- queued again; after the third failure it is among the failed jobs. While Redis is away the
-- worker waits. The call blocks: use it in a process of its own.
-- @tparam[opt] table options
--
-- * `queue`: name of the queue (default: the exporter's)
-- * `once`: perform at most one job, then return; do not wait for Redis
-- * `poll_seconds`: seconds between two looks at an empty queue (1)
-- * `worker_ttl_seconds`: seconds that a worker may be silent before others take its job back (60)
-- * `stop`: a function that is called often; when it returns true, the current job ends early in
--   order and is given back
--
-- @treturn int|nil number of jobs performed
-- @treturn int|string number of events taken from buckets, or the message
-- @treturn int|string number of attempts that failed, or the code
-- @treturn string|nil why the last attempt failed
function Exporter:work(options)
  local this = private(self)
  local complete = worker_options.complete(options, "work", this.settings.queue)
  return begin_to_work(self, this, complete, "work")
end

--- Schedules a job at once and then at regular intervals, and performs jobs like `work`, including
-- those that others scheduled.
-- @tparam[opt] table options `every_seconds` (120), and those of `work` except `once`
-- @treturn int|nil the same results as those of `work`
-- @treturn int|string
-- @treturn int|string
-- @treturn string|nil
function Exporter:run(options)
  local this = private(self)
  local complete = worker_options.complete(options, "run", this.settings.queue)
  return begin_to_work(self, this, complete, "run")
end

--- The jobs that failed three times or cannot be read.
-- @treturn FailedJobs
function Exporter:failed_jobs()
  return object.new(FailedJobs, private(self))
end

--- Counts the use of an API: adds to the counters of every period, and puts their keys into the
-- current bucket, from which a job makes events.
-- @tparam table report `service_id`, `application_id`, `user_id` (strings or whole
-- numbers), `usage` (`{ [metric] = n }`), `response_code` (a number), `timestamp`
-- (seconds since the epoch; default: now); or a list of reports, which are written together
-- @treturn true|nil
-- @treturn string|nil message
-- @treturn string|nil code
-- @treturn int|nil after a failure: number of reports of the list that were surely written
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

--- The events that cannot be exported as they are.
-- @treturn RejectedEvents
function Exporter:rejected_events()
  return object.new(RejectedEvents, private(self))
end

--- Reads flag, lock and counts, as the `status` command shows them.
-- @treturn table|nil `enabled`, `lock` (its holder), `lock_ttl_ms`, `pending`,
-- `rejected`, `buckets`, `latest_bucket`
function Exporter:status()
  return private(self).core:status()
end

--- What this exporter has done since it was made: counters by name.
-- @treturn table
function Exporter:stats()
  local this = private(self)
  local stats, message, code = this.core:stats()
  if stats then stats.export_failures = this.export_failures or 0 end
  return stats, message, code
end

--- Releases the connections. It may be called again; any other method raises afterwards.
-- @treturn true
function Exporter:close()
  return private(self).core:close()
end

Exporter.__close = Exporter.close

return Exporter
