-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Jobs that nginx's workers schedule and perform, and the status page that they serve.

local cjson = require "cjson"
local helper = require "helper"
local nginx = require "nginx"
local servers = require "servers"
local soaking = require "soaking"

if nginx.why_not() then
  describe("jobs in nginx", function() pending(nginx.why_not()) end)
  return
end

local HANDLERS = [[
  location = /report { content_by_lua_block {
    assert(require("kinesis_exporter").report {
      service_id = "1006", application_id = "a" .. (ngx.var.arg_n or ""), usage = { hits = 1 },
    })
  } }
  location = /on { content_by_lua_block {
    local Exporter = require "kinesis_exporter"
    assert(Exporter.enable())
    assert(Exporter.buckets():enable())
  } }
  location = /status { content_by_lua_block { require("kinesis_exporter.nginx").status() } }
  location = /start { content_by_lua_block {
    ngx.say(select(2, pcall(require("kinesis_exporter.nginx").start)))
  } }
]]

describe("jobs in nginx", function()
  local redis, firehose, server

  local function serve(options)
    options = options or {}
    server = nginx.start {
      workers = options.workers or 2, server = HANDLERS, env = options.env,
      configure = {
        redis = redis.url, stream = options.stream or "backend-events", region = "eu-west-1",
        endpoint = firehose.url, min_export_events = 0, bucket_interval_seconds = 1,
        redis_timeout_ms = 500,
        credentials = { access_key_id = "AKIDEXAMPLE",
                        secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
      },
      init_worker = options.start
        or 'assert(require("kinesis_exporter.nginx").start { every = 1, poll_seconds = 0.2 })',
    }
    return server
  end

  local function status()
    local code, body = server.get("/status", { Accept = "application/json" })
    return cjson.decode(body), code
  end

  -- How many of the events that arrived are of that application.
  local function arrived(application)
    local n = 0
    for _, event in ipairs(firehose.events()) do
      if event:find('"cinstance":"' .. application .. '"', 1, true) then n = n + 1 end
    end
    return n
  end

  setup(function() redis, firehose = servers.start_redis(), servers.start_firehose() end)
  teardown(function()
    firehose.stop()
    redis.stop()
  end)
  before_each(function()
    redis.cli "flushall"
    firehose.reset()
  end)
  after_each(function()
    if server then server.stop() end
    server = nil
  end)

  it("are scheduled and performed by the workers", function()
    serve()
    assert.equal(200, (server.get "/on"))
    for _ = 1, 20 do assert.equal(200, (server.get "/report?n=1")) end
    helper.wait_until(function() return arrived "a1" > 0 end, 40, "events of a job")
    helper.wait_until(function()
      local found = status()
      return found.totals.reports == 20 and found.totals.jobs > 0 and found.totals.events_taken > 0
    end, 40, "totals")
    assert.is_nil(server.log():find("error]", 1, true), server.log())
    assert.is_truthy(server.log():find("%[info%][^\n]-kinesis%-exporter: job: %d+ events event="
      .. 'task_done bytes_sent=%d+ calls=%d+ [^\n]- stream=backend%-events task=job'))
  end)

  it("go on when a worker is killed", function()
    serve()
    assert.equal(200, (server.get "/on"))
    local killed = server.pids()[1]
    os.execute("kill -KILL " .. killed)
    helper.wait_until(function()
      local pids = server.pids()
      return #pids == 2 and pids[1] ~= killed and pids[2] ~= killed
    end)
    assert.equal(200, (server.get "/report?n=2"))
    helper.wait_until(function() return arrived "a2" > 0 end, 60, "events of a job")
  end)

  it("are begun again whatever ends them, and say why", function()
    serve { workers = 1, start = [[
      local exporter = assert(require("kinesis_exporter").new { redis = "unix:///nowhere" })
      exporter.run = function() error "<b>no</b>\nway" end
      assert(require("kinesis_exporter.nginx").start { exporter = exporter })
    ]] }
    helper.wait_until(function()
      return select(2, server.log():gsub(
        "%[error%][^\n]-jobs: [^\n]-no</b> way: [%l ]+again soon event=jobs_ended", "")) >= 2
    end, 40, "two complaints")
    local _, page = server.get("/status", { Accept = "text/html" })
    assert.is_truthy(page:find("&lt;b&gt;no", 1, true))
  end)

  it("are begun again after a failure, though the clock is set back", function()
    local directory = helper.temporary_directory()
    local clock = directory .. "/clock"
    local function complaints() return select(2, server.log():gsub("begins again soon", "")) end
    helper.write_file(clock, "+0s\n")
    finally(function() helper.remove_directory(directory) end)
    serve { workers = 1, env = soaking.environment(clock), start = [[
      local exporter = assert(require("kinesis_exporter").new { redis = "unix:///nowhere" })
      exporter.run = function() error "no" end
      require("kinesis_exporter.core").random = function() return 1 end
      assert(require("kinesis_exporter.nginx").start { exporter = exporter })
    ]] }
    helper.wait_until(function() return complaints() >= 3 end, 40, "three complaints")
    helper.write_file(clock, "-3h\n")
    local seen = complaints()
    helper.wait_until(function() return complaints() > seen end, 40, "another complaint")
  end)

  it("end with their worker, at once", function()
    serve()
    local old = server.pids()
    server.signal "HUP"
    for _, pid in ipairs(old) do server.wait_gone(pid) end
    assert.is_nil(server.log():find("on signal", 1, true))
  end)

  it("begin in init_worker only, with options that there are", function()
    serve { start = [[
      local start = require("kinesis_exporter.nginx").start
      ngx.log(ngx.WARN, "told: ", select(2, pcall(start, { evry = 1 })))
      ngx.log(ngx.WARN, "told: ", select(2, pcall(start, { every = "x" })))
      ngx.log(ngx.WARN, "told: ", select(2, pcall(start, 120)))
    ]] }
    local told = server.log()
    assert.is_truthy(told:find("told: .-unknown run option 'evry'"))
    assert.is_truthy(told:find("told: .-'every_seconds' must be a number"))
    assert.is_truthy(told:find("told: .-expected a table of options, got a number"))
    assert.is_truthy(select(2, server.get "/start"):find(
      "start belongs in init_worker_by_lua, not in the phase content", 1, true))
  end)

  describe("are shown by the status, which", function()
    it("is a page, JSON or Prometheus's text", function()
      serve()
      local code, page = server.get("/status", { Accept = "text/html,*/*;q=0.8" })
      assert.equal(200, code)
      assert.is_truthy(page:find "^<!doctype html>")
      assert.equal("backend-events", status().stream)
      local _, metrics = server.get "/status?format=prometheus"
      assert.is_truthy(metrics:find "\nkinesis_exporter_up 1\n")
      assert.equal(400, (server.get "/status?format=xml"))
      assert.equal(406, (server.get("/status", { Accept = "image/png" })))
    end)

    it("raises where there is no request that could be answered", function()
      serve { workers = 1, start = [[
        status = require("kinesis_exporter.nginx").status
        ngx.log(ngx.WARN, "told: ", select(2, pcall(status)))
      ]] }
      assert.is_truthy(server.log():find(
        "told: .-status belongs in content_by_lua of http {}: [^\n]- the phase init_worker"))
      local fine, message = server.run [[
        ngx.config.subsystem = "stream"
        local fine, message = pcall(status)
        ngx.config.subsystem = "http"
        return fine, message
      ]]
      assert.is_false(fine)
      assert.is_truthy(message:find("there are no HTTP requests in stream {}", 1, true))
    end)

    it("has the same totals in every worker", function()
      serve()
      for _ = 1, 40 do server.get "/report" end
      helper.wait_until(function() return status().totals.reports == 40 end, 40, "totals")
      local pids = {}
      helper.wait_until(function()
        local found = status()
        pids[found.process.pid] = found.totals.reports
        return next(pids, next(pids)) ~= nil
      end, 20, "an answer of each worker")
      for _, reports in pairs(pids) do assert.equal(40, reports) end
    end)

    it("is answered while Redis is away, with what is wrong", function()
      local own = servers.start_redis()
      local shared = redis
      redis = own
      serve { workers = 1 }
      redis = shared
      own.stop()
      local found, code = status()
      assert.same({ 503, false, "redis" }, { code, found.up, found.code })
      assert.is_truthy(found.error:find "check the redis option")
      local _, page = server.get("/status", { Accept = "text/html" })
      assert.is_truthy(page:find("check the redis option", 1, true))
      local _, metrics = server.get "/status?format=prometheus"
      assert.is_truthy(metrics:find "\nkinesis_exporter_up 0\n")
    end)
  end)
end)
