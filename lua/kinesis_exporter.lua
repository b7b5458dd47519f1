-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Takes an API platform's analytics events from Redis to Amazon Kinesis.
--
-- Every method is also a function of the module, working on one default
-- exporter that `configure` sets up, or the environment without it. On failure
-- each returns `nil, message, code`; wrong arguments raise.
-- @module kinesis_exporter

local core = require "kinesis_exporter.core"
local config = require "kinesis_exporter.config"
local credentials = require "kinesis_exporter.credentials"

local STEP_MS = 100

---@class kinesis_exporter.Exporter
local Exporter = {}
Exporter.__index = Exporter
Exporter.__tostring = function() return "kinesis_exporter.Exporter" end
Exporter.__name = "kinesis_exporter.Exporter"

---@class kinesis_exporter.Rejected
local Rejected = {}
Rejected.__index = Rejected

local module = { _VERSION = core.version }

-- The core, the settings and whether a flush runs are kept away from the object
-- that users see and print.
local inside = setmetatable({}, { __mode = "k" })

local function private(self)
  local this = inside[self]
  if not this then error("expected an exporter: call its methods with a colon", 3) end
  return this
end

-- `level` is where the caller of the public function is, as seen from here.
local function make(options, level)
  if options ~= nil and type(options) ~= "table" then
    error("expected a table of options, got a " .. type(options), level)
  end
  local settings, message, code = config.complete(options or {}, level)
  if not settings then return nil, message, code end
  local made
  made, message, code = core.new(settings)
  if not made then return nil, message, code end
  local self = setmetatable({}, Exporter)
  inside[self] = { core = made, settings = settings }
  return self
end

--- Makes an exporter; nothing is connected before its first use.
-- @tparam[opt] table options see the README: all but `stream` and `region` have a default
-- @treturn Exporter|nil
-- @treturn string|nil what is wrong with a URL, a file or the environment
-- @treturn string|nil code: "config" or "memory"
-- @raise when an option is unknown, of the wrong type or out of range
---@param options table|nil
---@return kinesis_exporter.Exporter|nil exporter
---@return string|nil message
---@return string|nil code
function module.new(options)
  local made, message, code = make(options, 3)
  return made, message, code
end

local function log(this, level, format, ...)
  if this.settings.log then this.settings.log(level, format:format(...)) end
end

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
  return private(self).core:schedule_job()
end

--- Releases the lock that a job held.
-- @tparam string lock_key what `schedule_job` returned
-- @treturn boolean|nil true if that key held the lock
function Exporter:job_finished(lock_key)
  if type(lock_key) ~= "string" then
    error("lock_key must be a string, got a " .. type(lock_key), 2)
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
    error("expected a list of events, got a " .. type(list), 2)
  end
  local this = private(self)
  local stored, rejected, code, before = this.core:add_events(list)
  if stored and rejected > 0 then
    log(this, "warn", "%d of %d events were rejected", rejected, #list)
  end
  return stored, rejected, code, before
end

--- Stores one event.
-- @tparam table|string event as in `add_pending_events`
-- @treturn true|nil
-- @treturn string|nil message
-- @treturn string|nil code: "rejected" when the event is kept with the rejected ones
function Exporter:record(event)
  local kind = type(event)
  if kind ~= "table" and kind ~= "string" then
    error("expected an event (a table or a JSON string), got a " .. kind, 2)
  end
  local stored, rejected, code = self:add_pending_events { event }
  if not stored then return nil, rejected, code end
  if stored == 1 then return true end
  return nil, "the event is not a JSON object or is larger than a record: "
    .. "it is kept with the rejected events", "rejected"
end

-- Larger numbers are not whole in every Lua; no Redis holds as many events.
local MOST = 2 ^ 53

-- A number of events, or nil for no limit.
local function check_count(name, n)
  if n == nil then return nil end
  if type(n) ~= "number" or n ~= math.floor(n) or n < 0 or n - n ~= 0 then
    error(name .. " must be a whole number that is not negative, got " .. tostring(n), 3)
  end
  return n < MOST and n or nil
end

-- The progress callback, or nil.
local function check_flush_options(options)
  if options == nil then return nil end
  if type(options) ~= "table" then
    error("expected a table of flush options, got a " .. type(options), 3)
  end
  for name in pairs(options) do
    if name ~= "progress" then
      error(("unknown flush option '%s', there is 'progress'"):format(tostring(name)), 3)
    end
  end
  local kind = type(options.progress)
  if kind ~= "nil" and kind ~= "function" then
    error("option 'progress' must be a function, got a " .. kind, 3)
  end
  return options.progress
end

local function give_credentials(this)
  local found, message, code = credentials.find(this.settings.credentials)
  if not found then return nil, message, code end
  return this.core:set_credentials(found)
end

local function check_destination(settings)
  if not settings.stream then
    return nil, "no stream: set the stream option, KINESIS_EXPORTER_STREAM or --stream", "config"
  end
  if not settings.region then
    return nil, "no region: set the region option, AWS_REGION or --region", "config"
  end
  return true
end

-- Works the flush off. Returns what core:flush_step ended with.
local function step_to_the_end(this, limit, progress)
  log(this, "info", "flush: begun")
  while true do
    local state, a, b, c = this.core:flush_step(STEP_MS)
    if state == "credentials" then
      local given, message, code = give_credentials(this)
      if not given then
        this.core:flush_stop()
        this.refusal = { message, code }
      end
    elseif state ~= "running" then
      return state, a, b, c
    elseif progress and progress(a, math.min(b, limit or b)) == false then
      this.core:flush_stop()
    end
  end
end

-- A callback raised: what is in flight ends, the rest returns to pending, and
-- the lock is released before anybody hears of it.
local function wind_up(this)
  this.core:flush_stop()
  repeat
    local state = this.core:flush_step(STEP_MS)
  until state ~= "running" and state ~= "credentials"
end

local function flush(this, limit, progress)
  this.refusal = nil
  local finished, state, a, b, c = pcall(step_to_the_end, this, limit, progress)
  if not finished then
    wind_up(this)
    error(state, 0)
  end
  if state == nil then return nil, a, b, c end
  if this.refusal then return nil, this.refusal[1], this.refusal[2], a end
  return a, b
end

local function begin(this, limit)
  local found, message, code = check_destination(this.settings)
  if found then found, message, code = give_credentials(this) end
  if not found then return nil, message, code end
  return this.core:flush_begin(limit)
end

-- The credentials function, too, may not begin another flush.
local function run(this, limit, progress)
  local begun, message, code = begin(this, limit)
  if begun ~= true then return begun, message, code end
  return flush(this, limit, progress)
end

local function report(this, rejected_before, sent, outcome, code, accepted)
  local rejected = this.core:stats().events_rejected - rejected_before
  if rejected > 0 then log(this, "warn", "flush: %d events were rejected", rejected) end
  if not sent then
    log(this, "error", "flush failed after %d events (%s): %s", accepted or 0, code, outcome)
  elseif outcome then
    log(this, "warn", "flush: %d events sent, %s", sent, outcome)
  else
    log(this, "info", "flush: %d events sent", sent)
  end
  return sent, outcome, code, accepted
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
  local most, progress = check_count("limit", limit), check_flush_options(options)
  local this = private(self)
  if this.flushing then error("a flush is in progress on this exporter", 2) end
  if limit == 0 then return 0 end
  local rejected = this.core:stats().events_rejected
  this.flushing = true
  local results = { pcall(run, this, most, progress) }
  this.flushing = false
  if not results[1] then error(results[2], 0) end
  return report(this, rejected, results[2], results[3], results[4], results[5])
end

--- The events that could not be exported as they are.
-- @treturn Rejected
function Exporter:rejected_events()
  private(self)
  local object = setmetatable({}, Rejected)
  inside[object] = inside[self]
  return object
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
  return private(self).core:stats()
end

--- Releases the connections. Idempotent; any other method raises afterwards.
-- @treturn true
function Exporter:close()
  return private(self).core:close()
end

Exporter.__close = Exporter.close

--- How many rejected events there are.
-- @treturn int|nil
function Rejected:size()
  return private(self).core:rejected_size()
end

--- The oldest rejected events.
-- @tparam[opt=100] int n at most so many
-- @treturn {table,...}|nil each `{event=, reason=, time=}`
function Rejected:list(n)
  local most = check_count("n", n == nil and 100 or n) or MOST
  return private(self).core:rejected_list(most)
end

--- Makes those that can be exported by now pending again (after `record_bytes`
-- was raised, say); the others stay.
-- @treturn int|nil number of events that are pending again
function Rejected:retry()
  return private(self).core:rejected_retry()
end

--- Deletes all of them.
-- @treturn int|nil number of events deleted
function Rejected:delete_all()
  return private(self).core:rejected_delete_all()
end

local default

--- Sets up the exporter that the module's functions work on, replacing an
-- earlier one.
-- @tparam table options as for `new`
-- @treturn true|nil
function module.configure(options)
  local made, message, code = make(options, 3)
  if not made then return nil, message, code end
  if default then default:close() end
  default = made
  return true
end

local function on_default(method)
  return function(...)
    if not default then
      local made, message, code = make({}, 3)
      if not made then return nil, message, code end
      default = made
    end
    return method(default, ...)
  end
end

for name, method in pairs(Exporter) do
  if type(method) == "function" and not name:find "^__" then module[name] = on_default(method) end
end

--- Releases the default exporter; the next use makes a new one.
-- @treturn true
function module.close()
  if default then default:close() end
  default = nil
  return true
end

return module
