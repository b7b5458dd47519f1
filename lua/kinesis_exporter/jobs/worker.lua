-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The loop of a worker: it takes jobs from the queue and performs them until `stop` returns true.
-- Redis records the worker's current job until the job is settled.
-- @module kinesis_exporter.jobs.worker

local backoff = require "kinesis_exporter.util.backoff"
local core = require "kinesis_exporter.core"
local times = require "kinesis_exporter.util.times"

local worker = {}

-- The longest pause in seconds, after which `stop` is called again.
local SLICE = 0.25

local NOT_PERFORMED = {
  disabled = "the job up to %s is not performed: exporting is off",
  locked = "the job up to %s is not performed: the lock has passed to another exporter",
}

local UNREADABLE_TIME = "its end time is not like '2026-11-22 18:30:50 UTC'"

---@class kinesis_exporter.Worker
local Worker = {}
Worker.__index = Worker

-- The last argument is the table of fields.
function Worker:say(level, format, ...)
  local fields = select(select("#", ...), ...)
  fields.worker = self.queue.worker
  self.log(level, format, ...)
end

function Worker:stopped()
  if not self.stopping and self.stop and self.stop() then self.stopping = true end
  return self.stopping
end

function Worker:pause(seconds)
  local deadline = self.clock() + seconds
  while not self:stopped() do
    local left = deadline - self.clock()
    if left <= 0 then return end
    if not self.sleep(math.min(left, SLICE)) then self.stopping = true end
  end
end

function Worker:wait_for_redis(message)
  if not self.away then
    self:say("warn", "waiting for Redis: %s", message, { event = "redis_away", error = message })
  end
  self.away = true
  self:pause(self.reconnecting:next())
end

-- Jobs of dead workers are taken back only later: the other workers need time to show that they are
-- alive.
function Worker:redis_is_back()
  if not self.away then return end
  self:say("info", "Redis is back", { event = "redis_back" })
  self.away = false
  self.reconnecting:reset()
  self.recover_at = self.clock() + self.ttl
end

-- Settles the current job. Waits as long as Redis is away.
function Worker:settle(operation, ...)
  while true do
    local settled, message, code = self.queue[operation](self.queue, self.job.text, ...)
    if settled ~= nil then
      self:redis_is_back()
      if not settled then
        self:say("warn", "the job is lost: another worker has taken it back",
          { event = "job_lost" })
      end
      self.job = nil
      return settled
    end
    if code ~= "redis" or self.once or self:stopped() then return nil, message, code end
    self:wait_for_redis(message)
  end
end

-- The progress function of the task. It returns false to end the task: when the worker stops, or
-- when another worker has taken the job back.
function Worker:progress()
  local beat_at = self.clock() + self.ttl / 4
  return function()
    if self:stopped() then return false end
    local now = self.clock()
    if now < beat_at then return true end
    beat_at = now + self.ttl / 4
    return self.queue:beat() ~= false
  end
end

function Worker:not_readable(fault)
  self.failed, self.why = self.failed + 1, fault
  self:say("error", "a job cannot be performed: %s: see kinesis-exporter failed list", fault,
    { event = "job_unreadable", error = fault })
  local settled, message, code = self:settle("bury", fault)
  if settled == nil then return nil, message, code end
  return "unreadable"
end

-- When Redis fails, the job has not failed: the worker keeps it. A wrong setting ends the worker,
-- because it would make each job fail.
function Worker:not_performed(message, code)
  if code == "redis" or code == "config" then return nil, message, code end
  if code == "timeout" and self:stopped() then return "stopped" end
  local fate, problem, problem_code = self:settle("fail", message)
  if fate == nil then return nil, problem, problem_code end
  if fate then self.failed, self.why = self.failed + 1, message end
  if fate == "failed" then
    self:say("error", "the job failed three times: see kinesis-exporter failed list",
      { event = "job_failed", code = code, error = message })
  elseif fate then
    self:say("warn", "the job failed and is queued again",
      { event = "job_queued_again", code = code, error = message })
  end
  return "failed"
end

function Worker:performed(outcome)
  if outcome == "partial" and self:stopped() then return "stopped" end
  local end_time = self.job.end_time
  local settled, message, code = self:settle "done"
  if settled == nil then return nil, message, code end
  if NOT_PERFORMED[outcome] then
    self:say("info", NOT_PERFORMED[outcome], end_time,
      { event = "job_not_performed", reason = outcome, end_time = end_time })
  elseif settled then
    self.jobs = self.jobs + 1
  end
  return "performed"
end

-- A job that raises an error counts as failed, so that it is not repeated without end.
function Worker:raised(problem)
  self:settle("fail", tostring(problem))
  self:leave()
  error(problem, 0)
end

function Worker:perform()
  local job = self.job
  local fault = job.fault or (not times.bucket(job.end_time) and UNREADABLE_TIME)
  if fault then return self:not_readable(fault) end
  local fine, n, outcome, code, before = pcall(self.exporter.perform_job, self.exporter,
    job.end_time, job.lock_key, { progress = self:progress() })
  if not fine then return self:raised(n) end
  self.events = self.events + (n or before or 0)
  if not n then return self:not_performed(outcome, code) end
  return self:performed(outcome)
end

function Worker:recover()
  if self.clock() < self.recover_at then return true end
  local queued, failed, code = self.queue:recover()
  if not queued then return nil, failed, code end
  self.recover_at = self.clock() + self.ttl / 2
  if queued + failed > 0 then
    self:say("warn", "%d jobs of dead workers: %d queued again, %d put among the failed jobs",
      queued + failed, queued, failed,
      { event = "jobs_recovered", queued = queued, failed = failed })
  end
  return true
end

-- Takes and performs at most one job. Returns "idle", "more" (idle, but not all of the queue was
-- looked at), "performed", "failed", "unreadable" or "stopped"; or nil, message and code.
function Worker:step()
  local done, message, code = true, nil, nil
  if self.chore then done, message, code = self.chore() end
  if done then done, message, code = self:recover() end
  if not done then return nil, message, code end
  local job, more
  job, more, code = self.queue:take()
  if job == nil then return nil, more, code end
  self:redis_is_back()
  self.job = job or nil
  if not job then return more and "more" or "idle" end
  self:say("debug", "a job is taken from the queue", { event = "job_taken" })
  if self:stopped() then return "stopped" end
  return self:perform()
end

function Worker:rest(state)
  if state == "failed" then return self:pause(self.failing:next()) end
  if state == "performed" then self.failing:reset() end
  if state == "idle" or state == "more" then self:pause(self.poll * (0.9 + 0.2 * self.random())) end
end

function Worker:leave()
  if self.job then
    self:say("info", "the job is given back", { event = "job_given_back" })
    self:settle "give_back"
  end
  local left, message = self.queue:leave()
  if left == nil then
    self:say("warn", "cannot sign off: %s", message, { event = "sign_off_failed", error = message })
  end
end

--- Works until `stop` returns true.
-- @treturn int|nil number of jobs performed
-- @treturn int|string number of events taken from buckets, or the message
-- @treturn int|string number of attempts that failed, or the code
-- @treturn string|nil why the last attempt failed
function Worker:work()
  self:say("info", "worker %s: begun", self.queue.worker, { event = "worker_begun" })
  local state, message, code
  while not self:stopped() do
    state, message, code = self:step()
    if not state and (code ~= "redis" or self.once) then break end
    if not state then self:wait_for_redis(message) end
    if self.once and state ~= "unreadable" and state ~= "more" then break end
    self:rest(state)
  end
  local ended_well = state or self.stopping
  self:leave()
  if not ended_well then return nil, message, code end
  self:say("info", "worker %s: ended, %d jobs, %d events, %d failures", self.queue.worker,
    self.jobs, self.events, self.failed,
    { event = "worker_ended", jobs = self.jobs, events = self.events, failed = self.failed })
  return self.jobs, self.events, self.failed, self.why
end

--- Makes a worker.
-- @tparam table parts `exporter`, `queue` (a kinesis_exporter.JobQueue) and `log`, a function
-- `(level, format, ...)`; optionally `chore`, a function that is called before each job, and
-- `clock`, `sleep` and `random`, which replace the core's
-- @tparam table options of kinesis_exporter.jobs.options
-- @treturn kinesis_exporter.Worker
function worker.new(parts, options)
  local random = parts.random or core.random
  return setmetatable({
    exporter = parts.exporter, queue = parts.queue, log = parts.log, chore = parts.chore,
    clock = parts.clock or core.monotonic, sleep = parts.sleep or core.sleep, random = random,
    stop = options.stop, once = options.once, poll = options.poll_seconds,
    ttl = options.worker_ttl_seconds, recover_at = -math.huge,
    reconnecting = backoff.new(0.2, 30, random), failing = backoff.new(1, 30, random),
    jobs = 0, events = 0, failed = 0, stopping = false, away = false,
  }, Worker)
end

return worker
