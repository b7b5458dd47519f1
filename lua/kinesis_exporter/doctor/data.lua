-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The doctor's checks of the data in Redis: flag, lock, events, buckets and jobs.
-- @module kinesis_exporter.doctor.data

local backlog = require "kinesis_exporter.status.backlog"
local findings = require "kinesis_exporter.doctor.findings"
local keys = require "kinesis_exporter.util.redis_keys"

local doctor_data = {}

-- Seconds after which a job should have read a bucket.
local BUCKET_AGE = 600

local span = findings.span

-- The keys: on which Redis each is, its name, and its type.
local function typed_keys(settings)
  local function of_queue(name) return keys.of_queue(settings.queue, name) end
  return {
    { "main", keys.ENABLED, "string" }, { "main", keys.lock(settings.lock_resource), "string" },
    { "main", keys.fence(settings.lock_resource), "string" },
    { "main", keys.BUCKETS_ENABLED, "string" }, { "main", keys.BUCKETS_EMERGENCY, "string" },
    { "queue", "resque:queues", "set" }, { "queue", keys.queue(settings.queue), "list" },
    { "queue", of_queue "workers", "set" }, { "queue", of_queue "attempts", "hash" },
    { "queue", of_queue "failed", "list" },
    { "data", keys.LATEST_BUCKET, "string" }, { "data", keys.BUCKETS, "zset" },
    { "data", keys.PENDING, "set" }, { "data", keys.CLAIMED, "set" },
    { "data", keys.CLAIM, "hash" }, { "data", keys.INBOX, "list" },
    { "data", keys.INBOX_EVENTS, "string" }, { "data", keys.INBOX_CLAIMED, "list" },
    { "data", keys.INBOX_CLAIMED_EVENTS, "string" }, { "data", keys.OUTBOX, "list" },
    { "data", keys.OUTBOX_EVENTS, "string" }, { "data", keys.OUTBOX_CLAIMED, "list" },
    { "data", keys.OUTBOX_CLAIMED_EVENTS, "string" }, { "data", keys.TOTALS, "hash" },
    { "data", keys.HISTORY, "list" }, { "data", keys.REJECTED, "list" },
  }
end

-- A key with its prefix, as redis-cli needs it.
local function full(this, key)
  return (this.settings.key_prefix or "") .. key
end

local function check_types(found, this)
  local wrong, list = 0, typed_keys(this.settings)
  for _, key in ipairs(list) do
    local answer, message = this.core:ask(key[1], "TYPE", key[2])
    if not answer then return found:warn("keys", "their types cannot be read: %s", message) end
    if answer[1] ~= "none" and answer[1] ~= key[3] then
      wrong = wrong + 1
      found:fail("keys", "%s is a %s, not a %s: something else has written it: rename it",
        full(this, key[2]), answer[1], key[3])
    end
  end
  if wrong == 0 then found:ok("keys", "%d keys have the right type or are absent", #list) end
end

local function check_flag(found, status)
  if status.enabled then return found:ok("exporting", "on") end
  found:warn("exporting", "off, so nothing is sent: run kinesis-exporter enable")
end

local function check_lock(found, this, status)
  if not status.lock then return found:ok("lock", "free") end
  local ttl = status.lock_ttl_ms
  if ttl < 0 then
    return found:fail("lock", "held by %s without expiry, so nothing is sent: if no exporter runs, "
      .. "delete the key %s", status.lock, full(this, keys.lock(this.settings.lock_resource)))
  end
  local since = this.settings.lock_ttl_seconds - ttl / 1000
  found:ok("lock", "held by %s, %sexpires in %s if nobody renews it", status.lock,
    since >= 0 and ("taken or renewed %s ago, "):format(span(since)) or "", span(ttl / 1000))
end

local function number(this, where, ...)
  local answer = this.core:ask(where, ...)
  return tonumber(answer and answer[1] or nil) or 0
end

local function count(this, ...)
  local sum = 0
  for _, key in ipairs { ... } do sum = sum + number(this, "data", "GET", key) end
  return sum
end

local function check_pending(found, this, status, look)
  local claimed = count(this, keys.INBOX_CLAIMED_EVENTS, keys.OUTBOX_CLAIMED_EVENTS)
    + number(this, "data", "SCARD", keys.CLAIMED)
    - number(this, "data", "HGET", keys.CLAIM, "settled")
  local age = look.oldest_event and os.time() - look.oldest_event
  local text = ("%d events: %d in the set, %d in the inbox, %d in the outbox, %d claimed%s"):format(
    status.pending, number(this, "data", "SCARD", keys.PENDING), count(this, keys.INBOX_EVENTS),
    count(this, keys.OUTBOX_EVENTS), claimed,
    age and age >= 0 and (", the oldest in chunks %s old"):format(span(age)) or "")
  if status.pending > this.settings.max_pending_events then
    found:warn("pending", "%s: above max_pending_events: is a worker running?", text)
  else
    found:ok("pending", text)
  end
end

local function check_claims(found, this, status)
  local claims = number(this, "data", "EXISTS", keys.CLAIMED, keys.INBOX_CLAIMED,
    keys.OUTBOX_CLAIMED)
  local staged = status.lock and number(this, "data", "LLEN", keys.STAGE .. status.lock) or 0
  if claims > 0 and not status.lock then
    found:warn("claims", "%d are left from an export that ended early: the next export finishes "
      .. "them, run kinesis-exporter flush", claims)
  elseif claims + staged > 0 then
    found:ok("claims", "%d of the export under way, %d chunks staged", claims, staged)
  else
    found:ok("claims", "none")
  end
end

local function check_buckets(found, status, look)
  local age = look.oldest_bucket and os.time() - look.oldest_bucket
  local text = ("%s, %d wait%s"):format(look.buckets_enabled and "on" or "off", status.buckets,
    age and (", the oldest began %s ago"):format(span(math.max(age, 0))) or "")
  if look.buckets_emergency then
    found:warn("buckets", "%s: switched off in an emergency, because jobs did not keep up: is a "
      .. "worker running?", text)
  elseif age and age > BUCKET_AGE then
    found:warn("buckets", "%s: is a worker running? See kinesis-exporter help run", text)
  else
    found:ok("buckets", text)
  end
end

local function check_late(found, look)
  local late, ahead = look.late_buckets or 0, look.marker_ahead or 0
  if late > 0 then
    found:warn("late buckets", "%d wait, and the next jobs read them: a producer was behind, or a "
      .. "clock is or was wrong", late)
  else
    found:ok("late buckets", "none")
  end
  if ahead > 0 then
    found:warn("latest bucket", "the newest bucket read lies %s in the future: is the clock of "
      .. "Redis or of a machine that performs jobs wrong?", span(ahead))
  elseif look.latest_bucket then
    found:ok("latest bucket", "the newest bucket read does not lie in the future")
  else
    found:ok("latest bucket", "no bucket has been read")
  end
end

-- Checks a list that should be empty. Its entries contain a time.
local function check_empty(found, this, name, where, key)
  local n = number(this, where, "LLEN", key)
  if n == 0 then return found:ok(name, "none") end
  local head = this.core:ask(where, "LINDEX", key, "0")
  local time = head and head[1] and head[1]:match '"time":"([^"\n]*)"'
  found:warn(name, "%d%s: see kinesis-exporter %s list", n,
    time and (", the oldest of %s"):format(time) or "", name:match "^%a+")
end

local function check_workers(found, look)
  local queued, alive, dead = look.queued_jobs, look.workers or 0, look.workers_dead or 0
  if not queued then return found:warn("workers", "the queue cannot be read: see keys") end
  local text = ("%d jobs queued, %d workers"):format(queued, alive)
  if dead > 0 then
    found:warn("workers", "%s, %d more give no sign of life: the next worker takes their jobs",
      text, dead)
  elseif queued > 0 and alive == 0 then
    found:warn("workers", "%s: if no Ruby worker performs them, run kinesis-exporter work", text)
  else
    found:ok("workers", text)
  end
end

--- Checks the data in Redis.
-- @tparam kinesis_exporter.Findings found
-- @tparam table this an exporter's private part
function doctor_data.check(found, this)
  check_types(found, this)
  local status, message = this.core:status()
  if not status then return found:fail("state", message) end
  local look = backlog.look(this)
  check_flag(found, status)
  check_lock(found, this, status)
  check_buckets(found, status, look)
  check_late(found, look)
  check_pending(found, this, status, look)
  check_claims(found, this, status)
  check_empty(found, this, "rejected events", "data", keys.REJECTED)
  check_empty(found, this, "failed jobs", "queue", keys.of_queue(this.settings.queue, "failed"))
  check_workers(found, look)
end

return doctor_data
