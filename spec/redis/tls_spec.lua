-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local certificates = require "certificates"
local doctor = require "kinesis_exporter.doctor"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

describe("Redis over TLS", function()
  local world = worlds.world()
  local directory, made, redis

  local function serve(certificate, args)
    return servers.start_redis {
      tls = { ca = made.ca, good = made[certificate] }, args = args,
    }
  end

  local function settings(more)
    local all = { redis = redis.tls_url, redis_ca_file = made.ca }
    for name, value in pairs(more or {}) do all[name] = value end
    return all
  end

  local function exporter_of(more)
    return world.exporter(settings(more))
  end

  local function expect(code, patterns, result, message, got)
    assert.is_nil(result)
    assert.equal(code, got, message)
    for _, pattern in ipairs(patterns) do assert.matches(pattern, message) end
  end

  setup(function()
    directory = helper.temporary_directory()
    made = certificates.make(directory)
    world.start()
    redis = serve "good"
  end)

  teardown(function()
    redis.stop()
    world.stop()
    helper.remove_directory(directory)
  end)

  before_each(function()
    world.reset()
    redis.cli "FLUSHALL"
  end)

  it("carries a whole export, pages and chunks of any length", function()
    local exporter, events = exporter_of(), helper.events(30000)
    assert.is_true(exporter:enable())
    assert.equal(30000, (exporter:add_events(events)))
    local commands = {}
    for i, event in ipairs(helper.events(3000, 2, 50000)) do
      events[30000 + i] = event
      commands[i] = ("*3\r\n$4\r\nSADD\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"):format(
        #world.keys.pending, world.keys.pending, #event, event)
    end
    redis.pipe(table.concat(commands))
    assert.equal(33000, (exporter:flush()))
    assert.equal("", worlds.difference(events, world.firehose.events()))
    assert.equal(0, exporter:num_pending_events())
  end)

  it("accepts a certificate for the server's name or its address", function()
    assert.is_false(exporter_of():enabled())
    local by_name = redis.tls_url:gsub("127%.0%.0%.1", "localhost")
    assert.is_false(exporter_of({ redis = by_name }):enabled())
  end)

  it("keeps its connection from one use to the next", function()
    local exporter = exporter_of()
    local function connections()
      local stats = table.concat(redis.cli("INFO", "stats"), "\n")
      return tonumber(stats:match "total_connections_received:(%d+)")
    end
    exporter:enable()
    assert.is_true(exporter:schedule_job() ~= nil)
    local before = connections()
    for _ = 1, 5 do assert.is_true(exporter:enabled()) end
    assert.equal(before + 1, connections()) -- the connection of redis-cli
  end)

  for certificate, words in pairs {
    wrong_host = { "its certificate does not verify", "mismatch", "redis_ca_file" },
    expired = { "its certificate does not verify", "expired" },
    self_signed = { "its certificate does not verify", "self.signed" },
  } do
    it("refuses a certificate that is " .. certificate, function()
      local server = serve(certificate)
      finally(server.stop)
      expect("redis", words, exporter_of({ redis = server.tls_url }):enable())
      assert.same({ "0" }, server.cli("EXISTS", world.keys.enabled))
    end)
  end

  it("believes nobody whom neither the system nor redis_ca_file names", function()
    local exporter = world.exporter { redis = redis.tls_url }
    expect("redis", { "does not verify", "redis_ca_file" }, exporter:enable())
  end)

  it("refuses TLS below 1.2", function()
    local server = serve("good", { "--tls-protocols", "TLSv1.1" })
    finally(server.stop)
    expect("redis", { "TLS could not begin" },
      exporter_of({ redis = server.tls_url }):enable())
  end)

  it("shows the certificate that a server asks for", function()
    local server = serve("good", { "--tls-auth-clients", "yes" })
    finally(server.stop)
    local shown = { redis = server.tls_url, redis_cert_file = made.good.cert,
                    redis_key_file = made.good.key }
    assert.is_true(exporter_of(shown):enable())
    expect("redis", { "certificate" }, exporter_of({ redis = server.tls_url }):enable())
  end)

  it("says which file is wrong", function()
    expect("config", { "redis_ca_file" },
      exporter_of({ redis_ca_file = directory .. "/none" }):enable())
    expect("config", { "redis_cert_file" },
      exporter_of({ redis_cert_file = made.good.key }):enable())
    expect("config", { "redis_key_file" },
      exporter_of({ redis_cert_file = made.good.cert, redis_key_file = made.expired.key }):enable())
  end)

  it("says that a server does not speak TLS", function()
    expect("redis", { "does this port speak TLS" },
      exporter_of({ redis = redis.url:gsub("redis:", "rediss:") }):enable())
  end)

  it("is explained by the doctor", function()
    local function finding_of(more)
      local all = settings(more)
      all.stream, all.region, all.endpoint = "backend-events", "eu-west-1", world.firehose.url
      all.credentials = worlds.credentials
      for _, finding in ipairs(doctor.examine(all)) do
        if finding.name == "redis" then return finding.level .. " " .. finding.message end
      end
    end
    assert.matches("^ok reachable", finding_of())
    assert.matches("^failed .*does not verify.*name its authority in redis_ca_file",
      finding_of { redis_ca_file = made.self_signed.cert })
    assert.matches("^failed .*redis_ca_file cannot be read", finding_of { redis_ca_file = "/none" })
    assert.matches("^failed .*redis_key_file cannot be read",
      finding_of { redis_cert_file = made.good.cert, redis_key_file = made.expired.key })
    assert.matches("^failed .*does this port speak TLS",
      finding_of { redis = redis.url:gsub("redis:", "rediss:") })
  end)

  it("stops waiting for a server that does not answer", function()
    redis.signal "STOP"
    finally(function() redis.signal "CONT" end)
    expect("redis", { "no answer to the beginning of TLS" },
      exporter_of({ redis_timeout_ms = 300 }):enable())
  end)

  it("loses nothing when the server is killed in mid-export", function()
    local args = { "--appendonly", "yes", "--appendfsync", "always" }
    local place = helper.temporary_directory()
    local tls = { ca = made.ca, good = made.good }
    local server = servers.start_redis { tls = tls, args = args, directory = place }
    local next_one
    finally(function()
      server.stop()
      if next_one then next_one.stop() end
      helper.remove_directory(place)
    end)
    local exporter, events = exporter_of { redis = server.tls_url }, helper.events(2000)
    exporter:enable()
    exporter:add_events(events)
    world.firehose.control("limits", { latency_ms = 20 })
    assert.is_true(exporter:begin())
    local accepted
    repeat
      accepted = select(2, exporter:step(1))
    until accepted > 0
    server.signal "KILL"
    expect("redis", {}, exporter:finish())
    next_one = servers.start_redis { tls = tls, args = args, directory = place }
    next_one.cli("DEL", world.keys.lock)
    assert.is_number((exporter_of({ redis = next_one.tls_url }):flush()))
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
  end)

  it("serves the engine, too, and a child of its process", function()
    local all, events = world.settings(settings { analytics_redis = redis.tls_url }),
      helper.events(3000)
    local one = engines.start(all)
    for _, event in ipairs(events) do assert.is_true(one.record(event)) end
    one.settle()
    assert.same(events, engines.stored { redis = redis })
    one.close()
  end)
end)
