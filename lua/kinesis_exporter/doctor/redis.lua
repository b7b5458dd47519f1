-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The doctor's checks of a Redis server: whether it can be used, and whether it keeps its data.
-- @module kinesis_exporter.doctor.redis

local backlog = require "kinesis_exporter.status.backlog"
local core = require "kinesis_exporter.core"
local redis_permissions = require "kinesis_exporter.doctor.redis_permissions"
local numbers = require "kinesis_exporter.util.numbers"

local doctor_redis = {}

local OLDEST_MAJOR = 5

-- Seconds between two clocks. A job reads a bucket 10 s after its end.
local CLOCK_WARN, CLOCK_FAIL = 2, 10

-- The beginning of each server's finding names.
local PREFIXES = { main = "", data = "analytics ", queue = "queue " }

-- A server as the checks see it: `ask`, `info`, `min_replicas`, and `config`, which returns nil
-- when the server does not allow CONFIG GET.
local function server(this, where)
  local one = {
    where = where, info = {}, prefix = PREFIXES[where],
    min_replicas = this.settings.min_replicas,
  }
  function one.ask(...) return this.core:ask(where, ...) end
  function one.config(name)
    local answer = one.ask("CONFIG", "GET", name)
    return answer and answer[2] or nil
  end
  return one
end

local function read_info(one)
  local answer, message = one.ask "INFO"
  if not answer then return nil, message end
  for name, value in answer[1]:gmatch "([%w_]+):([^\r\n]*)" do one.info[name] = value end
  return true
end

local function check_version(found, one, name)
  local version = one.info.redis_version or "unknown"
  if tonumber(version:match "^%d+" or OLDEST_MAJOR) < OLDEST_MAJOR then
    found:fail(name, "Redis %s is too old: %d or newer is needed", version, OLDEST_MAJOR)
  else
    found:ok(name, "reachable, Redis %s", version)
  end
end

local function check_role(found, one, name)
  local info = one.info
  if info.role == "slave" then
    found:fail(name, "a replica of %s:%s, which takes no writes: name the primary",
      info.master_host or "?", info.master_port or "?")
  elseif info.redis_mode == "cluster" then
    found:ok(name, "primary, in cluster mode")
  else
    found:ok(name, "primary, %s replicas", info.connected_slaves or "0")
  end
end

-- The memory that counts against maxmemory, and maxmemory, which is 0 for no limit.
local function memory(info)
  local function number(name) return tonumber(info[name] or "0") end
  return number "used_memory" - number "mem_not_counted_for_evict", number "maxmemory"
end

local function is_full(one)
  local used, most = memory(one.info)
  return most > 0 and used > most
end

local function check_memory(found, one, name)
  local used, most = memory(one.info)
  local policy = one.info.maxmemory_policy or one.config "maxmemory-policy" or "unknown"
  if most == 0 then
    found:ok(name, "%d MiB in use, no maxmemory", math.floor(used / 2 ^ 20))
    return
  end
  local text = ("%d of %d MiB in use, maxmemory-policy %s"):format(math.floor(used / 2 ^ 20),
    math.floor(most / 2 ^ 20), policy)
  if policy ~= "noeviction" then
    found:warn(name, "%s: keys may be evicted and their events lost: set noeviction", text)
  elseif is_full(one) then
    found:fail(name, "%s: full, nothing can be stored: raise maxmemory, or make room with "
      .. "kinesis-exporter flush", text)
  elseif used > 0.9 * most then
    found:warn(name, "%s: nearly full, writes will fail: raise maxmemory", text)
  else
    found:ok(name, text)
  end
end

local function check_persistence(found, one, name)
  local aof, save = one.info.aof_enabled == "1", one.config "save"
  local fsync = aof and one.config "appendfsync"
  if aof and fsync == "no" then
    found:warn(name, "AOF with appendfsync no: a power cut loses half a minute: set everysec")
  elseif aof then
    found:ok(name, "AOF, appendfsync %s", fsync or "unknown")
  elseif save == "" then
    found:warn(name, "none: a restart of Redis loses all pending data: set appendonly yes")
  elseif save then
    found:warn(name, "snapshots only (save %s): a crash loses what came after the last "
      .. "snapshot: set appendonly yes", save)
  else
    found:warn(name, "no AOF, and Redis does not say whether it makes snapshots: set "
      .. "appendonly yes")
  end
end

local function replicas_online(info)
  local n = 0
  for name, value in pairs(info) do
    if name:find "^slave%d+$" and value:find "state=online" then n = n + 1 end
  end
  return n
end

-- Why Redis refuses writes, or why too few replicas get them; or nil.
local function refusal(one)
  local info = one.info
  if info.role == "slave" then return "a replica takes no writes" end
  if is_full(one) and (info.maxmemory_policy or one.config "maxmemory-policy") == "noeviction" then
    return "Redis is full, so it refuses writes: see memory"
  end
  local stops = one.config "stop-writes-on-bgsave-error" ~= "no"
  if info.rdb_last_bgsave_status == "err" and stops and one.config "save" ~= "" then
    return "the last snapshot failed, so Redis refuses writes: look at its disk and log"
  end
  if info.aof_enabled == "1" and info.aof_last_write_status == "err" then
    return "the AOF cannot be written, so Redis refuses writes: look at its disk and log"
  end
  local least = tonumber(one.config "min-replicas-to-write" or "0") or 0
  local good = tonumber(info.min_slaves_good_slaves or least)
  if good < least then
    return ("%d replicas of %d are in reach, so Redis refuses writes: look at the replicas")
      :format(good, least)
  end
  if replicas_online(info) < one.min_replicas then
    return ("min_replicas is %d, and %d replicas are online, so writes do not count: look at the "
      .. "replicas, or lower it"):format(one.min_replicas, replicas_online(info))
  end
end

local function check_writes(found, one, name)
  local why = refusal(one)
  if why then found:fail(name, why) else found:ok(name, "taken") end
end

local function check_clock(found, this, one, name)
  local offset = backlog.clock_offset(this, one.where, core.wall)
  if not offset then return found:warn(name, "Redis does not say what time it has") end
  local off, text = math.abs(offset), "in step with this machine"
  if off >= 0.5 then
    text = ("%s s %s this machine's"):format(numbers.fixed(off, 1),
      offset > 0 and "ahead of" or "behind")
  end
  if off >= CLOCK_FAIL then
    found:fail(name, "%s: buckets are read too early or too late: set the clocks (NTP)", text)
  elseif off >= CLOCK_WARN then
    found:warn(name, "%s: set the clocks (NTP)", text)
  else
    found:ok(name, text)
  end
end

local CHECKS = {
  { "role", check_role }, { "memory", check_memory }, { "persistence", check_persistence },
  { "writes", check_writes },
}

--- Checks a server.
-- @tparam kinesis_exporter.Findings found
-- @tparam table this an exporter's private part
-- @tparam string where "main", "data" or "queue"
-- @treturn boolean whether the server answers
function doctor_redis.check(found, this, where)
  local one = server(this, where)
  local name = one.prefix .. "redis"
  local reached, message = one.ask "TIME"
  if not reached then
    found:fail(name, message)
    return false
  end
  local read, why = read_info(one)
  if not read then
    found:warn(name, "reachable, but INFO fails: %s", why)
  else
    check_version(found, one, name)
    for _, check in ipairs(CHECKS) do check[2](found, one, name .. " " .. check[1]) end
  end
  check_clock(found, this, one, name .. " clock")
  redis_permissions.check(found, this, where, name .. " commands")
  return true
end

return doctor_redis
