-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The options: what each takes, its default, the environment, and errors that say where.

local Exporter = require "kinesis_exporter"
local blame = require "blame"
local config = require "kinesis_exporter.config"

local function whole(default, min, max) return { default = default, min = min, max = max } end
local function text(default, ...) return { default = default, env = { ... }, text = true } end

local expected = {
  redis = text("redis://127.0.0.1:6379/0", "KINESIS_EXPORTER_REDIS"),
  analytics_redis = text("redis://127.0.0.1:6379/0", "KINESIS_EXPORTER_ANALYTICS_REDIS"),
  queue_redis = text("redis://127.0.0.1:6379/0", "KINESIS_EXPORTER_QUEUE_REDIS"),
  redis_ca_file = text(nil, "KINESIS_EXPORTER_REDIS_CA_FILE"),
  redis_cert_file = text(nil, "KINESIS_EXPORTER_REDIS_CERT_FILE"),
  redis_key_file = text(nil, "KINESIS_EXPORTER_REDIS_KEY_FILE"),
  redis_sentinel_user = text(nil, "KINESIS_EXPORTER_REDIS_SENTINEL_USER"),
  redis_sentinel_password = text(nil, "KINESIS_EXPORTER_REDIS_SENTINEL_PASSWORD"),
  key_prefix = text(nil, "KINESIS_EXPORTER_KEY_PREFIX"),
  min_replicas = whole(0, 0, 100),
  min_replicas_timeout_ms = whole(1000, 1, 60000),
  redis_timeout_ms = whole(2000, 1, 3600000),
  sink = text("firehose"),
  stream = text(nil, "KINESIS_EXPORTER_STREAM"),
  region = text(nil, "AWS_REGION", "AWS_DEFAULT_REGION"),
  profile = text(nil),
  endpoint = text(nil, "AWS_ENDPOINT_URL_FIREHOSE", "AWS_ENDPOINT_URL"),
  lock_resource = text("ThreeScale::Backend::Analytics::Kinesis::Exporter"),
  lock_ttl_seconds = whole(360, 1, 86400),
  concurrency = whole(4, 1, 64),
  events_per_record = whole(0, 0, 1000000),
  record_bytes = whole(0, 0, 10485504),
  batch_bytes = whole(0, 0, 10485760),
  batch_records = whole(0, 0, 500),
  max_attempts = whole(8, 1, 1000),
  connect_timeout_ms = whole(5000, 1, 3600000),
  request_timeout_ms = whole(60000, 1, 3600000),
  ca_file = text(nil, "AWS_CA_BUNDLE"),
  proxy = text(nil),
  partition_key = text(nil),
  queue = text("stats"),
  bucket_interval_seconds = whole(10, 1, 30),
  max_buckets = whole(60, 1, 60),
  min_export_events = whole(1000, 0, 1000000),
  max_pending_events = whole(600000, 1, 10 ^ 12),
  buffer_bytes = whole(16777216, 4096, 1073741824),
  linger_ms = whole(50, 1, 60000),
  report_interval_ms = whole(1000, 1, 60000),
  drain_timeout_ms = whole(2000, 0, 60000),
  log_level = text("info"),
}

-- Valid values of options that do not take every text.
local others = { sink = "streams", log_level = "warn", region = "eu-west-1", stream = "s.t_r-1" }

describe("config", function()
  local environment
  local getenv = os.getenv

  before_each(function()
    environment = {}
    rawset(os, "getenv", function(name) return environment[name] end)
  end)

  after_each(function() rawset(os, "getenv", getenv) end)

  -- What is wrong with one option, or nil.
  local function fault(name, value)
    local fine, message = pcall(config.complete, { [name] = value })
    if not fine then return (message:gsub("^.-:%d+: ", "")) end
  end

  local function completed(options)
    return assert(config.complete(options or {}))
  end

  describe("has the documented defaults and no other setting:", function()
    it("without options and environment", function()
      local defaults = {}
      for name, option in pairs(expected) do defaults[name] = option.default end
      assert.same(defaults, completed())
    end)
  end)

  for name, option in pairs(expected) do
    if option.text then
      it(name .. " is a text that is not empty", function()
        assert.equal(("option '%s' must be a string, got a number"):format(name), fault(name, 1))
        assert.equal(("option '%s' must be a string, got a boolean"):format(name),
          fault(name, false))
        assert.equal(("option '%s' must not be empty"):format(name), fault(name, ""))
        for _, wrong in ipairs { "a\0b", "a\n", "\ra", "a\r\nX-Evil: 1", "a\127" } do
          assert.equal(("option '%s' must not hold a control character (a newline at its end?)")
            :format(name), fault(name, wrong))
        end
        local blank = ("option '%s' must not begin or end with a blank"):format(name)
        for _, wrong in ipairs { " a", "a " } do
          assert.equal(name ~= "redis_sentinel_password" and blank or "nil",
            fault(name, wrong) or "nil")
        end
        local value = others[name] or "x://value"
        assert.equal(value, completed { [name] = value }[name])
      end)

      it(name .. " is taken from the environment where no option is given", function()
        for i = #option.env, 1, -1 do
          environment[option.env[i]] = "value-" .. i
          assert.equal("value-" .. i, completed()[name])
        end
        local mine = others[name] or "mine"
        assert.equal(mine, completed { [name] = mine }[name])
      end)
    else
      it(name .. " is a whole number within its range", function()
        assert.is_nil(fault(name, option.min))
        assert.equal(option.max, completed { [name] = option.max }[name])
        local range = ("option '%s' must be from %d to %d, got "):format(name, option.min,
          option.max)
        assert.equal(("%s%d"):format(range, option.min - 1), fault(name, option.min - 1))
        assert.equal(("%s%d"):format(range, option.max + 1), fault(name, option.max + 1))
        assert.equal(("option '%s' must be a whole number, got the number 1.5"):format(name),
          fault(name, 1.5))
        assert.equal(("option '%s' must be a whole number, got a string"):format(name),
          fault(name, "1"))
        assert.truthy(fault(name, 0 / 0))
        assert.truthy(fault(name, math.huge))
      end)
    end
  end

  it("credentials are a table or a function, log is a function", function()
    assert.equal("option 'credentials' must be a table or a function, got a string",
      fault("credentials", "AKID"))
    assert.is_nil(fault("credentials", {}))
    assert.is_nil(fault("credentials", function() end))
    assert.equal("option 'log' must be a function, got a table", fault("log", {}))
    assert.is_nil(fault("log", print))
  end)

  it("sink is firehose or streams", function()
    assert.equal("option 'sink' must be \"firehose\" or \"streams\"", fault("sink", "kafka"))
    environment.KINESIS_EXPORTER_SINK = "streams"
    assert.equal("streams", completed().sink)
    assert.equal("firehose", completed { sink = "firehose" }.sink)
    environment.KINESIS_EXPORTER_SINK = "kafka"
    assert.same({ nil, "KINESIS_EXPORTER_SINK must be \"firehose\" or \"streams\"", "config" },
      { config.complete({}) })
  end)

  it("bucket_interval_seconds divides a minute", function()
    assert.equal("option 'bucket_interval_seconds' must divide 60, got 7",
      fault("bucket_interval_seconds", 7))
    assert.equal(12, completed { bucket_interval_seconds = 12 }.bucket_interval_seconds)
  end)

  it("partition_key has at most 256 bytes", function()
    assert.is_nil(fault("partition_key", ("k"):rep(256)))
    assert.equal("option 'partition_key' must be at most 256 bytes long",
      fault("partition_key", ("k"):rep(257)))
  end)

  it("AWS_MAX_ATTEMPTS is a number, otherwise an error is returned", function()
    environment.AWS_MAX_ATTEMPTS = "3"
    assert.equal(3, completed().max_attempts)
    for _, wrong in ipairs { "three", "0", "1.5", "1001" } do
      environment.AWS_MAX_ATTEMPTS = wrong
      local settings, message, code = config.complete({})
      assert.is_nil(settings)
      assert.truthy(message:find("^AWS_MAX_ATTEMPTS must be "), message)
      assert.equal("config", code)
    end
    assert.equal(5, completed { max_attempts = 5 }.max_attempts)
  end)

  it("an empty variable counts as unset", function()
    environment.KINESIS_EXPORTER_REDIS, environment.AWS_REGION = "", ""
    environment.AWS_DEFAULT_REGION = "eu-west-1"
    assert.equal("redis://127.0.0.1:6379/0", completed().redis)
    assert.equal("eu-west-1", completed().region)
  end)

  it("queue_redis is redis when it is not given", function()
    local settings = completed { redis = "unix:///r", analytics_redis = "unix:///a" }
    assert.equal("unix:///r", settings.queue_redis)
    environment.KINESIS_EXPORTER_QUEUE_REDIS = "unix:///q"
    assert.equal("unix:///q", completed { redis = "unix:///r" }.queue_redis)
  end)

  it("analytics_redis is redis when it is not given", function()
    assert.equal("unix:///r", completed { redis = "unix:///r" }.analytics_redis)
    environment.KINESIS_EXPORTER_ANALYTICS_REDIS = "unix:///a"
    assert.equal("unix:///a", completed { redis = "unix:///r" }.analytics_redis)
  end)

  it("log_level is taken from its variable", function()
    environment.KINESIS_EXPORTER_LOG_LEVEL = "debug"
    assert.equal("debug", completed().log_level)
    environment.KINESIS_EXPORTER_LOG_LEVEL = "loud"
    assert.same({ nil, 'KINESIS_EXPORTER_LOG_LEVEL must be "debug" or "info" or "warn" or "error"',
      "config" }, { config.complete({}) })
  end)

  it("tells where a value comes from", function()
    environment.AWS_REGION, environment.AWS_ENDPOINT_URL = "eu-west-1", "http://any"
    assert.equal("option", config.origin({ stream = "s" }, "stream", "firehose"))
    assert.equal("AWS_REGION", config.origin({}, "region", "firehose"))
    assert.equal("AWS_ENDPOINT_URL", config.origin({}, "endpoint", "streams"))
    assert.equal("default", config.origin({}, "queue", "firehose"))
    assert.is_nil(config.origin({}, "stream", "firehose"))
  end)

  it("the endpoint's variable is that of the sink", function()
    environment.AWS_ENDPOINT_URL_FIREHOSE = "http://firehose"
    environment.AWS_ENDPOINT_URL_KINESIS = "http://kinesis"
    environment.AWS_ENDPOINT_URL = "http://any"
    assert.equal("http://firehose", completed().endpoint)
    assert.equal("http://kinesis", completed { sink = "streams" }.endpoint)
    environment.AWS_ENDPOINT_URL_KINESIS = nil
    assert.equal("http://any", completed { sink = "streams" }.endpoint)
    assert.equal("http://mine", completed { endpoint = "http://mine" }.endpoint)
  end)

  it("an unknown option is an error that names the nearest known one", function()
    assert.equal("unknown option 'steam', did you mean 'stream'?", fault("steam", "x"))
    assert.equal("unknown option 'lock_ttl_secs', did you mean 'lock_ttl_seconds'?",
      fault("lock_ttl_secs", 1))
    assert.equal("unknown option 'zzzzzz'", fault("zzzzzz", "x"))
    assert.equal("unknown option '1'", fault(1, "x"))
  end)

  it("does not show values, which may be secret", function()
    assert.is_nil(fault("sink", "hunter2"):find("hunter2", 1, true))
    assert.is_nil(fault("redis", "hunter2\0"):find("hunter2", 1, true))
    assert.is_nil(fault("partition_key", ("hunter2"):rep(40)):find("hunter2", 1, true))
  end)

  describe("raises where the caller is:", function()
    -- Runs a function that is written on one line and expects its error on that line.
    local function raises(words, call)
      local fine, message = pcall(call)
      local line = debug.getinfo(call, "S").linedefined
      assert.is_false(fine)
      assert.truthy(message:find("config_spec.lua:" .. line .. ": ", 1, true), message)
      assert.truthy(message:find(words, 1, true), message)
    end

    it("every public function", function()
      local n, wrong = blame.wrong(require "kinesis_exporter", { redis = "unix:///nonexistent" })
      assert.same({}, wrong)
      assert.is_true(n > 80)
    end)

    it("new", function()
      raises("unknown option 'rediss'", function() Exporter.new { rediss = "x" } end)
      raises("option 'redis'", function() Exporter.new { redis = 5 } end)
      raises("expected a table of options, got a string", function() Exporter.new "redis://" end)
    end)

    it("configure", function()
      raises("unknown option 'rediss'", function() Exporter.configure { rediss = "x" } end)
      raises("option 'concurrency'", function() Exporter.configure { concurrency = 0 } end)
      raises("expected a table of options, got a number", function() Exporter.configure(1) end)
    end)
  end)

  describe("checks texts for the places to which they go:", function()
    local function refused(why, options)
      local settings, message, code = config.complete(options or {}, 1)
      assert.same({ nil, why, "config" }, { settings, message, code })
    end

    it("a region is a host label", function()
      for _, region in ipairs { "eu-west-1", "us-gov-east-1", "local", "x1", ("a"):rep(63) } do
        assert.equal(region, completed({ region = region }).region)
      end
      for _, region in ipairs { "eu_west_1", "eu west", "eu.west", "12", "-a", "a-", "é",
                                "a/b", "a@b", ("a"):rep(64) } do
        assert.equal("option 'region' must be letters, digits and hyphens, like eu-west-1",
          fault("region", region))
      end
    end)

    it("a stream's name is what AWS allows", function()
      for _, name in ipairs { "backend-events", "A_b.c-1", ("s"):rep(64) } do
        assert.equal(name, completed({ stream = name }).stream)
      end
      assert.equal(128, #completed({ stream = ("s"):rep(128), sink = "streams" }).stream)
      refused("the stream's name must be at most 64 bytes long", { stream = ("s"):rep(65) })
      for _, name in ipairs { "a b", "a/b", "é", 'a"b', ("s"):rep(129) } do
        assert.equal("option 'stream' must be letters, digits and _.-, at most 128 of them",
          fault("stream", name))
      end
    end)

    it("and variables are named by name", function()
      for variable, value in pairs {
        AWS_REGION = "eu-west-1\r\nX-Evil: 1", AWS_DEFAULT_REGION = "eu-west-1\n",
        KINESIS_EXPORTER_STREAM = "s\n", KINESIS_EXPORTER_REDIS = "redis://h\n",
        KINESIS_EXPORTER_ANALYTICS_REDIS = "redis://h\n", KINESIS_EXPORTER_KEY_PREFIX = "p\n",
        KINESIS_EXPORTER_REDIS_CA_FILE = "/f\n", AWS_CA_BUNDLE = "/f\n",
        AWS_ENDPOINT_URL = "http://h\n", AWS_ENDPOINT_URL_FIREHOSE = "http://h\n",
        KINESIS_EXPORTER_REDIS_SENTINEL_PASSWORD = "p\n",
      } do
        environment = { [variable] = value }
        refused(variable .. " must not hold a control character (a newline at its end?)")
      end
      environment = { AWS_REGION = "eu west" }
      refused "AWS_REGION must be letters, digits and hyphens, like eu-west-1"
      for _, number in ipairs { "0x10", "1e1", "1.0", " 8", "nan", "inf", "" } do
        environment = { AWS_MAX_ATTEMPTS = number }
        if number ~= "" then refused "AWS_MAX_ATTEMPTS must be a whole number" end
      end
    end)
  end)
end)
