-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What shares an engine in nginx: requests and the tasks that they begin, exporters of one worker,
-- several workers, Lua states that live for one request. And how values pass between them. It is
-- one file although it is long: all tests use the same world and the same handlers.

local cjson = require "cjson"
local worlds = require "worlds"
local helper = require "helper"
local nginx = require "nginx"
local processes = require "processes"
local serving = require "serving"

describe("in nginx", function()
  local world = serving.world()
  local keys = world.keys

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)
  after_each(world.end_server)

  -- Calls of one record of 10 events each, one at a time.
  local function settings(more)
    local complete = world.settings { concurrency = 1, batch_records = 1, events_per_record = 10 }
    for name, value in pairs(more or {}) do complete[name] = value end
    return complete
  end

  local RECORD = [[
    location = /record { content_by_lua_block {
      assert(require("kinesis_exporter").record(('{"n":"%s"}'):format(ngx.var.arg_n)))
      ngx.print(ngx.worker.pid())
    } }
  ]]

  it("takes events of two workers", function()
    world.serve({ workers = 2, server = RECORD }, settings())
    local seen, n = {}, 0
    helper.wait_until(function()
      n = n + 1
      seen[select(2, world.server.get("/record?n=" .. n))] = true
      local first = next(seen)
      return n >= 20 and next(seen, first)
    end)
    world.wait_for_numbered(n)
  end)

  it("keeps two exporters of one worker apart", function()
    world.serve({ init_worker = ([[
      local Exporter = require "kinesis_exporter"
      one, other = Exporter.new %s, Exporter.new %s
    ]]):format(nginx.literal(settings()),
      nginx.literal(settings { redis = world.redis.unix_url:gsub("0$", "1") })) }, false)
    assert.is_true(world.server.run [[
      for i = 1, 50 do
        assert(one:record(('{"n":"%d"}'):format(i)))
        assert(other:record(('{"other":"%d"}'):format(i)))
        assert(one:report { service_id = "one", usage = { hits = 1 } })
        assert(other:report { service_id = "other", usage = { hits = 1 } })
      end
      return true
    ]])
    local function get(database, service)
      return world.redis.cli("-n", database, "GET",
        ("stats/{service:%s}/metric:hits/eternity"):format(service))[1]
    end
    world.wait_for_numbered(50)
    helper.wait_until(function() return get("0", "one") == "50" and get("1", "other") == "50" end)
    assert.equal("", get("1", "one") .. get("0", "other"))
    assert.equal("50", world.redis.cli("-n", "1", "GET", keys.inbox_events)[1])
    assert.same({ 50, true }, { world.server.run "return one:num_pending_events(), one:close()" })
    assert.equal(50, (world.server.run "return other:num_pending_events()"))
    assert.is_false((world.server.run "return pcall(one.record, one, '{}')"))
  end)

  it("outlives Lua states that live for one request", function()
    world.serve({
      http = ([[
        lua_code_cache off;
        init_by_lua_block { require("kinesis_exporter").configure %s }
      ]]):format(nginx.literal(settings())),
      server = RECORD,
    }, false)
    local worker = world.server.pids()[1]
    world.server.get_many("/record?n={n}", 40)
    assert.equal(40, (world.server.run [[
      local Exporter = require "kinesis_exporter"
      local n
      repeat n = assert(Exporter.num_pending_events()) until n >= 40
      return n
    ]]))
    assert.equal("", worlds.difference(serving.numbered(40), world.pending()))
    assert.same({ worker }, world.server.pids())
  end)

  it("knows what init_worker configured in Lua states that live for one request", function()
    world.serve({ http = "lua_code_cache off;", server = RECORD }, settings())
    world.server.get_many("/record?n={n}", 40)
    world.wait_for_numbered(40)
    assert.equal(40, (world.server.run "return require('kinesis_exporter').flush_pending_events()"))
    assert.equal("", world.delivered(serving.numbered(40)))
  end)

  it("forgets what was configured when that is closed, in the Lua state that did", function()
    world.serve({ http = "lua_code_cache off;", server = RECORD,
      init_worker = "require('kinesis_exporter').close()" }, settings())
    local _, message, code = world.server.run "return require('kinesis_exporter').enabled()"
    assert.equal("redis", code)
    assert.truthy(message:find("127.0.0.1:6379", 1, true), message)
  end)

  it("says where functions are that another Lua state has configured", function()
    world.serve({ http = "lua_code_cache off;", server = RECORD, init_worker = ([[
      local settings = %s
      settings.credentials = function() end
      settings.log = function() end
      require("kinesis_exporter").configure(settings)
    ]]):format(nginx.literal(settings())) }, false)
    world.server.get_many("/record?n={n}", 40)
    world.wait_for_numbered(40)
    local n, message, code = world.server.run(
      "return require('kinesis_exporter').flush_pending_events()")
    assert.same({ nil, "credentials" }, { n, code })
    assert.truthy(message:find("in another Lua state", 1, true), message)
    assert.truthy(world.server.log():find("flush failed after 0 events", 1, true))
    assert.equal("", world.leftovers())
  end)

  it("knows what init_worker configured in the Lua states of threads", function()
    world.serve({ main = "thread_pool own threads=2;", server = [[
      location = /thread { content_by_lua_block {
        local fine, result = ngx.run_worker_thread("own", "in_thread", "record", 10)
        ngx.print(tostring(fine), " ", tostring(result))
      } }
    ]] }, settings())
    assert.same({ 200, "true 10" }, { world.server.get "/thread" })
    world.wait_for_numbered(10)
  end)

  -- The order of fields is each Lua's own.
  local VALUES = [[
    local null = require("cjson").null
    return {
      { a = null, time_gen = "x" }, { a = true, time_gen = "x" }, { a = 12, time_gen = "x" },
      { a = 0.1, time_gen = "x" }, { a = -1e300, time_gen = "x" }, { a = 2 ^ 53, time_gen = "x" },
      { a = "佐藤 Ω \"\\/\n\1\127", time_gen = "x" }, { ["é\t"] = "", time_gen = null },
      ' { "a" : null,\n "b" : "\\u00e9é" } ',
    }
  ]]

  local function decoded()
    local list = world.pending()
    for i, event in ipairs(list) do
      list[i] = {}
      for name, value in pairs(helper.json.decode(event)) do list[i][name] = tostring(value) end
      list[i].bytes = #event
    end
    return list
  end

  it("stores values as plain Lua does", function()
    local Exporter = require "kinesis_exporter"
    local plain = assert(Exporter.new(settings()))
    for _, event in ipairs(assert((loadstring or load)(VALUES))()) do -- luacheck: ignore 113
      assert(plain:record(event))
    end
    local expected = decoded()
    plain:close()
    assert.equal(9, #expected)
    world.reset()
    world.serve({}, settings())
    assert.is_true(world.server.run(("for _, event in ipairs((function() %s end)()) do %s end %s")
      :format(VALUES, "assert(require('kinesis_exporter').record(event))", "return true")))
    world.wait_for_events(9)
    assert.same(expected, decoded())
  end)

  it("stores first what a flush, a job or a count would miss", function()
    world.serve({}, settings { linger_ms = 60000, report_interval_ms = 60000 })
    assert.same({ 2, 2, 1, 0, 3 }, { world.server.run [[
      local Exporter = require "kinesis_exporter"
      local function record(n) for _ = 1, n do assert(Exporter.record '{"n":"1"}') end end
      record(2)
      local counted = Exporter.num_pending_events()
      local flushed = Exporter.flush_pending_events()
      record(1)
      local again = Exporter.flush_pending_events()
      record(3)
      return counted, flushed, again, Exporter.perform_job(), Exporter.num_pending_events()
    ]] })
  end)

  it("waits no longer than Redis does before a flush", function()
    world.serve({}, settings { linger_ms = 60000, redis_timeout_ms = 500 })
    world.redis.signal "STOP"
    local results = { world.server.run [[
      local Exporter = require "kinesis_exporter"
      assert(Exporter.record '{"n":"1"}')
      return Exporter.flush_pending_events()
    ]] }
    world.redis.signal "CONT"
    assert.same({ nil, "redis" }, { results[1], results[3] })
    world.wait_for_numbered(1)
  end)

  it("names the caller's line in errors about arguments", function()
    world.serve({}, settings())
    local n, wrong = world.server.run(([[
      return require("blame").wrong(require "kinesis_exporter", %s)
    ]]):format(nginx.literal(settings())))
    assert.same({}, wrong)
    assert.is_true(n > 80)
    for _, call in ipairs { "start(5)", "start { nonsense = 1 }", "start()", "status(5)" } do
      local message = world.server.run(([[
        local nginx = require "kinesis_exporter.nginx"
        return select(2, pcall(function()
          nginx.%s
        end))
      ]]):format(call))
      assert.matches("^run:3: ", message)
    end
  end)

  it("keeps what is not an event, or too large, with the rejected events", function()
    world.serve({}, settings { record_bytes = 2000 })
    local results = world.server.run [[
      local list = {}
      local large = ('{"a":"%s"}'):format(("x"):rep(2000))
      local events = { "no object", '{"a":', large, { a = ("y"):rep(2000) }, { a = "b\0" },
        '{"a":["\\u0000"]}', '{"n":"1"}' }
      for i, event in ipairs(events) do
        local taken, message, code = require("kinesis_exporter").record(event)
        list[i] = taken and "taken" or type(message) .. " " .. code
      end
      return list
    ]]
    assert.same({ "string rejected", "string rejected", "string rejected", "string rejected",
      "string rejected", "string rejected", "taken" }, results)
    world.wait_for_events(1)
    helper.wait_until(function()
      return (world.server.run "return require('kinesis_exporter').rejected_events():size()") == 6
    end)
    assert.equal("", worlds.difference(serving.numbered(1), world.pending()))
    local list = world.server.run "return require('kinesis_exporter').rejected_events():list(9)"
    assert.equal("no object", list[1].event)
  end)

  local FLUSH = [[
    location = /flush { content_by_lua_block {
      require("kinesis_exporter").flush_pending_events()
    } }
    location = /abort {
      lua_check_client_abort on;
      content_by_lua_block {
        ngx.on_abort(function() aborted = true ngx.exit(499) end)
        require("kinesis_exporter").flush_pending_events()
      }
    }
  ]]

  -- A flush of 30 calls that begin soon and take long.
  local function prepare_flush()
    world.serve({ server = FLUSH }, settings())
    world.store_inbox(serving.numbered(300))
    world.firehose.control("limits", { latency_ms = 50 })
  end

  local function wait_for_calls()
    helper.wait_until(function() return world.firehose.stats().in_flight > 0 end)
  end

  local NOW = "return require('kinesis_exporter').flush_pending_events()"
  local BEGIN = [[
    ngx.timer.at(0, function() result = { require("kinesis_exporter").flush_pending_events() } end)
  ]]

  it("a flush that somebody waits for keeps others out, and disturbs nobody", function()
    prepare_flush()
    world.server.run(BEGIN)
    wait_for_calls()
    assert.same({ 0, "locked", 0, "locked", false, "locked", nil }, { world.server.run [[
      local Exporter = require "kinesis_exporter"
      local n, flush = Exporter.flush_pending_events()
      local taken, job = Exporter.perform_job()
      local scheduled, schedule = Exporter.schedule_job()
      return n, flush, taken, job, scheduled, schedule, result
    ]] })
    assert.same({ true, true }, { world.server.run [[
      local Exporter = require "kinesis_exporter"
      return Exporter.record '{"late":"1"}', Exporter.enabled()
    ]] })
    local result = helper.wait_until(function() return (world.server.run "return result") end)
    assert.equal(300, result[1])
    assert.is_nil(result[2])
    assert.equal("", world.delivered(serving.numbered(300)))
    assert.equal("", world.leftovers())
    assert.equal(1, (world.server.run(NOW)))
  end)

  -- A client that goes away once calls to Kinesis are under way.
  local function begin_and_leave(path)
    local words = { "curl", "-q", "-s", "--noproxy", "*", world.server.url .. path }
    local client = processes.start(words, function()
      return world.firehose.stats().in_flight > 0
    end)
    client.stop()
  end

  local function expect_order()
    helper.wait_until(function() return world.leftovers() == "" end)
    assert.equal("", world.accounted(serving.numbered(300)))
    local left = 300 - #world.firehose.events()
    assert.equal(left, (world.server.run(NOW)))
    assert.equal("", world.delivered(serving.numbered(300)))
  end

  it("a flush whose client goes away ends in order", function()
    prepare_flush()
    begin_and_leave("/flush")
    expect_order()
  end)

  it("a flush whose request nginx breaks off ends in order", function()
    prepare_flush()
    begin_and_leave("/abort")
    helper.wait_until(function() return (world.server.run "return aborted") end)
    expect_order()
  end)

  -- A flush that ends in an unusual way leaves nothing behind. Its caller, if there is one, gets
  -- the outcome.
  local function expect_end()
    helper.wait_until(function() return world.leftovers() == "" end, 40, "the lock's release")
    assert.equal("", world.accounted(serving.numbered(300)))
    local left = 300 - #world.firehose.events()
    assert.equal(left, helper.wait_until(function()
      local n, outcome = world.server.run(NOW)
      return outcome ~= "locked" and n
    end))
    assert.equal("", world.delivered(serving.numbered(300)))
  end

  it("a flush whose coroutine is killed in a timer ends in order", function()
    prepare_flush()
    world.server.run [[ngx.timer.at(0, function()
      local function flush() return require("kinesis_exporter").flush_pending_events() end
      local thread = ngx.thread.spawn(flush)
      repeat ngx.sleep(0.01) until kill
      killed = ngx.thread.kill(thread)
    end)]]
    wait_for_calls()
    world.server.run "kill = true repeat ngx.sleep(0.01) until killed"
    expect_end()
  end)

  it("a flush whose progress function never returns ends in order, and says so", function()
    prepare_flush()
    world.server.run [[ngx.timer.at(0, function()
      local function leave(sent) if sent > 0 then ngx.exit(200) end end
      result = { require("kinesis_exporter").flush_pending_events(nil, { progress = leave }) }
    end)]]
    expect_end()
    local result = world.server.run "return result"
    assert.same({ cjson.null, "timeout" }, { result[1], result[3] })
    assert.truthy(result[2]:find("may not call ngx.exit", 1, true))
    assert.truthy(world.server.log():find("event=task_given_up", 1, true))
  end)

  it("a flush whose credentials function never returns ends in order", function()
    world.serve({ init_worker = ([[
      local settings = %s
      local credentials = settings.credentials
      settings.credentials = function()
        if not asked then
          asked = true
          ngx.exit(200)
        end
        return credentials
      end
      require("kinesis_exporter").configure(settings)
    ]]):format(nginx.literal(settings())) }, false)
    world.store_inbox(serving.numbered(300))
    world.server.run(BEGIN)
    helper.wait_until(function() return (world.server.run "return asked") end)
    expect_end()
  end)

  it("a flush whose log function never returns ends in order", function()
    world.serve({ init_worker = ([[
      local settings = %s
      settings.log = function()
        if not asked then
          asked = true
          ngx.exit(200)
        end
      end
      require("kinesis_exporter").configure(settings)
    ]]):format(nginx.literal(settings())) }, false)
    world.store_inbox(serving.numbered(300))
    world.server.run(BEGIN)
    helper.wait_until(function() return (world.server.run "return asked") end)
    expect_end()
  end)

  it("a flush whose progress function takes very long is over when it returns", function()
    prepare_flush()
    world.server.run [[ngx.timer.at(0, function()
      local function wait() repeat ngx.sleep(0.05) until go_on returned = true end
      result = { require("kinesis_exporter").flush_pending_events(nil, { progress = wait }) }
    end)]]
    helper.wait_until(function() return (world.server.run "return result") end, 40, "the end")
    assert.equal("", world.leftovers())
    world.server.run "go_on = true"
    helper.wait_until(function() return (world.server.run "return returned") end)
    expect_end()
  end)
end)
