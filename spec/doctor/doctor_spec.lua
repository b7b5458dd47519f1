-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What the doctor finds in a real Redis and at the Firehose stand-in, one fault in each test. It is
-- one file although it is long: each test changes one thing in the same healthy system.

local doctor = require "kinesis_exporter.doctor"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"
local settings = require "kinesis_exporter.doctor.settings"

local secret = worlds.credentials.secret_access_key

describe("doctor", function()
  local world = worlds.world()
  local keys = world.keys
  local getenv, environment = os.getenv, nil

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    environment = {}
    rawset(os, "getenv", function(name) return environment[name] end)
  end)
  after_each(function()
    rawset(os, "getenv", getenv)
  end)

  local function restore_redis()
    world.redis.cli("REPLICAOF", "NO", "ONE")
    world.redis.cli("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction", "save", "",
      "appendonly", "no", "appendfsync", "everysec", "min-replicas-to-write", "0")
  end

  -- Findings by name, the last of each. No message shows a secret.
  local function examine(changes)
    local given = {
      redis = world.redis.unix_url, stream = "backend-events", region = "eu-west-1",
      endpoint = world.firehose.url, credentials = worlds.credentials,
    }
    for name, value in pairs(changes or {}) do given[name] = value or nil end
    local by_name = {}
    for _, finding in ipairs(doctor.examine(given)) do
      by_name[finding.name] = finding
      assert.is_nil(finding.message:find(secret, 1, true) or finding.message:find "hunter2")
    end
    return by_name
  end

  -- Expects of a finding its level and words.
  local function expect(by_name, name, level, words)
    local finding = assert(by_name[name], "nothing about " .. name)
    assert.equal(level, finding.level, name .. ": " .. finding.message)
    assert.truthy(finding.message:find(words, 1, true), name .. ": " .. finding.message)
  end

  -- How often Redis was written to.
  local function changes()
    return table.concat(world.redis.cli("INFO", "persistence"), "\n")
      :match "rdb_changes_since_last_save:%d+"
  end

  it("finds nothing wrong where nothing is, and writes nothing", function()
    finally(restore_redis)
    world.redis.cli("CONFIG", "SET", "appendonly", "yes")
    local before = changes()
    local found = examine()
    for name, finding in pairs(found) do
      assert.equal("ok", finding.level, name .. ": " .. finding.message)
    end
    assert.equal(before, changes())
    assert.equal(0, world.firehose.stats().calls)
    expect(found, "stream", "ok", "backend-events is ACTIVE; records of up to 1024000 bytes")
    expect(found, "credentials", "ok", "key ...MPLE from the credentials option, without a session")
    expect(found, "redis commands", "ok", "all are permitted")
    expect(found, "redis persistence", "ok", "AOF, appendfsync everysec")
    expect(found, "libraries", "ok", "they fit")
  end)

  it("says where a value comes from, and keeps passwords to itself", function()
    environment.KINESIS_EXPORTER_REDIS = world.redis.unix_url
    environment.KINESIS_EXPORTER_STREAM = "backend-events"
    environment.http_proxy = "http://me:hunter2@127.0.0.1:1"
    local found = examine { redis = false, stream = false, proxy = world.firehose.url }
    expect(found, "option redis", "ok", "(KINESIS_EXPORTER_REDIS)")
    expect(found, "option stream", "ok", "backend-events (KINESIS_EXPORTER_STREAM)")
    expect(found, "option region", "ok", "eu-west-1 (option)")
    expect(found, "option sink", "ok", "firehose (default)")
    assert.equal("redis://***@h:1/2", settings.shown "redis://u:hunter@2@h:1/2")
    assert.equal("***@proxy:8080", settings.shown "u:hunter2@proxy:8080")
    assert.equal("unix:///r", settings.shown "unix:///r")
    assert.equal("redis://***", settings.shown "redis://:hunter2")
    assert.equal("***", settings.shown "u:hunter2/x")
    assert.equal("http://[::1]:80/a:b", settings.shown "http://[::1]:80/a:b")
    assert.equal("proxy:8080", settings.shown "proxy:8080")
    expect(examine { redis = "redis://:hunter2" }, "option redis", "ok", "redis://*** (option)")
    found = examine { redis = "redis://:hunter2@127.0.0.1:1", proxy = false }
    expect(found, "option proxy", "ok", "http://***@127.0.0.1:1 (http_proxy)")
  end)

  it("shows no secret", function()
    environment.http_proxy = "http://me:hunter2@127.0.0.1:1"
    local found = doctor.examine {
      redis = "redis+sentinel://me:hunter2@127.0.0.1:1/mymaster",
      analytics_redis = "rediss://:hunter2@127.0.0.1:1", redis_sentinel_user = "me",
      redis_sentinel_password = "hunter2", endpoint = "http://127.0.0.1:1",
      credentials = { access_key_id = "AKIDEXAMPLE", secret_access_key = "hunter2",
                      session_token = "hunter2" },
      stream = "s", region = "eu-west-1",
    }
    local text = helper.json.encode(found)
    assert.truthy(text:find("option redis_sentinel_password", 1, true))
    assert.is_nil(text:find("hunter2", 1, true))
  end)

  it("stops at an environment that makes no sense", function()
    environment.AWS_MAX_ATTEMPTS = "many"
    expect(examine(), "environment", "failed", "AWS_MAX_ATTEMPTS must be a whole number")
  end)

  it("goes on without stream, region, credentials and Redis", function()
    local found = examine { stream = false, region = false, redis = "redis://:hunter2@127.0.0.1:1",
      credentials = function() return nil, "the vault is shut" end }
    expect(found, "option stream", "failed", "set the stream option")
    expect(found, "option region", "failed", "set the region option")
    expect(found, "redis", "failed", "127.0.0.1:1: Connection refused")
    expect(found, "credentials", "failed", "the vault is shut")
    expect(found, "endpoint", "ok", "answers")
    assert.is_nil(found.stream or found.lock)
    found = examine { credentials = function() error "the vault is on fire" end }
    expect(found, "credentials", "failed", "the vault is on fire")
    found = examine { redis = "bogus://:hunter2@x" }
    expect(found, "redis", "failed", "Redis URL")
    expect(found, "stream", "ok", "ACTIVE")
  end)

  describe("of Redis", function()
    local function config(...) world.redis.cli("CONFIG", "SET", ...) end

    it("warns where events may be lost", function()
      finally(restore_redis)
      expect(examine(), "redis persistence", "warning", "a restart of Redis loses all pending data")
      config("save", "3600 1")
      expect(examine(), "redis persistence", "warning", "snapshots only (save 3600 1)")
      config("appendonly", "yes", "appendfsync", "no", "maxmemory", "500mb", "maxmemory-policy",
        "allkeys-lru")
      local found = examine()
      expect(found, "redis persistence", "warning", "appendfsync no")
      expect(found, "redis memory", "warning", "of 500 MiB in use, maxmemory-policy allkeys-lru")
      config("maxmemory-policy", "noeviction")
      expect(examine(), "redis memory", "ok", "noeviction")
    end)

    it("fails where nothing can be written", function()
      finally(restore_redis)
      config("maxmemory", "1")
      local full = examine()
      expect(full, "redis memory", "failed", "full, nothing can be stored: raise maxmemory")
      expect(full, "redis writes", "failed", "Redis is full")
      config("maxmemory", "0")
      config("min-replicas-to-write", "1")
      expect(examine(), "redis writes", "failed", "0 replicas of 1 are in reach")
      config("min-replicas-to-write", "0")
      expect(examine { min_replicas = 1 }, "redis writes", "failed",
        "min_replicas is 1, and 0 replicas are online")
      world.redis.cli("REPLICAOF", "127.0.0.1", "1")
      local found = examine()
      expect(found, "redis role", "failed", "a replica of 127.0.0.1:1")
      expect(found, "redis writes", "failed", "a replica takes no writes")
    end)

    it("looks at both where there are two", function()
      local other = servers.start_redis { password = "hunter2" }
      local fine, why = pcall(function()
        local found = examine { analytics_redis = other.unix_url }
        expect(found, "analytics redis role", "ok", "primary")
        expect(found, "analytics redis commands", "ok", "all are permitted")
        expect(found, "pending", "ok", "0 events")
        other.cli("RPUSH", "resque:queue:stats", "a job")
        found = examine { queue_redis = other.unix_url }
        expect(found, "queue redis role", "ok", "primary")
        expect(found, "queue redis commands", "ok", "all are permitted")
        expect(found, "workers", "warning", "1 jobs queued, 0 workers")
        found = examine { analytics_redis = (other.unix_url:gsub("hunter2", "wrong")) }
        expect(found, "analytics redis", "failed", "check user and password")
      end)
      other.stop()
      assert(fine, why)
    end)

    it("asks for keys with their prefix", function()
      local url = world.redis.unix_url:gsub("^unix://", "unix://someone:hunter2@")
      world.redis.cli("ACL", "SETUSER", "someone", "reset", "on", ">hunter2", "+@all", "~{kx}:*")
      world.redis.cli("RPUSH", "{kx}:" .. keys.pending, "x")
      local found = examine { redis = url, key_prefix = "{kx}:" }
      world.redis.cli("ACL", "DELUSER", "someone")
      expect(found, "redis commands", "ok", "all are permitted")
      expect(found, "keys", "failed", "{kx}:" .. keys.pending .. " is a list, not a set")
      expect(found, "redis persistence", "warning", "none")
      world.redis.cli("DEL", "{kx}:" .. keys.pending)
      world.redis.cli("SET", "{kx}:" .. keys.lock, "me")
      expect(examine { key_prefix = "{kx}:" }, "lock", "failed",
        "delete the key {kx}:" .. keys.lock)
    end)

    it("knows which commands and keys its user may use", function()
      local url = world.redis.unix_url:gsub("^unix://", "unix://someone:hunter2@")
      local function as(...)
        world.redis.cli("ACL", "SETUSER", "someone", "reset", "on", ">hunter2", ...)
        return examine { redis = url }
      end
      expect(as("~*", "+@all", "-unlink", "-sscan"), "redis commands", "failed",
        "no permissions to run the 'sscan' command, and 1 more")
      expect(as("~send*", "~{send*", "+@all"), "redis commands", "failed",
        "no permissions to access the '")
      expect(as("~*", "+@all", "-wait", "-role", "-select"), "redis commands", "ok",
        "all are permitted")
      expect(examine { redis = url, min_replicas = 1 }, "redis commands", "failed",
        "'wait' command")
      expect(as("~*", "+@all", "-incr"), "redis commands", "failed", "'incr' command")
      expect(as("~*", "+@all", "-acl|dryrun"), "redis commands", "ok", "all exist")
      expect(as("~*", "+@all", "-acl|dryrun", "-command"), "redis commands", "warning",
        "does not say")
      local found = as("~*", "+time", "-info", "-type")
      expect(found, "redis", "warning", "reachable, but INFO fails")
      expect(found, "keys", "warning", "cannot be read")
      expect(found, "state", "failed", "NOPERM")
      world.redis.cli("ACL", "DELUSER", "someone")
    end)
  end)

  describe("of what is in Redis", function()
    it("names keys of a wrong type", function()
      world.redis.cli("RPUSH", keys.pending, "x")
      local found = examine()
      expect(found, "keys", "failed", keys.pending .. " is a list, not a set")
      expect(found, "state", "failed", "WRONGTYPE")
      world.redis.cli("DEL", keys.pending)
      world.redis.cli("SET", "resque:queue:stats", "x")
      expect(examine(), "workers", "warning", "the queue cannot be read")
    end)

    it("tells of flag and lock", function()
      expect(examine(), "exporting", "ok", "on")
      world.redis.cli("DEL", keys.enabled)
      world.redis.cli("SET", keys.lock, "some\27body", "EX", "300")
      local found = examine()
      expect(found, "exporting", "warning", "run kinesis-exporter enable")
      expect(found, "lock", "ok", "body, taken or renewed 60 s ago, expires in 5 min")
      world.redis.cli("PERSIST", keys.lock)
      expect(examine(), "lock", "failed", "without expiry")
    end)

    it("tells what waits, and for how long", function()
      local now = os.time()
      world.store { "a", "b", "c" }
      world.store({ "d", "e" }, keys.claimed)
      world.store_inbox { ('{"n":1,"time_gen":"%s"}'):format(os.date("!%Y%m%d %X", now - 7200)) }
      local bucket = os.date("!%Y%m%d%H%M%S", now - 172800)
      world.redis.cli("ZADD", keys.buckets, bucket, bucket)
      local before = changes()
      local found = examine()
      assert.equal(before, changes())
      expect(found, "pending", "ok", "6 events: 3 in the set, 1 in the inbox, 0 in the outbox, "
        .. "2 claimed, the oldest in chunks 2 h old")
      expect(found, "claims", "warning", "1 are left from an export that ended early")
      expect(found, "buckets", "warning", "off, 1 wait, the oldest began 2 days ago: is a worker")
      world.redis.cli("SET", keys.lock, "me", "EX", "100")
      world.redis.cli("RPUSH", "{send_to_kinesis:pending_events}:stage:me", "x")
      expect(examine(), "claims", "ok", "1 of the export under way, 1 chunks staged")
      world.redis.cli("SET", "stats:disabled_emergency", "1")
      expect(examine { max_pending_events = 5 }, "pending", "warning", "above max_pending_events")
      expect(examine(), "buckets", "warning", "in an emergency")
    end)

    it("tells of late buckets, and of a marker in the future", function()
      local found = examine()
      expect(found, "late buckets", "ok", "none")
      expect(found, "latest bucket", "ok", "no bucket has been read")
      world.redis.cli("ZADD", keys.buckets, "20151130100510", "20151130100510", "20151130100520",
        "20151130100520", "20151130100530", "20151130100530")
      world.redis.cli("SET", keys.latest, "20151130100520")
      found = examine()
      expect(found, "late buckets", "warning", "2 wait, and the next jobs read them")
      expect(found, "latest bucket", "ok", "does not lie in the future")
      world.redis.cli("SET", keys.latest, os.date("!%Y%m%d%H%M%S", os.time() + 173400))
      found = examine()
      expect(found, "late buckets", "warning", "3 wait")
      expect(found, "latest bucket", "warning", "lies 2 days in the future")
    end)

    it("tells what failed, and who works", function()
      local tag = "{resque:queue:stats}:"
      world.redis.cli("RPUSH", keys.rejected, '{"error":"x","time":"2026-01-02 03:04:05 UTC"}\nx')
      world.redis.cli("RPUSH", tag .. "failed", '{"error":"x","time":"2026-01-02 03:04:06 UTC"}\nx')
      world.redis.cli("RPUSH", "resque:queue:stats", "{}")
      local found = examine()
      expect(found, "rejected events", "warning", "1, the oldest of 2026-01-02 03:04:05 UTC: see "
        .. "kinesis-exporter rejected list")
      expect(found, "failed jobs", "warning", "1, the oldest of 2026-01-02 03:04:06 UTC: see "
        .. "kinesis-exporter failed list")
      expect(found, "workers", "warning", "1 jobs queued, 0 workers: if no Ruby worker")
      world.redis.cli("SADD", tag .. "workers", "h:1:a", "h:2:b")
      world.redis.cli("SET", tag .. "alive:h:1:a", "1")
      expect(examine(), "workers", "warning", "1 jobs queued, 1 workers, 1 more give no sign")
      world.redis.cli("SET", tag .. "alive:h:2:b", "1")
      expect(examine(), "workers", "ok", "1 jobs queued, 2 workers")
    end)
  end)

  describe("of the way to Kinesis", function()
    it("shows of credentials where they are from, and no more", function()
      environment.AWS_ACCESS_KEY_ID = worlds.credentials.access_key_id
      environment.AWS_SECRET_ACCESS_KEY = secret
      expect(examine { credentials = false }, "credentials", "ok", "from the environment")
      environment.AWS_ACCESS_KEY_ID = "ASIAEXAMPLEEXAMPLE"
      local found = examine { credentials = false }
      expect(found, "credentials", "failed", "a temporary key needs its token")
      expect(found, "signature", "failed", "UnrecognizedClientException")
    end)

    it("knows an endpoint that cannot be reached", function()
      local found = examine { endpoint = "http://127.0.0.1:1" }
      expect(found, "endpoint", "failed", "127.0.0.1:1: Connection refused")
      assert.is_nil(found.stream)
      expect(examine { endpoint = "http://nowhere.invalid" }, "endpoint", "failed",
        "check the region and endpoint options, and DNS")
      expect(examine { endpoint = "ftp://x" }, "endpoint", "failed", "is not http:// or https://")
      expect(examine { proxy = "http://127.0.0.1:1" }, "endpoint", "failed", "through the proxy")
    end)

    it("knows an endpoint of another region or service", function()
      local function at(host)
        return examine { endpoint = "http://" .. host .. ":1", proxy = "http://127.0.0.1:1" }
      end
      expect(at "firehose.us-gov-west-1.amazonaws.com", "region", "failed", "is in us-gov-west-1")
      expect(at "kinesis.eu-west-1.amazonaws.com", "region", "failed", "an endpoint of firehose")
      expect(at "vpce-1a.firehose.eu-west-1.vpce.amazonaws.com", "region", "ok", "the endpoint")
    end)

    it("knows a wrong clock, and looks at the stream all the same", function()
      world.firehose.control("clock", { offset = 3600 })
      local found = examine()
      expect(found, "clock", "failed", "60 min behind the service's")
      expect(found, "stream", "ok", "ACTIVE")
      world.firehose.control("clock", { offset = -120 })
      expect(examine(), "clock", "warning", "2 min ahead of the service's")
    end)

    it("knows a stream that is not there, or takes nothing", function()
      expect(examine { stream = "nowhere" }, "stream", "failed", "there is no nowhere in eu-west-1")
      world.firehose.control("describe", { status = "CREATING" })
      expect(examine(), "stream", "failed", "is CREATING, not ACTIVE")
      world.firehose.control("describe", { status = "ACTIVE", type = "KinesisStreamAsSource" })
      expect(examine(), "stream", "failed", "takes its records from a data stream")
    end)

    it("only warns where the stream may not be looked at", function()
      world.firehose.control("describe", { denied = true })
      expect(examine(), "stream", "warning", "lack firehose:DescribeDeliveryStream. Exports need "
        .. "firehose:PutRecordBatch")
    end)

    it("knows credentials that the service does not take", function()
      local found = examine { credentials = { access_key_id = "AKIDEXAMPLE",
                                              secret_access_key = "hunter2" } }
      expect(found, "signature", "failed", "InvalidSignatureException: check secret_access_key")
    end)

    it("asks for a data stream, too", function()
      local kinesis = servers.start_kinesis()
      local fine, why = pcall(function()
        kinesis.create "backend-events"
        local found = examine { sink = "streams", endpoint = kinesis.url }
        expect(found, "stream", "ok", "backend-events is ACTIVE; records of up to 1048320 bytes")
        found = examine { sink = "streams", endpoint = kinesis.url, stream = "nowhere" }
        expect(found, "stream", "failed", "there is no nowhere")
      end)
      kinesis.stop()
      assert(fine, why)
    end)
  end)

  it("raises at options that there are not", function()
    assert.has_error(function() doctor.examine { rediss = "x" } end)
  end)

  describe("as a command", function()
    local function run(...)
      local words = { helper.interpreter, "bin/kinesis-exporter", "--endpoint", world.firehose.url,
                      "--redis", world.redis.unix_url, "--region", "eu-west-1", ... }
      return helper.run(words, { seconds = 60, env = {
        LUA_PATH = package.path, LUA_CPATH = package.cpath, KINESIS_EXPORTER_STREAM = false,
        AWS_ACCESS_KEY_ID = "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY = secret,
        AWS_SESSION_TOKEN = false, KINESIS_EXPORTER_SINK = false, AWS_CA_BUNDLE = false,
      } })
    end

    it("prints a line each and ends with 0", function()
      local code, out, err = run("doctor", "--stream", "backend-events")
      assert.same({ 0, "" }, { code, err })
      assert.truthy(out:find "\nok       stream +backend%-events is ACTIVE; ", out)
      assert.truthy(out:find "\nwarning  redis persistence +none: ", out)
      for line in out:gmatch "[^\n]+" do
        assert.truthy(line:find "^ok      " or line:find "^warning ", line)
      end
    end)

    it("ends with 1 when something failed", function()
      local code, out, err = run "doctor"
      assert.equal(1, code)
      assert.truthy(out:find("\nfailed   option stream ", 1, true), out)
      assert.equal("kinesis-exporter: doctor: 1 failed, 1 warnings\n", err)
    end)

    it("writes JSON", function()
      local code, out = run("doctor", "--json")
      local result = helper.json.decode(out)
      assert.same({ 1, 1, 1 }, { code, result.failed, result.warnings })
      for _, finding in ipairs(result.findings) do
        assert.truthy(finding.name and finding.level and finding.message)
      end
    end)
  end)
end)
