-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The queue of jobs as one worker sees it. Every method returns
-- `nil, message, code` when Redis is away.
-- @module kinesis_exporter.jobs.queue

local core = require "kinesis_exporter.core"

local queue = {}

---@class kinesis_exporter.JobQueue
local JobQueue = {}
JobQueue.__index = JobQueue

--- Takes a job, or returns the worker's current job again.
-- @treturn table|false|nil `text` (the job as it was queued), and `end_time` and
-- `lock_key`, or `fault`: why the job cannot be read; false when it found none
-- @treturn boolean|string whether a part of the queue was not looked at; the next call looks at it;
-- or the message
-- @treturn string|nil code
function JobQueue:take()
  local job, at, code = self.core:queue_take(self.name, self.worker, self.ttl, self.at)
  if job == nil then return nil, at, code end
  self.at = at
  return job, at > 0
end

--- Shows that the worker is alive.
-- @treturn boolean|nil whether the worker still has its job
function JobQueue:beat()
  return self.core:queue_beat(self.name, self.worker, self.ttl)
end

--- Removes a job that was performed.
-- @tparam string text of the current job
-- @treturn boolean|nil false, here and below, when the worker no longer has the job
function JobQueue:done(text)
  return self.core:queue_done(self.name, self.worker, text)
end

--- Puts the job back at the head of the queue.
-- @tparam string text
-- @treturn boolean|nil
function JobQueue:give_back(text)
  return self.core:queue_give_back(self.name, self.worker, text)
end

--- Counts a failed attempt. After the third the job is put among the failed jobs.
-- @tparam string text
-- @tparam string why
-- @treturn string|false|nil "queued" or "failed"
function JobQueue:fail(text, why)
  return self.core:queue_fail(self.name, self.worker, text, why)
end

--- Puts a job that cannot be performed among the failed jobs.
-- @tparam string text
-- @tparam string why
-- @treturn boolean|nil
function JobQueue:bury(text, why)
  return self.core:queue_bury(self.name, self.worker, text, why)
end

--- Takes back the jobs of workers that have died.
-- @treturn int|nil how many are queued again
-- @treturn int|string how many were put among the failed jobs, or the message
function JobQueue:recover()
  return self.core:queue_recover(self.name, self.worker)
end

--- Removes the worker.
-- @treturn boolean|nil false when it still has a job
function JobQueue:leave()
  return self.core:queue_leave(self.name, self.worker)
end

--- A queue for a new worker.
-- @tparam userdata of the core of an exporter
-- @tparam string name of the queue
-- @tparam number ttl seconds after which a silent worker counts as dead
-- @treturn kinesis_exporter.JobQueue
function queue.new(of, name, ttl)
  local self = { core = of, name = name, ttl = ttl, worker = core.process_name(), at = 0 }
  return setmetatable(self, JobQueue)
end

return queue
