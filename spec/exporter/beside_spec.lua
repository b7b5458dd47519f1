-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- An exporter that stands still for longer than its lock lasts, while another one works.

local worlds = require "worlds"
local helper = require "helper"
local processes = require "processes"
local servers = require "servers"

describe("an exporter that stands still for longer than its lock lasts #slow", function()
  local world = worlds.world()
  local keys = world.keys
  local proxy

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    proxy = servers.start_redis_proxy { redis = world.redis }
  end)
  after_each(function() proxy.stop() end)

  -- A flush in a process of its own that is stopped at its first request with `word` in it: Redis
  -- gets that request when the process continues.
  local function begin_and_stop(word, limit)
    local function held() return proxy.stats().hold == 1 end
    proxy.hold(word)
    local child = worlds.start_child(world.settings {
      redis = proxy.unix_url, redis_timeout_ms = 60000, max_attempts = 1, limit = limit,
    }, held)
    helper.wait_until(held)
    child.signal "STOP"
    return child
  end

  local function go_on(child)
    proxy.release()
    child.signal "CONT"
  end

  local function lock_expires()
    assert.is_string(world.lock())
    world.redis.cli("DEL", keys.lock)
  end

  it("before it has taken over the claim leaves that to its successor", function()
    local events = world.store(helper.events(300))
    local child, successor = begin_and_stop "HSET", world.exporter()
    lock_expires()
    world.firehose.control("limits", { latency_ms = 5 })
    assert.is_true(successor:begin())
    repeat
      local state, accepted = successor:step(1)
      assert.equal("running", state)
    until accepted > 0
    go_on(child)
    assert.equal("nil lost", worlds.ended(child))
    child.stop()
    assert.same({ 300 }, { successor:finish() })
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
  end)

  describe("at the moment it puts events back", function()
    local directory, ruby, events

    before_each(function()
      directory = helper.temporary_directory()
      events = helper.events(40) -- one call
    end)
    after_each(function()
      if ruby then ruby.stop() end
      helper.remove_directory(directory)
    end)

    local function chunk_in(list)
      world.redis.cli("RPUSH", list, table.concat(events, "\n") .. "\n")
      world.redis.cli("SET", list .. ":events", #events)
    end

    local function start_ruby()
      ruby = processes.start({
        "/usr/bin/python3", processes.here() .. "servers/ruby_exporter.py", world.redis.socket,
        directory .. "/sent", "--pause", "read", "--every", "600",
      }, function(server) return server.output():match "paused read\n" end)
    end

    local function sent_by_ruby()
      local list = {}
      for line in io.lines(directory .. "/sent") do list[#list + 1] = line end
      return list
    end

    -- Every event is sent by one of the two, or will be.
    local function accounted()
      world.firehose.reset()
      assert.is_number((world.exporter():flush()))
      local list = sent_by_ruby()
      for _, event in ipairs(world.firehose.events()) do list[#list + 1] = event end
      for _, event in ipairs(world.delivered_before) do list[#list + 1] = event end
      return worlds.difference(events, list, true)
    end

    for _, case in ipairs {
      { "that the service refused", function()
        world.store(events)
        world.firehose.fault { fault = "error", type = "ServiceUnavailableException",
                               message = "Slow down.", times = 0 }
      end },
      { "of a set that an earlier export has claimed", function()
        world.store(events, keys.claimed)
        return 0
      end },
      { "of the outbox, into the pending set", function()
        chunk_in(keys.outbox_claimed)
        return 0
      end },
    } do
      it(case[1] .. " loses none to a Ruby exporter that rewrites the set", function()
        local limit = case[2]()
        local child = begin_and_stop("SADD", limit)
        for _, event in ipairs(world.store(helper.events(20, 2, 5000))) do
          events[#events + 1] = event
        end
        lock_expires()
        start_ruby()
        go_on(child)
        assert.equal("nil lost", worlds.ended(child))
        child.stop()
        assert.is_true(tonumber(world.redis.cli("SCARD", keys.pending)[1]) > 20)
        ruby.signal "CONT"
        helper.wait_until(function() return ruby.output():match "sent 10 kept 10\n" end)
        world.delivered_before = world.firehose.events()
        assert.equal("", accounted())
        assert.equal("", world.leftovers())
      end)
    end
  end)
end)
