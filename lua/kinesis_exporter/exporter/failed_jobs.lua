-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The jobs that failed three times or cannot be read.
-- @module kinesis_exporter.exporter.failed_jobs

local check = require "kinesis_exporter.util.check"
local object = require "kinesis_exporter.util.object"

local private = object.private

---@class kinesis_exporter.FailedJobs
local FailedJobs = {}
FailedJobs.__index = FailedJobs

--- How many failed jobs there are.
-- @treturn int|nil
function FailedJobs:size()
  local this = private(self)
  return this.core:failed_size(this.settings.queue)
end

--- The oldest failed jobs.
-- @tparam[opt=100] int n the most jobs to return
-- @treturn {table,...}|nil each `{job=, error=, time=, attempts=}`; `job` is the text that was
-- queued
function FailedJobs:list(n)
  local this, most = private(self), check.count("n", n == nil and 100 or n) or check.MOST
  return this.core:failed_list(this.settings.queue, most)
end

--- Queues all failed jobs again, as if they had never failed.
-- @treturn int|nil number of jobs queued
function FailedJobs:retry()
  local this = private(self)
  return this.core:failed_retry(this.settings.queue)
end

--- Deletes all failed jobs.
-- @treturn int|nil number of jobs deleted
function FailedJobs:delete_all()
  local this = private(self)
  return this.core:failed_delete_all(this.settings.queue)
end

return FailedJobs
