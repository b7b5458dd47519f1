-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What specs of an export share: a world with a Redis and an endpoint, exporters with small batches
-- in it, and the check that no event is missing.

local cjson = require "cjson"
local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local helper = require "helper"
local processes = require "processes"
local servers = require "servers"

local worlds = {}

local tag = "{send_to_kinesis:pending_events}"
local keys = {
  enabled = "send_to_kinesis:enabled",
  lock = "threescale::backend::analytics::kinesis::exporter:lock",
  fence = "threescale::backend::analytics::kinesis::exporter:lock:fence",
  pending = "send_to_kinesis:pending_events",
  claimed = tag .. ":claimed",
  claim = tag .. ":claim",
  inbox = tag .. ":inbox",
  inbox_events = tag .. ":inbox:events",
  inbox_claimed = tag .. ":inbox:claimed",
  inbox_claimed_events = tag .. ":inbox:claimed:events",
  outbox = tag .. ":outbox",
  outbox_events = tag .. ":outbox:events",
  outbox_claimed = tag .. ":outbox:claimed",
  outbox_claimed_events = tag .. ":outbox:claimed:events",
  stages = tag .. ":stage:*",
  rejected = tag .. ":rejected",
  buckets = "keys_changed_set",
  bucket = "{stats_bucket}:",
  latest = "send_to_kinesis:latest_bucket_read",
}
worlds.keys = keys

worlds.credentials = {
  access_key_id = "AKIDEXAMPLE",
  secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}

-- Batches of 5 records of 10 events: a few hundred events make many calls. The other options have
-- the defaults that users get, except the URLs of Redis: each world has its own.
local defaults = assert(config.complete {
  redis_timeout_ms = 5000, sink = "firehose", stream = "backend-events", region = "eu-west-1",
  events_per_record = 10, batch_records = 5, max_attempts = 4, request_timeout_ms = 20000,
})
defaults.redis, defaults.analytics_redis, defaults.queue_redis = nil, nil, nil

-- The core's exporter, with a flush that runs to its end. `settings` must name redis and endpoint;
-- false removes a default. `credentials` is a table or a function that returns one.
function worlds.open(settings)
  local complete = { analytics_redis = settings.redis, queue_redis = settings.redis }
  for name, value in pairs(defaults) do complete[name] = value end
  for name, value in pairs(settings) do complete[name] = value end
  for name, value in pairs(complete) do complete[name] = value or nil end
  local credentials = complete.credentials or worlds.credentials
  complete.credentials = nil
  local exporter = { core = assert(core.new(complete)) }

  local function give_credentials()
    local given = type(credentials) == "function" and credentials() or credentials
    return exporter.core:set_credentials(given)
  end

  -- Makes one step and gives what it returns. When the step asks for credentials, it gets them.
  function exporter:step(ms)
    local state, a, b, c
    repeat
      state, a, b, c = self.core:step(ms or 20)
      if state == "credentials" then assert(give_credentials()) end
    until state ~= "credentials"
    return state, a, b, c
  end

  -- Runs a flush to its end: accepted, outcome; or nil, message, code, accepted. `during` is called
  -- between steps with the number of accepted events and the number of all.
  function exporter:finish(during, ms)
    while true do
      local state, a, b, c = self:step(ms)
      if state == "done" then return a, b end
      if state == nil then return nil, a, b, c end
      if during then during(a, b) end
    end
  end

  function exporter:begin(limit)
    local given, message, code = give_credentials()
    if not given then return nil, message, code end
    return self.core:flush_begin(limit)
  end

  function exporter:flush(limit, during, ms)
    local begun, message, code = self:begin(limit)
    if begun ~= true then return begun, message, code end
    return self:finish(during, ms)
  end

  function exporter:begin_job(last, token)
    local given, message, code = give_credentials()
    if not given then return nil, message, code end
    return self.core:job_begin(last, token)
  end

  -- Runs a job to its end: taken, outcome; or nil, message, code, taken.
  function exporter:job(last, token, during, ms)
    local begun, message, code = self:begin_job(last, token)
    if begun ~= true then return begun, message, code end
    return self:finish(during, ms)
  end

  return setmetatable(exporter, { __index = function(_, name)
    return function(self, ...) return self.core[name](self.core, ...) end
  end })
end

-- What a child process runs: a flush. It prints "begun", and at the end "ended" with the results.
-- It then waits until it is killed.
function worlds.child(json)
  local settings = cjson.decode(json)
  local exporter = worlds.open(settings)
  io.stdout:setvbuf "no"
  local accepted, outcome, code = exporter:begin(settings.limit)
  io.write "begun\n"
  if accepted == true then accepted, outcome, code = exporter:finish() end
  io.write("ended ", tostring(accepted), " ", tostring(code or outcome), "\n")
  while true do helper.sleep "0.2" end
end

-- Starts a flush in a process of its own, to be killed with signal("KILL"). Returns when the flush
-- has begun, or when the function `started` returns true.
function worlds.start_child(settings, started)
  local chunk = ("package.path, package.cpath = %q, %q require('worlds').child(%q)")
    :format(package.path, package.cpath, cjson.encode(settings))
  return processes.start({ helper.interpreter, "-e", chunk }, function(child)
    return started and started() or child.output():match("begun\n")
  end)
end

-- Waits until a child's flush has ended, and gives its results: "20 nil", "nil lost".
function worlds.ended(child)
  return helper.wait_until(function() return child.output():match("ended (.-)\n") end)
end

local function command(...)
  local words = { ... }
  local text = { ("*%d\r\n"):format(#words) }
  for _, word in ipairs(words) do text[#text + 1] = ("$%d\r\n%s\r\n"):format(#word, word) end
  return table.concat(text)
end

-- "" when `got` has every item of `expected` once, else how the two differ. With `repeats` an item
-- may be there more than once.
function worlds.difference(expected, got, repeats)
  local missing, doubled, strange = 0, 0, 0
  local counts, known = helper.counts(got), helper.counts(expected)
  for item in pairs(known) do
    local n = counts[item] or 0
    if n == 0 then missing = missing + 1 end
    if n > 1 then doubled = doubled + n - 1 end
  end
  for item, n in pairs(counts) do
    if not known[item] then strange = strange + n end
  end
  if missing + strange == 0 and (repeats or doubled == 0) then return "" end
  return ("%d missing, %d doubled, %d strange"):format(missing, doubled, strange)
end

-- A spec file starts and stops its world once, and resets it before each test. Its exporters are
-- closed with it. Options: `redis` and `firehose`, the options of their servers.
function worlds.world(options)
  options = options or {}
  local world = { keys = keys }
  local opened = {}

  function world.start()
    world.redis = servers.start_redis(options.redis)
    if options.firehose ~= false then world.firehose = servers.start_firehose(options.firehose) end
  end

  function world.close_exporters()
    for _, exporter in ipairs(opened) do exporter:close() end
    opened = {}
  end

  function world.stop()
    world.close_exporters()
    world.redis.stop()
    if world.firehose then world.firehose.stop() end
  end

  function world.reset()
    world.close_exporters()
    world.redis.cli("FLUSHALL")
    world.redis.cli("SET", keys.enabled, "1")
    if world.firehose then world.firehose.reset() end
  end

  function world.settings(settings)
    local complete = { redis = world.redis.unix_url }
    if world.firehose then complete.endpoint = world.firehose.url end
    for name, value in pairs(settings or {}) do complete[name] = value end
    return complete
  end

  function world.exporter(settings)
    local exporter = worlds.open(world.settings(settings))
    opened[#opened + 1] = exporter
    return exporter
  end

  -- Puts events into the pending set, or into the set at `key`.
  function world.store(events, key)
    local text = {}
    for i, event in ipairs(events) do text[i] = command("SADD", key or keys.pending, event) end
    world.redis.pipe(table.concat(text))
    return events
  end

  -- Puts chunks of `size` (10) events into the inbox, as producers do.
  function world.store_inbox(events, size)
    local text, chunk = {}, {}
    size = size or 10
    for i, event in ipairs(events) do
      chunk[#chunk + 1] = event .. "\n"
      if #chunk == size or i == #events then
        text[#text + 1] = command("RPUSH", keys.inbox, table.concat(chunk))
          .. command("INCRBY", keys.inbox_events, tostring(#chunk))
        chunk = {}
      end
    end
    world.redis.pipe(table.concat(text))
    return events
  end

  -- Puts changed counters into a bucket: values by key, false for a counter that has expired.
  -- `main` is the Redis of the counters, if it is another one.
  function world.change(bucket, counters, main)
    local text, values = { command("ZADD", keys.buckets, bucket, bucket) }, {}
    for key, value in pairs(counters) do
      text[#text + 1] = command("SADD", keys.bucket .. bucket, key)
      if value then values[#values + 1] = command("SET", key, tostring(value)) end
    end
    world.redis.pipe(table.concat(text))
    if #values > 0 then (main or world.redis).pipe(table.concat(values)) end
  end

  -- Starts a flush in a process of its own, and kills it while two calls hang, after `calls` calls
  -- were answered. Lets its lock expire. Gives the number of events delivered until then.
  function world.crash(calls, settings)
    local complete = world.settings(settings)
    complete.concurrency = 2
    world.firehose.fault { fault = "hang", after = calls, times = 2 }
    local child = worlds.start_child(complete)
    helper.wait_until(function() return #world.firehose.control("faults") == 0 end)
    local delivered = #world.firehose.events()
    child.signal("KILL")
    helper.wait_until(function() return not child.alive() end)
    child.stop()
    assert(world.lock(), "the child was done too soon")
    world.redis.cli("DEL", keys.lock)
    return delivered
  end

  function world.exists(...)
    return tonumber(world.redis.cli("EXISTS", ...)[1])
  end

  function world.lock()
    local token = world.redis.cli("GET", keys.lock)[1]
    return token ~= "" and token or nil
  end

  -- The key of a job's stage, if there is one.
  function world.stage()
    local key = world.redis.cli("EVAL", "return redis.call('KEYS', ARGV[1])", "0", keys.stages)[1]
    return key ~= "" and key or nil
  end

  -- Every pending event that an exporter can find.
  function world.pending()
    local list = {}
    local function take(...)
      for _, line in ipairs(world.redis.cli(...)) do
        if line ~= "" then list[#list + 1] = line end
      end
    end
    take("SMEMBERS", keys.pending)
    take("LRANGE", keys.inbox, "0", "-1")
    take("LRANGE", keys.outbox, "0", "-1")
    return list
  end

  -- "" when every event was delivered once.
  function world.delivered(events)
    return worlds.difference(events, world.firehose.events())
  end

  -- "" when every event is delivered or pending, once; with `repeats`, at least once.
  function world.accounted(events, repeats)
    local list = world.pending()
    for _, event in ipairs(world.firehose.events()) do list[#list + 1] = event end
    return worlds.difference(events, list, repeats)
  end

  -- The names of the keys that exports left behind; "" when there are none.
  function world.leftovers()
    local left = {}
    for _, name in ipairs { "lock", "claimed", "inbox_claimed", "inbox_claimed_events",
                         "outbox", "outbox_events", "outbox_claimed", "outbox_claimed_events" } do
      if world.exists(keys[name]) == 1 then left[#left + 1] = name end
    end
    left[#left + 1] = world.stage()
    return table.concat(left, " ")
  end

  return world
end

return worlds
