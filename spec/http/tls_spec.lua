-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Exports over TLS, to endpoints whose certificates do not verify and through proxies that want a
-- password: there is one clear error without a secret, and no event is lost.

local certificates = require "certificates"
local doctor = require "kinesis_exporter.doctor"
local worlds = require "worlds"
local helper = require "helper"
local processes = require "processes"
local servers = require "servers"

describe("TLS", function()
  local world = worlds.world()
  local directory, made, secure, proxy

  local function start_proxy(...)
    local words = { "/usr/bin/python3", processes.here() .. "servers/proxy.py", "{port}", ... }
    return processes.start(words, function(server) return server.output():match("ready") end)
  end

  setup(function()
    world.start()
    directory = helper.temporary_directory()
    made = certificates.make(directory)
    secure = servers.start_firehose { tls = made.good }
    proxy = start_proxy()
  end)

  teardown(function()
    if proxy then proxy.stop() end
    if secure then secure.stop() end
    if directory then helper.remove_directory(directory) end
    world.stop()
  end)

  before_each(function()
    world.reset()
    secure.reset()
  end)

  local function exporter(settings)
    local all = { endpoint = secure.url, ca_file = made.ca, max_attempts = 1 }
    for name, value in pairs(settings) do all[name] = value end
    return world.exporter(all)
  end

  local function through(user, server)
    return ("http://%s:pa55word@127.0.0.1:%s"):format(user, (server or proxy).port)
  end

  local function tells_no_secret(text)
    for _, secret in ipairs { "pa55word", worlds.credentials.secret_access_key } do
      assert.is_nil(text:find(secret, 1, true), text)
    end
  end

  -- The events stay pending; an exporter with good settings delivers them.
  local function refused(settings, ...)
    local events = world.store(helper.events(60))
    local own = exporter(settings)
    local result, message, code = own:flush()
    assert.is_nil(result)
    assert.equal("http", code)
    for _, pattern in ipairs { ... } do assert.matches(pattern, message) end
    assert.is_nil(message:find("\n"))
    tells_no_secret(message .. tostring(own.core))
    assert.equal(60, own:num_pending_events())
    assert.equal(0, secure.stats().calls)
    world.redis.cli("DEL", world.keys.lock)
    assert.equal(60, (exporter({}):flush()))
    assert.equal("", worlds.difference(events, secure.events()))
    return message
  end

  local function server_with(name)
    local server = servers.start_firehose { tls = made[name] }
    finally(server.stop)
    return server.url
  end

  -- What the doctor says about the endpoint.
  local function examined(more)
    local all = { redis = world.redis.unix_url, stream = "backend-events", region = "eu-west-1",
                  endpoint = secure.url, ca_file = made.ca, credentials = worlds.credentials }
    for name, value in pairs(more) do all[name] = value end
    for _, finding in ipairs(doctor.examine(all)) do
      tells_no_secret(finding.message)
      if finding.name == "endpoint" then return finding.level .. " " .. finding.message end
    end
  end

  it("is explained by the doctor, which sends nothing", function()
    assert.matches("^ok .* answers", examined {})
    assert.matches("^failed .*certificate.*name the certificate authority in ca_file",
      examined { ca_file = made.self_signed.cert })
    assert.matches("^failed .*407.*proxy", examined { proxy = through("nobody") })
    assert.equal(0, secure.stats().calls)
  end)

  it("refuses a certificate that is not valid until tomorrow", function()
    refused({ endpoint = server_with "not_yet_valid" }, "not yet valid", "ca_file")
  end)

  it("has version 1.2 at least", function()
    local old = processes.start({
      "openssl", "s_server", "-accept", "127.0.0.1:{port}", "-cert", made.good.cert, "-key",
      made.good.key, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-www",
    }, function(server) return server.output():match("ACCEPT") end)
    finally(old.stop)
    refused({ endpoint = "https://127.0.0.1:" .. old.port .. "/" },
            "could not connect to 127%.0%.0%.1:" .. old.port, "no TLS of version 1%.2 or later")
  end)

  describe("through a proxy with a password", function()
    it("delivers everything", function()
      local events = world.store(helper.events(300))
      assert.equal(300, exporter({ proxy = through("tunnel") }):flush())
      assert.equal("", worlds.difference(events, secure.events()))
      assert.matches("CONNECT 127%.0%.0%.1:" .. secure.port, proxy.output())
      assert.is_nil(proxy.output():find("POST", 1, true))
    end)

    for _, name in ipairs { "wrong_host", "self_signed" } do
      it("refuses a bad certificate too: " .. name, function()
        refused({ endpoint = server_with(name), proxy = through("tunnel") }, "certificate",
                "ca_file")
      end)
    end

    for user, pattern in pairs { forbid = "403", nobody = "407", close = "[Pp]roxy",
                                 hang = "[Tt]ime" } do
      it("keeps every event if the proxy does this: " .. user, function()
        refused({ proxy = through(user), connect_timeout_ms = 500, request_timeout_ms = 1000 },
                "could not connect to 127%.0%.0%.1:" .. secure.port, pattern)
      end)
    end

    it("accepts a proxy over TLS if its certificate verifies, by `ca_file` too", function()
      local good = start_proxy(made.good.cert, made.good.key)
      local bad = start_proxy(made.self_signed.cert, made.self_signed.key)
      finally(function()
        good.stop()
        bad.stop()
      end)
      local url = through("tunnel", good):gsub("^http:", "https:")
      local events = world.store(helper.events(60))
      assert.equal(60, exporter({ proxy = url }):flush())
      assert.equal("", worlds.difference(events, secure.events()))
      secure.reset()
      refused({ proxy = through("tunnel", bad):gsub("^http:", "https:") }, "certificate", "ca_file")
    end)
  end)
end)
