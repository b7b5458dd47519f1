-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- luacheck: std min+ngx_lua

-- What the handlers of bench/gateway.conf call: events and reports of a hundred applications in
-- turn, and two ways of storing events with lua-resty-redis, each as a careful author writes it.

local Exporter = require "kinesis_exporter"
local cjson = require "cjson"
local redis = require "nginx.redis"

local gateway = {}

local APPLICATIONS = 100
local KEY = "bench:events"
local LINGER_SECONDS = 0.05 -- as ours
local MOST_WAITING = 100000
local PUSHED_AT_ONCE = 100

local applications, turn = {}, 0
for i = 1, APPLICATIONS do applications[i] = ("app-%04d"):format(i) end

local port

local function application()
  turn = turn % APPLICATIONS + 1
  return applications[turn]
end

-- Eight fields; the code that stores the event adds the ninth, time_gen.
function gateway.event()
  return {
    service = "1006", cinstance = application(), uinstance = "user-17", metric = "hits",
    response_code = 200, value = 1, period = "minute", timestamp = "20261122 18:30",
  }
end

function gateway.report()
  return {
    service_id = "1006", application_id = application(), usage = { hits = 1 }, response_code = 200,
  }
end

local function encode(event)
  event.time_gen = ngx.utctime()
  return cjson.encode(event)
end

local function connect()
  local client = redis:new()
  client:set_timeouts(1000, 1000, 1000)
  if client:connect("127.0.0.1", port) then return client end
end

local function store(premature, event)
  local client = not premature and connect()
  if client and client:rpush(KEY, event) then client:set_keepalive(10000, 100) end
end

-- The usual way: a timer for each request.
function gateway.store_in_timer(event)
  ngx.timer.at(0, store, encode(event))
end

local waiting, storing, started = {}, false, false

local function push(list)
  local client = connect()
  if not client then return false end
  client:init_pipeline()
  for i = 1, #list, PUSHED_AT_ONCE do
    client:rpush(KEY, unpack(list, i, math.min(i + PUSHED_AT_ONCE - 1, #list)))
  end
  if not client:commit_pipeline() then return false end
  client:set_keepalive(10000, 100)
  return true
end

-- Events that could not be stored go before those that came later.
local function flush()
  if storing or #waiting == 0 then return end
  local list = waiting
  waiting, storing = {}, true
  if not push(list) then
    for i = 1, #waiting do list[#list + 1] = waiting[i] end
    waiting = list
  end
  storing = false
end

-- The other way: a table, and a timer that empties it.
function gateway.store_later(event)
  if not started then started = ngx.timer.every(LINGER_SECONDS, flush) end
  if #waiting < MOST_WAITING then waiting[#waiting + 1] = encode(event) end
end

-- Exports what is pending, in a timer, and writes a file at the end.
function gateway.export(path)
  ngx.timer.at(0, function()
    local sent, outcome = Exporter.flush_pending_events()
    local file = assert(io.open(path .. ".new", "w"))
    file:write(tostring(sent), " ", tostring(outcome))
    file:close()
    assert(os.rename(path .. ".new", path))
  end)
end

function gateway.begin(redis_port, endpoint)
  port = redis_port
  assert(Exporter.configure {
    redis = ("redis://127.0.0.1:%d/0"):format(port),
    endpoint = endpoint,
    stream = "bench",
    region = "eu-west-1",
    credentials = { access_key_id = "AKIDBENCH", secret_access_key = "bench" },
  })
end

return gateway
