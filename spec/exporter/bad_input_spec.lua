-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Wrong settings, and a Redis or an endpoint in trouble: one clear error each, with its code and
-- what to do, and every event is still there afterwards. Long, because all its cases share a check.

local certificates = require "certificates"
local worlds = require "worlds"
local helper = require "helper"
local processes = require "processes"
local servers = require "servers"

-- Answers every request with the same bytes.
local parrot = [[
import socket, sys, threading
def serve(connection):
    while connection.recv(65536):
        connection.sendall(sys.argv[2].encode())
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
]]

describe("bad input", function()
  local world = worlds.world()
  local keys = world.keys
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  local function expect(code, patterns, result, message, got)
    assert.is_nil(result)
    assert.equal(code, got, message)
    for _, pattern in ipairs(patterns) do assert.matches(pattern, message) end
    assert.is_nil(message:find("\n"))
    return message
  end

  -- Once the fault is gone, the next flush delivers every event.
  local function recovers(events)
    world.redis.cli("DEL", keys.lock)
    assert.truthy(exporter:flush())
    assert.equal("", worlds.difference(events, world.firehose.events(), true))
    assert.equal("", world.leftovers())
    assert.equal(0, exporter:num_pending_events())
  end

  local function store_both()
    local events = world.store(helper.events(60))
    for _, event in ipairs(world.store_inbox(helper.events(60, 2, 5000))) do
      events[#events + 1] = event
    end
    return events
  end

  local function begin_with_calls_that_hang(own)
    world.firehose.fault { fault = "hang", times = 0 }
    assert.is_true(own:begin())
    helper.wait_until(function()
      assert.equal("running", (own:step(5)))
      return world.firehose.stats().in_flight > 0
    end)
  end

  -- Every command that asks Redis.
  local commands = {
    enable = {}, disable = {}, enabled = {}, schedule_job = {}, job_finished = { "key" },
    num_pending_events = {}, add_events = { { '{"a":"1"}' } }, flush = {}, status = {},
    rejected_size = {}, rejected_list = { 5 }, rejected_retry = {}, rejected_delete_all = {},
  }

  local function every_command(own, code, ...)
    for name, arguments in pairs(commands) do
      local message = expect(code, { ... }, own[name](own, arguments[1]))
      assert.is_nil(message:find("pa55word", 1, true), name)
    end
  end

  describe("in the settings:", function()
    it("a text that is not a Redis URL", function()
      for _, url in ipairs { "", "nonsense", "http://127.0.0.1", "redis://", "redis://h:99999",
                             "redis://h/x" } do
        local opened, problem = pcall(worlds.open, { redis = url })
        assert.is_false(opened, url)
        assert.matches("redis", tostring(problem))
      end
    end)

    it("no stream, no region", function()
      local events = store_both()
      for _, name in ipairs { "stream", "region" } do
        local own = world.exporter { [name] = false }
        expect("config", { "no " .. name, "--" .. name }, own:flush())
        assert.equal(120, own:num_pending_events())
      end
      recovers(events)
    end)

    it("an endpoint that is not a URL", function()
      for _, url in ipairs { "nonsense", "ftp://127.0.0.1/", "http://" } do
        expect("config", { "endpoint" }, world.exporter({ endpoint = url }):flush())
      end
    end)

    it("a ca_file that is not there", function()
      expect("config", { "ca_file" },
             world.exporter({ endpoint = "https://127.0.0.1", ca_file = "/nowhere.pem" }):flush())
    end)

    it("a closed exporter raises", function()
      assert.is_true(exporter:close())
      assert.is_true(exporter:close())
      assert.has_error(function() exporter:num_pending_events() end)
      assert.has_error(function() exporter:flush_begin() end)
    end)
  end)

  describe("Redis", function()
    it("that is not there: every command says where it looked and what to check", function()
      every_command(world.exporter { redis = "redis://127.0.0.1:1/0" }, "redis", "127%.0%.0%.1:1:",
                    "check the redis option")
      every_command(world.exporter { redis = "unix:///nowhere/redis.sock" }, "redis",
                    "/nowhere/redis.sock", "check the redis option")
    end)

    it("of an unknown host", function()
      expect("redis", { "nowhere.invalid" },
             world.exporter({ redis = "redis://nowhere.invalid:6379" }):enabled())
    end)

    it("for analytics that is not there: nothing is locked, nothing is sent", function()
      local own = world.exporter { analytics_redis = "redis://127.0.0.1:1/0" }
      expect("redis", { "127%.0%.0%.1:1" }, own:flush())
      assert.is_nil(world.lock())
      assert.is_true(own:enabled())
    end)

    it("with fewer databases", function()
      local url = world.redis.url:gsub("/0$", "/99")
      every_command(world.exporter { redis = url }, "redis", "database number")
    end)

    it("with a password: without it, with a wrong one, with the right one", function()
      local guarded = servers.start_redis { password = "pa55word" }
      finally(guarded.stop)
      local open_url = guarded.url:gsub(":pa55word@", "")
      every_command(world.exporter { redis = open_url }, "redis", "NOAUTH", "give a password")
      for _, login in ipairs { ":pa55word2@", "somebody:pa55word@" } do
        every_command(world.exporter { redis = guarded.url:gsub(":pa55word@", login) }, "redis",
                      "check user and password")
      end
      assert.is_true(world.exporter({ redis = guarded.url }):enable())
      assert.is_true(world.exporter({ redis = guarded.unix_url }):enabled())
    end)

    it("that wants no password and is given one", function()
      local url = world.redis.url:gsub("//", "//:pa55word@")
      every_command(world.exporter { redis = url }, "redis", "check user and password")
    end)

    it("that is a replica", function()
      local events = store_both()
      world.redis.cli("REPLICAOF", "127.0.0.1", "1")
      finally(function() world.redis.cli("REPLICAOF", "NO", "ONE") end)
      for _, name in ipairs { "flush", "schedule_job", "enable", "disable" } do
        expect("redis", { "READONLY", "point the redis option at the primary" },
               exporter[name](exporter))
      end
      expect("redis", { "READONLY" }, exporter:add_events { '{"a":"1"}' })
      assert.is_true(exporter:enabled())
      assert.equal(120, exporter:num_pending_events())
      world.redis.cli("REPLICAOF", "NO", "ONE")
      recovers(events)
    end)

    it("that is busy with a script of another program", function()
      local events = store_both()
      world.redis.cli("CONFIG", "SET", "lua-time-limit", "1")
      os.execute(("redis-cli -u '%s' EVAL 'while true do end' 0 >/dev/null 2>&1 &")
        :format(world.redis.url))
      helper.wait_until(function() return world.redis.cli("PING")[1]:find "^BUSY" end)
      expect("redis", { "BUSY", "wait, or end it with SCRIPT KILL" }, exporter:enabled())
      expect("redis", { "BUSY", "wait, or end it with SCRIPT KILL" }, exporter:flush())
      world.redis.cli("SCRIPT", "KILL")
      recovers(events)
    end)

    it("that becomes a replica in mid-export", function()
      local events = store_both()
      assert.is_true(exporter:begin())
      world.redis.cli("REPLICAOF", "127.0.0.1", "1")
      finally(function() world.redis.cli("REPLICAOF", "NO", "ONE") end)
      expect("redis", { "READONLY" }, exporter:finish())
      world.redis.cli("REPLICAOF", "NO", "ONE")
      recovers(events)
    end)

    it("that is out of memory", function()
      local events = store_both()
      world.redis.cli("CONFIG", "SET", "maxmemory", "1")
      finally(function() world.redis.cli("CONFIG", "SET", "maxmemory", "0") end)
      expect("redis", { "OOM", "raise maxmemory" }, exporter:schedule_job())
      expect("redis", { "OOM" }, exporter:add_events { '{"a":"1"}' })
      assert.equal(120, exporter:num_pending_events())
      world.redis.cli("CONFIG", "SET", "maxmemory", "0")
      recovers(events)
    end)

    it("that runs out of memory in mid-export", function()
      local events = store_both()
      world.firehose.fault { fault = "refuse", code = "InternalFailure", times = 0 }
      local own = world.exporter { max_attempts = 1 }
      assert.is_true(own:begin())
      own:step(0)
      world.redis.cli("CONFIG", "SET", "maxmemory", "1")
      finally(function() world.redis.cli("CONFIG", "SET", "maxmemory", "0") end)
      expect("redis", { "OOM" }, own:finish())
      assert.is_true(own:num_pending_events() >= 120) -- what was put back counts in the claim, too
      world.redis.cli("CONFIG", "SET", "maxmemory", "0")
      world.firehose.reset()
      recovers(events)
    end)

    for name, case in pairs {
      ["is still loading"] = { "-LOADING Redis is loading the dataset in memory\r\n", "LOADING",
                               "try again soon" },
      ["allows the user too little"] = { "-NOPERM this user has no permissions\r\n", "NOPERM",
                                         "grant the Redis user" },
      ["is a node of a cluster without the key"] = { "-MOVED 3999 127.0.0.1:6381\r\n", "MOVED",
                                                     "another cluster node" },
      ["is not a Redis"] = { "HTTP/1.1 400 Bad Request\r\n\r\n", "check the redis option" },
    } do
      it("that " .. name, function()
        local server = processes.start({ "/usr/bin/python3", "-c", parrot, "{port}", case[1] },
          function(started) return started.output():match("ready") end)
        finally(server.stop)
        every_command(world.exporter { redis = "redis://127.0.0.1:" .. server.port }, "redis",
                      case[2], case[3] or "")
      end)
    end

    it("that hangs: the wait ends after redis_timeout_ms, and says so", function()
      local events = store_both()
      local own = world.exporter { redis_timeout_ms = 600 }
      assert.is_true(own:enabled())
      world.redis.signal("STOP")
      finally(function() world.redis.signal("CONT") end)
      expect("redis", { "no answer within 600 ms" }, own:flush())
      expect("redis", { "no answer within 600 ms" }, own:num_pending_events())
      world.redis.signal("CONT")
      recovers(events)
      assert.equal(0, own:num_pending_events())
    end)

    it("that hangs in mid-export", function()
      local events = store_both()
      local own = world.exporter { redis_timeout_ms = 600 }
      begin_with_calls_that_hang(own)
      world.redis.signal("STOP")
      finally(function() world.redis.signal("CONT") end)
      expect("redis", { "no answer within 600 ms" }, own:finish())
      world.redis.signal("CONT")
      world.firehose.reset()
      recovers(events)
    end)

    it("that drops silent connections in mid-export is connected to again", function()
      local events = store_both()
      begin_with_calls_that_hang(exporter)
      world.redis.cli("CLIENT", "KILL", "TYPE", "normal")
      assert.equal("running", (exporter:step(100)))
      world.firehose.reset()
      assert.equal(120, exporter:finish())
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
    end)

    it("that drops an idle connection is connected to again", function()
      assert.is_true(exporter:enabled())
      world.redis.cli("CLIENT", "KILL", "TYPE", "normal")
      assert.is_true(exporter:enabled())
    end)

    describe("killed in mid-export #slow", function()
      local directory, first, second, own, events
      local args = { "--appendonly", "yes", "--appendfsync", "always" }

      -- Begins an export and lets every command have its answer.
      before_each(function()
        directory = helper.temporary_directory()
        first = servers.start_redis { directory = directory, args = args }
        own = world.exporter { redis = first.url }
        events = helper.events(600)
        own:enable()
        own:add_events(events)
        world.firehose.control("limits", { latency_ms = 20 })
        assert.is_true(own:begin())
        repeat until select(2, own:step(1)) > 0
        first.cli("PING")
        first.signal("KILL")
        helper.wait_until(function() return not first.alive() end)
      end)

      after_each(function()
        first.stop()
        if second then second.stop() end
        second = nil
        helper.remove_directory(directory)
      end)

      local function start_again()
        second = servers.start_redis { directory = directory, args = args, port = first.port }
      end

      local function recovers_on_second()
        second.cli("DEL", world.keys.lock)
        local n, outcome = own:flush()
        assert.same({ "number" }, { type(n), outcome })
        assert.equal("", worlds.difference(events, world.firehose.events(), true))
        assert.equal(0, own:num_pending_events())
      end

      it("and started again: nothing is lost", function()
        expect("redis", { "check the redis option" }, own:finish())
        expect("redis", { "refused" }, own:flush())
        start_again()
        recovers_on_second()
      end)

      it("and replaced at once: the export notices that the new one is another", function()
        start_again()
        expect("redis", { "another server has taken over" }, own:finish())
        recovers_on_second()
      end)

      it("and replaced, and another call finds the new one first: nothing is lost", function()
        start_again()
        for _ = 1, 2 do own:num_pending_events() end
        expect("redis", {}, own:finish())
        recovers_on_second()
      end)
    end)

    for _, case in ipairs {
      { "pending", "string" }, { "claimed", "string" }, { "claim", "string" },
      { "inbox", "string" }, { "inbox_events", "list" }, { "inbox_claimed", "string" },
      { "inbox_claimed_events", "list" }, { "enabled", "list" }, { "lock", "list" },
    } do
      local name, kind = case[1], case[2]
      it(("with a %s where %s should be"):format(kind, keys[name]), function()
        local inbox = name:match("inbox")
        local events = helper.events(60)
        if inbox then world.store(events) else world.store_inbox(events) end
        world.redis.cli("DEL", keys[name])
        world.redis.cli(kind == "list" and "RPUSH" or "SET", keys[name], "x")
        local n, message, code = exporter:flush()
        if name == "lock" then
          -- The holder of the lock's key holds the lock, even if it is not a string.
          assert.equal("locked", message)
        else
          expect("redis", { "WRONGTYPE", "docs/redis.md lists the keys" }, n, message, code)
          assert.is_nil(world.lock())
        end
        world.redis.cli("DEL", keys[name])
        world.redis.cli("SET", keys.enabled, "1")
        recovers(events)
      end)
    end

    it("with a string where the rejected should be", function()
      local own = world.exporter { record_bytes = 300 }
      local events = store_both()
      local large = world.store({ '{"a":"' .. ("x"):rep(400) .. '"}' })[1]
      world.redis.cli("SET", keys.rejected, "x")
      expect("redis", { "WRONGTYPE" }, own:flush())
      assert.is_true(own:num_pending_events() >= 1)
      assert.is_nil(world.lock())
      world.redis.cli("DEL", keys.rejected)
      assert.truthy(own:flush())
      assert.equal(large, own:rejected_list(1)[1].event)
      assert.equal("", worlds.difference(events, world.firehose.events(), true))
    end)
  end)

  describe("TLS:", function()
    local directory, made

    setup(function()
      directory = helper.temporary_directory()
      made = certificates.make(directory)
    end)

    teardown(function() helper.remove_directory(directory) end)

    for _, name in ipairs { "self_signed", "wrong_host", "expired", "good" } do
      local fine = name == "good"
      local what = name:gsub("_", " ") .. (fine and " delivers" or " is not believed")
      it("a certificate that is " .. what, function()
        local secure = servers.start_firehose { tls = made[name] }
        finally(secure.stop)
        local events = store_both()
        local own = world.exporter { endpoint = secure.url, ca_file = made.ca }
        if fine then
          assert.equal(120, own:flush())
          assert.equal("", worlds.difference(events, secure.events()))
        else
          expect("http", { "certificate", "ca_file" }, own:flush())
          assert.equal(0, secure.stats().calls)
          assert.equal(120, own:num_pending_events())
          recovers(events)
        end
      end)
    end

    it("an authority that the options do not name is not believed", function()
      local secure = servers.start_firehose { tls = made.good }
      finally(secure.stop)
      local events = store_both()
      expect("http", { "certificate", "ca_file" },
             world.exporter({ endpoint = secure.url }):flush())
      recovers(events)
    end)

    it("an endpoint without TLS", function()
      local events = store_both()
      local url = world.firehose.url:gsub("^http:", "https:")
      local own = world.exporter { endpoint = url, max_attempts = 1 }
      expect("http", { "127%.0%.0%.1" }, own:flush())
      recovers(events)
    end)
  end)
end)
