-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The doctor's check of the commands that exports and workers need: whether Redis has them, and
-- whether this user may use them with these keys. Redis only answers the question; it does not run
-- the commands.
-- @module kinesis_exporter.doctor.redis_permissions

local keys = require "kinesis_exporter.util.redis_keys"

local redis_permissions = {}

-- A word in capitals that `keys_of` knows stands for a key.
local COMMANDS = {
  main = {
    "GET ENABLED", "SET ENABLED 1", "DEL ENABLED", "PERSIST ENABLED", "SET LOCK x", "PTTL LOCK",
    "PEXPIRE LOCK 1", "EVAL return 1 LOCK", "EXISTS LOCK", "GET FENCE", "SET FENCE 1",
    "PERSIST FENCE", "MGET COUNTER", "INCRBY COUNTER 1", "EXPIRE COUNTER 1", "TIME",
    "SET WRITER 1", "EXPIRE WRITER 1",
  },
  queue = {
    "EVAL return 1 QUEUE", "SADD QUEUES x", "RPUSH QUEUE x", "LPUSH QUEUE x", "LRANGE QUEUE 0 1",
    "LLEN QUEUE", "LREM QUEUE 1 x", "SADD WORKERS x", "SREM WORKERS x", "SMEMBERS WORKERS",
    "PERSIST WORKERS", "SET WORKERS x", "EXISTS WORKERS", "DEL WORKERS",
    "HINCRBY ATTEMPTS x 1", "HDEL ATTEMPTS x", "EXPIRE ATTEMPTS 1", "RPOPLPUSH QUEUE QUEUE",
  },
  data = {
    "RENAME PENDING CLAIMED", "SSCAN CLAIMED 0", "UNLINK CLAIMED", "SADD PENDING x",
    "SCARD PENDING", "SPOP PENDING", "SREM PENDING x", "HSET CLAIM x y", "HMGET CLAIM x",
    "HGET CLAIM x", "HDEL CLAIM x", "PERSIST CLAIM", "RPUSH INBOX x", "LPUSH INBOX x", "LLEN INBOX",
    "LRANGE INBOX 0 1", "LTRIM INBOX 0 1", "LPOP INBOX", "RPOP INBOX", "INCRBY INBOX_EVENTS 1",
    "INCR INBOX_EVENTS", "DECRBY INBOX_EVENTS 1", "EVAL return 1 INBOX", "EXISTS CLAIMED",
    "PEXPIRE STAGE 1", "PERSIST STAGE", "ZADD BUCKETS 1 x", "ZCARD BUCKETS", "ZRANGE BUCKETS 0 0",
    "ZRANGEBYSCORE BUCKETS 0 1", "ZREM BUCKETS x", "SUNION BUCKET", "SADD BUCKET x",
    "HINCRBY TOTALS x 1", "HGETALL TOTALS", "PERSIST TOTALS", "PERSIST REJECTED",
    "LINDEX HISTORY 0", "TIME", "INFO",
  },
}

-- The option with the URL of each Redis.
local URLS = { main = "redis", data = "analytics_redis", queue = "queue_redis" }

local function keys_of(settings)
  return setmetatable({
    LOCK = keys.lock(settings.lock_resource), FENCE = keys.fence(settings.lock_resource),
    QUEUE = keys.queue(settings.queue),
    WORKERS = keys.of_queue(settings.queue, "workers"),
    ATTEMPTS = keys.of_queue(settings.queue, "attempts"), STAGE = keys.STAGE .. "x",
    COUNTER = "stats/{service:1}/day:20260101", WRITER = "send_to_kinesis:reports:writer:x",
    BUCKET = "{stats_bucket}:20260101000000", QUEUES = "resque:queues",
  }, { __index = keys })
end

local function words_of(text, names, prefix)
  local words = {}
  for word in text:gmatch "%S+" do
    local key = #words > 0 and names[word]
    words[#words + 1] = key and prefix .. key or word
  end
  return words
end

local unpack = rawget(table, "unpack") or _G.unpack

-- What Redis (7 or newer) says against the commands; nil when it cannot answer, or this user may
-- not ask.
local function rehearse(ask, list, names, prefix)
  local user, against = ask("ACL", "WHOAMI"), {}
  if not user then return nil end
  for _, text in ipairs(list) do
    local answer, message = ask("ACL", "DRYRUN", user[1], unpack(words_of(text, names, prefix)))
    local missing = not answer and message:find "ommand '[^']*' not found"
    if not answer and not missing then return nil end
    if missing or answer[1] ~= "OK" then
      against[#against + 1] = answer and answer[1] or text:match "%S+" .. " does not exist"
    end
  end
  return against
end

-- The commands that Redis does not have, because they are renamed or switched off.
local function absent(ask, list)
  local names, seen, missing = {}, {}, {}
  for _, text in ipairs(list) do
    local name = text:match "%S+"
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  local answer = ask("COMMAND", "INFO", unpack(names))
  if not answer then return nil end
  for i, name in ipairs(names) do
    if answer[i] == false then missing[#missing + 1] = name .. " does not exist" end
  end
  return missing
end

local function url_of(settings, where)
  return settings[URLS[where]]
end

-- The commands that only some configurations need.
local function special(settings, where)
  local url, list = url_of(settings, where), {}
  if settings.min_replicas > 0 then list[#list + 1] = "WAIT 0 0" end
  if url:find "%+sentinel:" then list[#list + 1] = "ROLE" end
  if url:find "/0*[1-9]%d*$" or url:find "[?&]db=0*[1-9]" then list[#list + 1] = "SELECT 0" end
  return list
end

local function list_of(this, where)
  local settings = this.settings
  local list = special(settings, where)
  for _, name in ipairs { "main", "queue", "data" } do
    if url_of(settings, name) == url_of(settings, where) then
      for _, text in ipairs(COMMANDS[name]) do list[#list + 1] = text end
    end
  end
  return list
end

--- Checks the commands.
-- @tparam kinesis_exporter.Findings found
-- @tparam table this an exporter's private part
-- @tparam string where "main", "data" or "queue"
-- @tparam string name of the finding
function redis_permissions.check(found, this, where, name)
  local function ask(...) return this.core:ask(where, ...) end
  local list = list_of(this, where)
  local against = rehearse(ask, list, keys_of(this.settings), this.settings.key_prefix or "")
  local certain = against ~= nil
  against = against or absent(ask, list)
  if not against then
    found:warn(name, "Redis does not say which commands this user may use")
  elseif #against > 0 then
    found:fail(name, "%s%s: grant the commands and keys named in docs/redis.md", against[1],
      #against > 1 and (", and %d more"):format(#against - 1) or "")
  elseif certain then
    found:ok(name, "all are permitted")
  else
    found:ok(name, "all exist; Redis does not say whether this user may use them")
  end
end

return redis_permissions
