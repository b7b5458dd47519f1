-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The engine: calls of an exporter's methods, which its thread carries out.

local core = require "kinesis_exporter.core"
local engines = require "engines"
local worlds = require "worlds"
local helper = require "helper"

local null = helper.json.null

describe("a call in the engine #valgrind #threads", function()
  local world = worlds.world()
  local one

  setup(world.start)
  teardown(function()
    core.drain()
    world.stop()
  end)
  before_each(function()
    world.reset()
    one = engines.start(world.settings { stream = "backend-events", region = "eu-west-1" })
  end)
  after_each(function()
    world.redis.signal "CONT"
    one.close()
  end)

  local function results(name, ...)
    return engines.await(assert(one.post(name, ...)))
  end

  -- Stops Redis, so that the thread waits for it in a call.
  local function occupy()
    world.redis.signal "STOP"
    return assert(one.post "enabled")
  end

  it("returns what the method returns", function()
    assert.same({ true, n = 1 }, results "enabled")
    assert.same({ true, n = 1 }, results "disable")
    assert.same({ false, n = 1 }, results "enabled")
    assert.same({ false, "disabled", n = 2 }, results "schedule_job")
    assert.same({ true, n = 1 }, results "enable")
    assert.same({ 0, n = 1 }, results "num_pending_events")
    assert.same(world.exporter():status(), one.call "status")
    assert.same({ true, nil, nil, 0, nil, 0, "", n = 7 }, results("report", {}))
    local token = one.call "schedule_job"
    assert.equal(world.lock(), token)
    assert.same({ false, "locked", n = 2 }, results "schedule_job")
    assert.same({ true, n = 1 }, results("job_finished", token))
  end)

  it("returns failures", function()
    world.redis.cli("SADD", worlds.keys.inbox, "x")
    local got = results("add_events", { "{}" })
    assert.same({ nil, "redis", 0, n = 4 }, { got[1], got[3], got[4], n = got.n })
    assert.truthy(got[2]:find "WRONGTYPE", got[2])
  end)

  it("copies arguments and results of every type", function()
    local list = { { a = "\0\n\255", time_gen = "t" }, "{}", "\0", "a\nb" }
    for i, value in ipairs { "é", "", 0, -1, 1.5, 2 ^ 53, 1e300, true, false, null } do
      list[#list + 1] = { ["a" .. i] = value, service = value, time_gen = value }
    end
    local most = rawget(math, "maxinteger")
    if most then list[#list + 1] = { a = -most - 1, time_gen = 1 } end
    world.exporter():add_events(list)
    local expected = engines.stored(world)
    local kept = world.exporter():rejected_list(10)
    world.redis.cli("FLUSHALL")
    assert.same({ #list - 3, 3, n = 2 }, results("add_events", list))
    assert.same(expected, engines.stored(world))
    local rejected = one.call("rejected_list", 10)
    assert.equal(3, #kept)
    for i, entry in ipairs(kept) do
      assert.same({ entry.event, entry.reason }, { rejected[i].event, rejected[i].reason })
    end
    local type_of = rawget(math, "type")
    if type_of then assert.equal("integer", type_of(one.call "num_pending_events")) end
    assert.same({ true, n = 1 }, results("enable", nil, nil))
  end)

  it("uses the same exporter as the call before it, so that a task goes on", function()
    local events = world.store(helper.events(2000))
    assert.is_true(one.call("set_credentials", worlds.credentials))
    assert.is_true(one.call "flush_begin")
    local got
    repeat
      got = results("step", 5)
      assert.is_string(got[1], got[2])
    until got[1] == "done"
    assert.same({ "done", 2000 }, { got[1], got[2] })
    assert.equal("", world.delivered(events))
  end)

  it("raises what the method raises", function()
    for _, words in ipairs { { "nothing" }, { "rejected_list" }, { "add_events", { {} } },
                             { "report", { 1 } }, { "__gc" } } do
      local call = assert(one.post(words[1], words[2]))
      assert.has_error(function() engines.await(call) end)
    end
    local fine, message = pcall(one.call, "report", { { service_id = "1" } })
    assert.is_false(fine)
    assert.truthy(message:find("report 1 needs usage or response_code", 1, true), message)
    assert.same({ true, n = 1 }, results "enabled")
  end)

  it("raises at every poll", function()
    local call = assert(one.post "nothing")
    for _ = 1, 2 do assert.has_error(function() engines.await(call) end) end
    local other = assert(one.post "enabled")
    for _ = 1, 2 do assert.same({ true, n = 1 }, engines.await(other)) end
  end)

  it("refuses what cannot be copied", function()
    local deep, round = {}, {}
    for _ = 1, 20 do deep = { deep } end
    round.round = round
    for _, value in ipairs { print, coroutine.create(print), io.stdout, deep, round,
                             { { print } }, { [print] = 1 } } do
      assert.has_error(function() one.post("add_events", value) end)
    end
    assert.has_error(function() one.post() end)
    assert.has_error(function() one.post(1) end)
    assert.same({ true, n = 1 }, results "enabled")
  end)

  it("waits for the calls before it; 256 may wait", function()
    local calls = { occupy() }
    local call, message, code
    repeat
      call, message, code = one.post "num_pending_events"
      calls[#calls + 1] = call
    until not call or #calls > 300
    assert.equal("backpressure", code)
    assert.truthy(message:find "^256 calls are waiting already", message)
    assert.is_true(#calls == 257 or #calls == 256, #calls .. " posted")
    assert.is_false(calls[#calls]:poll())
    world.redis.signal "CONT"
    for i = 2, #calls do assert.same({ 0, n = 1 }, engines.await(calls[i])) end
    assert.same({ true, n = 1 }, results "enabled")
  end)

  it("is carried out when nobody waits for it", function()
    occupy()
    for n = 1, 20 do one.post("add_events", { ('{"n":%d}'):format(n) }) end
    one.post "nothing"
    collectgarbage()
    collectgarbage()
    world.redis.signal "CONT"
    assert.same({ 20, n = 1 }, results "num_pending_events")
    collectgarbage()
    assert.same({ true, n = 1 }, results "enabled")
  end)

  it("is carried out after its channel is closed", function()
    occupy()
    local calls = {}
    for n = 1, 3 do calls[n] = one.post("add_events", { ('{"n":%d}'):format(n) }) end
    for n = 4, 6 do assert.is_true(one.record(('{"n":%d}'):format(n))) end
    one.close()
    assert.has_error(function() one.post "enabled" end, "the exporter is closed")
    world.redis.signal "CONT"
    for n = 1, 3 do assert.same({ 1, 0, n = 2 }, engines.await(calls[n])) end
    engines.wait(function() return #engines.stored(world) == 6 end)
  end)

  it("is cancelled when the thread stops", function()
    local calls = {}
    for n = 1, 200 do calls[n] = assert(one.post("add_events", { '{}' })) end
    core.drain()
    local done = 0
    for n = 1, 200 do
      local got = engines.await(calls[n])
      if got[1] then
        done = done + 1
      else
        assert.same({ "the process is ending", "timeout" }, { got[2], got[3] })
      end
    end
    assert.equal(done, #engines.stored(world))
    assert.is_true(one.channel:start())
    assert.same({ done, n = 1 }, results "num_pending_events")
  end)

  it("raises when the exporter cannot be made", function()
    one.close()
    one = engines.start(world.settings { redis = "http://127.0.0.1" })
    local fine, message = pcall(one.call, "enabled")
    assert.is_false(fine)
    assert.truthy(message:find "redis", message)
  end)

  it("has its channel's settings", function()
    local other = engines.start(world.settings { lock_resource = "Other" })
    assert.is_string((one.call "schedule_job"))
    assert.is_string((other.call "schedule_job"))
    assert.equal(2, world.exists(worlds.keys.lock, "other:lock"))
    other.close()
  end)
end)
