-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What is logged: levels, events and fields, and the forms in which they are written.

local Exporter = require "kinesis_exporter"
local worlds = require "worlds"
local helper = require "helper"
local log = require "kinesis_exporter.log.log"
local log_fields = require "kinesis_exporter.log.fields"
local log_lines = require "kinesis_exporter.log.stderr"
local working = require "working"

local secret = worlds.credentials.secret_access_key

describe("log lines", function()
  local real, written = io.stderr, nil

  before_each(function()
    written = ""
    rawset(io, "stderr", { write = function(_, ...) written = written .. table.concat { ... } end })
  end)
  after_each(function() rawset(io, "stderr", real) end)

  it("for people are time, level and text", function()
    log_lines.text("warn", "a\nb\27", {})
    assert.truthy(written:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ warn  a b \n$", written)
  end)

  it("for programs are a JSON object each", function()
    log_lines.json("error", "it broke", { event = "broken", count = 3, ratio = 0.5, on = true,
      nothing = 0 / 0, tab = {} })
    assert.equal(1, select(2, written:gsub("\n", "")))
    local line = helper.json.decode(written)
    assert.truthy(line.time:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", line.time)
    line.time = nil
    assert.truthy(line.tab:find "^table")
    line.tab = nil
    assert.same({ level = "error", message = "it broke", event = "broken", count = 3, ratio = 0.5,
      on = true, nothing = helper.json.null }, line)
  end)

  it("stay valid whatever the text is", function()
    local bytes = {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    local evil = table.concat(bytes) .. '"\\ \226\130\172 \237\160\128'
    log_lines.json("info", evil, { event = "evil", [evil] = evil })
    assert.is_nil(written:sub(1, -2):find "%c")
    local line = helper.json.decode(written)
    local text = line.message
    assert.equal(evil:sub(1, 128), text:sub(1, 128))
    assert.truthy(text:find("€", 1, true))
    local known = text:gsub("\239\191\189", ""):gsub("€", "")
    assert.is_nil(known:find "[\128-\255]")
    assert.equal(text, line[text])
  end)

  it("have their fields in one order, in quotes where a blank would end them", function()
    local fields = { zeta = 1, alpha = "two words", event = "e", mid = 'say "x"\n',
                     path = "/a-b:c" }
    assert.equal([[event=e alpha="two words" mid="say \"x\"\n" path=/a-b:c zeta=1]],
      log_fields.text(fields))
  end)
end)

describe("the log option", function()
  local world = worlds.world()
  local told, exporter

  local function open(options)
    options.redis, options.endpoint = world.redis.unix_url, world.firehose.url
    options.stream, options.region = options.stream or "backend-events", "eu-west-1"
    options.credentials = worlds.credentials
    options.log = function(level, message, fields)
      told[#told + 1] = { level = level, message = message, fields = fields }
    end
    exporter = assert(Exporter.new(options))
    return exporter
  end

  local function events_told()
    local out = {}
    for i, item in ipairs(told) do out[i] = item.level .. " " .. item.fields.event end
    return out
  end

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    told = {}
  end)
  after_each(function()
    if exporter then exporter:close() end
    exporter = nil
  end)

  it("is called with level, message and fields", function()
    world.store(helper.events(30))
    assert.equal(30, open({}):flush_pending_events())
    assert.same({ "info task_begun", "info task_done" }, events_told())
    local done = told[2]
    assert.equal("flush: 30 events", done.message)
    assert.truthy(done.fields.duration_ms >= 0)
    done.fields.duration_ms, done.fields.bytes_sent = nil, nil
    assert.same({ event = "task_done", task = "flush", events = 30, events_accepted = 30, calls = 1,
      retries = 0, throttled = 0, stream = "backend-events" }, done.fields)
  end)

  it("is told what a failure was", function()
    world.store(helper.events(3))
    open({ stream = "nowhere" }):flush_pending_events()
    local fields = told[#told].fields
    assert.same({ "task_failed", "aws", 0 }, { fields.event, fields.code, fields.events })
    assert.truthy(fields.error:find("ResourceNotFoundException", 1, true))
    assert.equal(1, exporter:stats().export_failures)
  end)

  it("hears what log_level lets through", function()
    for level, expected in pairs {
      debug = { "debug job_taken", "info task_begun" }, info = { "info task_begun" }, warn = {},
      error = {},
    } do
      told = {}
      assert(open({ log_level = level }):schedule_job())
      assert.equal(1, (exporter:work { once = true }))
      local seen = table.concat(events_told(), ",")
      for _, event in ipairs(expected) do assert.truthy(seen:find(event, 1, true), seen) end
      assert.equal(level == "debug", seen:find("debug", 1, true) ~= nil, level)
      assert.equal(#expected > 0, #told > 0, level)
      exporter:close()
    end
  end)

  it("costs nothing below its level: not even the message is made", function()
    local this = { settings = { log_level = "warn", log = function() error "called" end } }
    log(this, "info", "%d", "no number")
    assert.is_false(pcall(log, this, "warn", "%d", "no number"))
  end)

  it("is given an event with every message of a worker, and its name", function()
    world.change("20151130100520", { ["stats/{service:1}/metric:1/day:20151130"] = 5,
                                     ["stats/{service:1}/metric:2/minute:20151130"] = false,
                                     nonsense = 1 })
    open { min_export_events = 0, log_level = "debug" }
    assert(exporter:schedule_job())
    world.redis.cli("RPUSH", "resque:queue:stats", working.job("key", "tomorrow"))
    assert.equal(1, (exporter:work { once = true }))
    exporter:work { once = true }
    local seen = table.concat(events_told(), ",")
    for _, event in ipairs { "worker_begun", "job_taken", "key_invalid", "keys_expired",
                             "keys_invalid", "task_done", "worker_ended", "job_unreadable" } do
      assert.truthy(seen:find(event, 1, true), event)
    end
    for _, item in ipairs(told) do assert.equal("backend-events", item.fields.stream) end
    assert.truthy(told[1].fields.worker:find "^[^:]+:%d+:%x+$")
  end)

  describe("of the command", function()
    local environment

    -- Runs the command; its status, output, and each line of its log, decoded.
    local function run(...)
      local words = { helper.interpreter, "bin/kinesis-exporter", ... }
      local code, out, err = helper.run(words, { env = environment, seconds = 60 })
      local lines = {}
      for line in err:gmatch "[^\n]+" do
        local fine, read = pcall(helper.json.decode, line)
        lines[#lines + 1] = fine and read or line
      end
      return code, out, lines, err
    end

    before_each(function()
      environment = {
        LUA_PATH = package.path, LUA_CPATH = package.cpath,
        KINESIS_EXPORTER_REDIS = world.redis.unix_url, KINESIS_EXPORTER_STREAM = "backend-events",
        KINESIS_EXPORTER_ANALYTICS_REDIS = false, KINESIS_EXPORTER_SINK = false,
        AWS_ACCESS_KEY_ID = worlds.credentials.access_key_id, AWS_SECRET_ACCESS_KEY = secret,
        AWS_SESSION_TOKEN = false, AWS_REGION = "eu-west-1", AWS_CA_BUNDLE = false,
        AWS_ENDPOINT_URL = false, AWS_ENDPOINT_URL_FIREHOSE = world.firehose.url,
        http_proxy = false, HTTP_PROXY = false, KINESIS_EXPORTER_LOG_FORMAT = false,
        KINESIS_EXPORTER_LOG_LEVEL = false,
      }
    end)

    it("is JSON when that is wanted", function()
      assert.equal(0, (run "schedule"))
      local code, out, lines = run("work", "--once", "--log-format", "json")
      assert.same({ 0, "1\n" }, { code, out })
      local by_event = {}
      for _, line in ipairs(lines) do by_event[line.event] = line end
      assert.equal("job: 0 events", by_event.task_done.message)
      assert.equal(0, by_event.task_done.events)
      assert.equal(1, by_event.worker_ended.jobs)
    end)

    it("is JSON also for what a command ends with, by the environment, and shows no secret",
      function()
        environment.KINESIS_EXPORTER_LOG_FORMAT = "json"
        environment.KINESIS_EXPORTER_LOG_LEVEL = "debug"
        environment.KINESIS_EXPORTER_REDIS = "redis://:hunter2@127.0.0.1:1"
        local code, _, lines, err = run("work", "--once")
        assert.equal(1, code)
        for _, line in ipairs(lines) do assert.equal("table", type(line), err) end
        local last = lines[#lines]
        assert.same({ "error", "command", "work" }, { last.level, last.event, last.command })
        assert.is_nil(err:find("hunter2", 1, true) or err:find(secret, 1, true))
      end)

    it("must be text or JSON", function()
      local code, _, _, err = run("work", "--once", "--log-format", "xml")
      assert.equal(2, code)
      assert.truthy(err:find('--log-format must be "text" or "json"', 1, true), err)
      environment.KINESIS_EXPORTER_LOG_FORMAT = "xml"
      code, _, _, err = run "pending"
      assert.equal(1, code)
      assert.truthy(err:find('KINESIS_EXPORTER_LOG_FORMAT must be "text" or "json"', 1, true), err)
    end)
  end)
end)
