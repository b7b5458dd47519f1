-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What waits, since when, and which workers there are: for people and for monitoring. Figures that
-- Redis does not return are left out.
-- @module kinesis_exporter.status.backlog

local keys = require "kinesis_exporter.util.redis_keys"
local times = require "kinesis_exporter.util.times"

local backlog = {}

-- Lists of chunks. The first event of each list is its oldest.
local LISTS = { keys.OUTBOX_CLAIMED, keys.OUTBOX, keys.INBOX_CLAIMED, keys.INBOX }

-- A chunk may be large, and its first event is at its beginning.
local HEAD = "return string.sub(redis.call('LINDEX', KEYS[1], 0) or '', 1, 4096)"

--- When a bucket begins.
-- @tparam string|nil name 14 digits
-- @treturn int|nil seconds since the epoch
function backlog.bucket_time(name)
  local y, mo, d, h, mi, s = (name or ""):match "^(%d%d%d%d)(%d%d)(%d%d)(%d%d)(%d%d)(%d%d)$"
  return y and times.seconds(y, mo, d, h, mi, s) or nil
end

--- When an event was made, according to its `time_gen`.
-- @tparam string text that begins with the event
-- @treturn int|nil seconds since the epoch
function backlog.event_time(text)
  local y, mo, d, h, mi, s = text:match
    '"time_gen"%s*:%s*"(%d%d%d%d)(%d%d)(%d%d) (%d%d):(%d%d):(%d%d)"'
  return y and times.seconds(y, mo, d, h, mi, s) or nil
end

-- The first element of an answer of Redis, or nil.
local function first(core, where, ...)
  local answer = core:ask(where, ...)
  return answer and answer[1] or nil
end

local function number(core, where, ...)
  return tonumber(first(core, where, ...) or nil)
end

local function oldest_event(core)
  local oldest
  for _, key in ipairs(LISTS) do
    local time = backlog.event_time(first(core, "data", "EVAL", HEAD, "1", key) or "")
    if time and (not oldest or time < oldest) then oldest = time end
  end
  return oldest
end

-- The number of registered workers, and how many of them show that they are alive.
local function workers(core, queue)
  local names = core:ask("queue", "SMEMBERS", keys.of_queue(queue, "workers"))
  if not names then return nil end
  local alive = 0
  for _, name in ipairs(names) do
    alive = alive + (number(core, "queue", "EXISTS", keys.of_queue(queue, "alive:") .. name) or 0)
  end
  return #names, alive
end

-- The name of the newest bucket that was read, as jobs see it.
local function marker(core)
  local one = first(core, "data", "GET", keys.LATEST_BUCKET) or ""
  local other = first(core, "main", "GET", keys.LATEST_BUCKET) or ""
  return one > other and one or other
end

-- Buckets that wait although a newer one has been read.
local function late_buckets(core, latest)
  if latest == "" then return 0 end
  local names = core:ask("data", "ZRANGEBYSCORE", keys.BUCKETS, "-inf", latest,
    "LIMIT", "0", "1000")
  return names and #names
end

local function marker_ahead(core, latest)
  local now = number(core, "data", "TIME")
  return now and latest and math.max(0, latest - now)
end

--- Reads the figures from Redis.
-- @tparam table this an exporter's private part
-- @treturn table `queued_jobs`, `workers` (alive), `workers_dead`, `buckets_enabled`,
-- `buckets_emergency`, `late_buckets`, `marker_ahead` (how many seconds the newest bucket
-- read lies in the future); and times, in seconds since the epoch: `oldest_event` (of the events
-- in chunks), `oldest_bucket`, `latest_bucket`
function backlog.look(this)
  local core, queue = this.core, this.settings.queue
  local registered, alive = workers(core, queue)
  local newest = marker(core)
  local latest = backlog.bucket_time(newest)
  return {
    queued_jobs = number(core, "queue", "LLEN", keys.queue(queue)),
    workers = alive, workers_dead = registered and registered - alive,
    buckets_enabled = first(core, "main", "GET", keys.BUCKETS_ENABLED) == "1",
    buckets_emergency = first(core, "main", "GET", keys.BUCKETS_EMERGENCY) == "1",
    oldest_event = oldest_event(core),
    oldest_bucket = backlog.bucket_time(first(core, "data", "ZRANGE", keys.BUCKETS, "0", "0")),
    latest_bucket = latest, late_buckets = late_buckets(core, newest),
    marker_ahead = marker_ahead(core, latest),
  }
end

--- How far the clock of Redis is ahead of this machine's.
-- @tparam table this
-- @tparam string where "main" or "data"
-- @tparam function wall returns seconds since the epoch, with fractions
-- @treturn number|nil seconds
function backlog.clock_offset(this, where, wall)
  local before = wall()
  local answer = this.core:ask(where, "TIME")
  if not answer then return nil end
  return tonumber(answer[1]) + tonumber(answer[2]) / 1e6 - (before + wall()) / 2
end

return backlog
