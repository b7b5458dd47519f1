-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- How a worker of nginx finds credentials: it serves requests while it waits for them.

local aws = require "aws_world"
local worlds = require "worlds"
local helper = require "helper"
local nginx = require "nginx"

if nginx.why_not() then
  describe("credentials in nginx", function() pending(nginx.why_not()) end)
  return
end

describe("credentials in nginx", function()
  local world = worlds.world()
  local place, stand_in, server

  setup(function()
    world.start()
    stand_in = aws.start()
    place = helper.temporary_directory()
  end)

  teardown(function()
    world.stop()
    stand_in.stop()
    helper.remove_directory(place)
  end)

  before_each(function()
    world.reset()
    stand_in.log()
  end)

  after_each(function()
    if server then server.stop() end
    server = nil
    world.firehose.control("credentials", "{}")
  end)

  local function serve(variables, more)
    variables.AWS_EC2_METADATA_DISABLED = "true"
    variables.AWS_SHARED_CREDENTIALS_FILE = "/nonexistent/credentials"
    variables.AWS_CONFIG_FILE = variables.AWS_CONFIG_FILE or "/nonexistent/config"
    server = nginx.start {
      env = variables, init_worker = more and more.init_worker,
      configure = {
        redis = world.redis.url, stream = "backend-events", region = "eu-west-1",
        endpoint = world.firehose.url, events_per_record = 10, batch_records = 5, concurrency = 1,
        min_export_events = 0,
      },
    }
  end

  it("come from a command that only another request lets end", function()
    helper.write_file(place .. "/answer", ([[{"Version":1,"AccessKeyId":"%s",]]
      .. [["SecretAccessKey":"%s"}]]):format(worlds.credentials.access_key_id,
      worlds.credentials.secret_access_key))
    local command = "ls -l /proc/$$/fd > %s/open; until [ -e %s/gate ]; do sleep 0.02; done; "
      .. "cat %s/answer"
    helper.write_file(place .. "/config", "[default]\ncredential_process = "
      .. command:format(place, place, place) .. "\n")
    serve { AWS_CONFIG_FILE = place .. "/config" }
    world.store(helper.events(30))
    local n, message = server.run(([[
      local Exporter = require "kinesis_exporter"
      local flush = ngx.thread.spawn(function() return Exporter.flush_pending_events() end)
      ngx.sleep(0.1)
      io.open("%s/gate", "w"):close()
      return select(2, ngx.thread.wait(flush))
    ]]):format(place))
    assert.equal(30, n, tostring(message))
    assert.falsy(helper.read_file(place .. "/open"):find("socket:", 1, true))
  end)

  -- A command that prints credentials once the gate is open, and says that it was begun.
  local function with_gate()
    for _, name in ipairs { "gate", "begun" } do os.remove(place .. "/" .. name) end
    helper.write_file(place .. "/answer", ([[{"Version":1,"AccessKeyId":"%s",]]
      .. [["SecretAccessKey":"%s"}]]):format(worlds.credentials.access_key_id,
      worlds.credentials.secret_access_key))
    helper.write_file(place .. "/config", ("[default]\ncredential_process = echo > %s/begun; "
      .. "until [ -e %s/gate ]; do sleep 0.02; done; cat %s/answer\n"):format(place, place, place))
    return { AWS_CONFIG_FILE = place .. "/config" }
  end

  local function open_gate() helper.write_file(place .. "/gate", "") end

  local function wait_for(name)
    helper.wait_until(function() return helper.read_file(place .. "/" .. name) end, 20, name)
  end

  local FLUSH = [[
    ngx.timer.at(0, function() result = { require("kinesis_exporter").flush_pending_events() } end)
  ]]

  local QUEUE = "resque:queue:stats"

  -- A worker's loop whose rounds can be seen: how often it has shown that it lives while it had
  -- the job in its hand.
  local function work_beside_a_flush(schedule)
    serve(with_gate(), { init_worker = "beats, stop = 0, false" })
    world.store(helper.events(30))
    server.run [[ngx.timer.at(0, function()
      worked = { require("kinesis_exporter").work {
        poll_seconds = 0.05, worker_ttl_seconds = 1,
        stop = function()
          beats = beats + 1
          return stop
        end,
      } }
    end)]]
    helper.wait_until(function() return server.run "return beats" > 1 end, 20, "the worker")
    server.run(FLUSH)
    wait_for "begun"
    local key = schedule()
    assert.is_string(key)
    helper.wait_until(function() return world.exists(QUEUE) == 0 end, 20, "the job to be taken")
    local before = server.run "return beats"
    helper.wait_until(function() return server.run "return beats" > before + 20 end, 20, "beats")
    return key
  end

  it("that a flush looks for hold a queued job up, which is performed after it", function()
    local key = work_beside_a_flush(function() return world.exporter():schedule_job() end)
    assert.equal(key, world.lock())
    assert.is_nil((server.run "return result"))
    open_gate()
    helper.wait_until(function() return not world.lock() end, 20, "the end of the job")
    helper.wait_until(function() return (server.run "return result") end)
    helper.wait_until(function() return #world.firehose.events() == 30 end, 20, "all events")
    server.run "stop = true"
    local worked = helper.wait_until(function() return (server.run "return worked") end)
    assert.equal(1, worked[1])
    assert.equal("", world.leftovers())
  end)

  it("that a flush looks for let a job be queued, which is given back at a stop", function()
    local key = work_beside_a_flush(function()
      return (server.run "return require('kinesis_exporter').schedule_job()")
    end)
    server.run "stop = true"
    local worked = helper.wait_until(function() return (server.run "return worked") end)
    assert.same({ 0, 0, 0 }, worked)
    assert.truthy(world.redis.cli("LRANGE", QUEUE, "0", "-1")[1]:find(key, 1, true))
    assert.equal(key, world.lock())
    open_gate()
  end)

  it("are looked for no longer when the worker is to end", function()
    helper.write_file(place .. "/config", ("[default]\ncredential_process = echo $$ > %s/pid; "
      .. "exec sleep 60\n"):format(place))
    serve { AWS_CONFIG_FILE = place .. "/config" }
    world.store(helper.events(30))
    server.run [[
      ngx.timer.at(0, function() require("kinesis_exporter").flush_pending_events() end)
    ]]
    helper.wait_until(function()
      return (helper.read_file(place .. "/pid") or ""):find "\n"
    end)
    local pids = server.pids()
    server.signal "HUP"
    for _, pid in ipairs(pids) do server.wait_gone(pid) end
    server.wait_gone(tonumber((helper.read_file(place .. "/pid"))))
    assert.truthy(server.log():find("(timeout): the process is ending", 1, true))
  end)

  it("are fetched afresh during an export, and kept for the next", function()
    serve { AWS_CONTAINER_CREDENTIALS_FULL_URI = stand_in.url .. "/container/steady" }
    world.firehose.control("credentials", helper.json.encode { session_token = "TOKEN-1" })
    world.store(helper.events(500))
    world.firehose.fault { fault = "slow", seconds = 0.3, times = 3 }
    local flush = 'return require("kinesis_exporter").flush_pending_events()'
    local n, message = server.run(flush)
    assert.equal(500, n, tostring(message))
    assert.equal(2, #stand_in.log())
    world.store(helper.events(20, 2))
    assert.equal(20, (server.run(flush)))
    assert.equal(0, #stand_in.log())
  end)
end)
