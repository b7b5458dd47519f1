-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What the exporter does in each phase of nginx's Lua module: what is recorded arrives from
-- all of them, and mistakes raise. A function that waits does so where the phase can wait, and
-- returns an error elsewhere. The same probe runs in nginx and in plain Lua.

local certificates = require "certificates"
local worlds = require "worlds"
local helper = require "helper"
local nginx = require "nginx"
local probe = require "probe"

local LOCATIONS = [[
  location = /order { content_by_lua_block {
    ngx.shared.told:set("order " .. ngx.var.arg_phase, ngx.var.arg_part)
  } }
  location = /told { content_by_lua_block {
    ngx.print(ngx.shared.told:get(ngx.var.arg_phase .. " " .. ngx.var.arg_part) or "")
  } }
  location = /timer { content_by_lua_block { ngx.timer.at(0, probe.pass) } }
  location = /balancer { proxy_pass http://balanced/_ready; }
  location = /phases {
    set_by_lua_block $unused { probe.pass() }
    rewrite_by_lua_block { probe.pass() }
    access_by_lua_block { probe.pass() }
    content_by_lua_block { probe.pass() ngx.say "done" }
    header_filter_by_lua_block { probe.pass() }
    body_filter_by_lua_block { probe.pass() }
    log_by_lua_block { probe.pass() }
  }
]]

local SERVERS = [[
  lua_shared_dict told 1m;
  init_by_lua_block { probe = require("probe").begin(%s) }
  exit_worker_by_lua_block { probe.all() }
  ssl_session_fetch_by_lua_block { probe.pass() }
  ssl_session_store_by_lua_block { probe.pass() }
  ssl_session_cache shared:sessions:1m;
  ssl_session_tickets off;
  ssl_protocols TLSv1.2;
  upstream balanced {
    server 192.0.2.1;
    balancer_by_lua_block {
      probe.pass()
      assert(require("ngx.balancer").set_current_peer("127.0.0.1", {port}))
    }
  }
  server {
    listen 127.0.0.1:{port2} ssl;
    ssl_certificate %s;
    ssl_certificate_key %s;
    ssl_client_hello_by_lua_block { probe.pass() }
    ssl_certificate_by_lua_block { probe.pass() }
    server_rewrite_by_lua_block { probe.pass() }
    location / { return 204; }
  }
]]

local WAITING = { "server_rewrite", "rewrite", "access", "content", "timer", "ssl_cert" }
-- Phases that can wait, too, but only in an nginx with OpenResty's patches: one without them ends
-- the connection as soon as ngx.sleep is called in them.
local PATCHED = { "ssl_client_hello", "ssl_session_fetch" }
local REQUESTED = { "set", "header_filter", "body_filter", "log", "balancer", "ssl_session_store" }
local UNREQUESTED = { "init_worker", "exit_worker" }
local PATHS = { timer = "/timer", balancer = "/balancer" }

local function all_phases()
  local list = {}
  for _, some in ipairs { WAITING, PATCHED, REQUESTED, UNREQUESTED } do
    for _, phase in ipairs(some) do list[#list + 1] = phase end
  end
  return list
end

describe("in nginx, the phase", function()
  local world = worlds.world()
  local Exporter = require "kinesis_exporter"
  local server, directory

  local function counter(phase, application)
    return world.redis.cli("GET", ("stats/{service:%s}%s/metric:hits/eternity"):format(phase,
      application or ""))[1]
  end

  local function start_nginx()
    directory = helper.temporary_directory()
    local made = certificates.make(directory)
    server = nginx.start {
      init_worker = "probe.all()",
      http = SERVERS:format(nginx.literal(probe.settings), made.good.cert, made.good.key),
      server = LOCATIONS,
    }
  end

  setup(function()
    world.start()
    probe.settings = world.settings {
      stream = "backend-events", region = "eu-west-1", credentials = worlds.credentials,
      min_export_events = 0,
    }
    assert(Exporter.configure(probe.settings))
    world.reset()
    start_nginx()
    helper.wait_until(function() return counter "init_worker" == "2" end)
  end)
  teardown(function()
    server.stop()
    Exporter.close()
    world.stop()
    helper.remove_directory(directory)
  end)

  -- The results that a phase stored after an order, or without one.
  local function told(phase, part)
    return helper.wait_until(function()
      local _, text = server.get(("/told?phase=%s&part=%s"):format(phase, part))
      return text ~= "" and helper.json.decode(text)
    end, 20, phase .. " " .. part)
  end

  -- Two connections, the second of which resumes the session of the first.
  local function connect_with_tls()
    local url = "https://127.0.0.1:" .. server.port2 .. "/"
    local code, _, err = helper.run { "curl", "-q", "-sS", "-k", "--noproxy", "*", "--tls-max",
      "1.2", "--max-time", "30", "-H", "Connection: close", url, url }
    assert.equal(0, code, err)
  end

  local function ask(phase, part)
    server.get(("/order?phase=%s&part=%s"):format(phase, part))
    if phase:find "^ssl" or phase == "server_rewrite" then
      connect_with_tls()
    else
      server.get(PATHS[phase] or "/phases")
    end
    return told(phase, part)
  end

  -- How the worker ended, as its successor finds it.
  local function reload()
    local pid = server.pids()[1]
    server.signal "HUP"
    server.wait_gone(pid)
  end

  local function expected_events(phases)
    local list = {}
    for _, phase in ipairs(phases) do
      list[#list + 1] = ('{"phase":"%s","by":"module"}'):format(phase)
      list[#list + 1] = phase .. " by method"
    end
    return list
  end

  -- What is pending. The order of the fields does not matter.
  local function pending_events()
    local list = world.pending()
    for i, event in ipairs(list) do
      local decoded = helper.json.decode(event)
      if decoded.by == "method" then
        assert.equal("20261122 18:30:50", decoded.time_gen)
        list[i] = decoded.phase .. " by method"
      end
    end
    return list
  end

  it("takes events and reports in all but init, without waiting, and they arrive", function()
    reload()
    helper.wait_until(function() return counter "init_worker" == "4" end)
    world.reset()
    for _, some in ipairs { WAITING, PATCHED, REQUESTED } do
      for _, phase in ipairs(some) do
        assert.same({ "true", "true", "true", "true" }, ask(phase, "hot"), phase)
      end
    end
    reload()
    for _, phase in ipairs(UNREQUESTED) do
      assert.same({ "true", "true", "true", "true" }, told(phase, "hot"), phase)
    end
    local phases = all_phases()
    helper.wait_until(function() return #world.pending() >= 2 * #phases end)
    assert.equal("", worlds.difference(expected_events(phases), pending_events()))
    for _, phase in ipairs(phases) do
      helper.wait_until(function() return counter(phase) == "2" end, 20, phase)
      assert.equal("1", counter(phase, "/cinstance:a60"), phase)
    end
  end)

  it("takes nothing in init, where no worker is", function()
    for _, result in ipairs(told("init", "hot")) do assert.equal("nil string phase", result) end
    assert.equal("", world.redis.cli("GET", "stats/{service:init}/metric:hits/eternity")[1])
  end)

  it("waits as plain Lua does where it can", function()
    world.reset()
    local plain = probe.waiting(Exporter)
    for _, result in ipairs(plain) do assert.is_nil(result:match "^raised") end
    for _, phase in ipairs(WAITING) do
      world.reset()
      assert.same(plain, ask(phase, "waiting"), phase)
      assert.equal(3, #world.firehose.events(), phase)
      assert.equal("", world.leftovers(), phase)
    end
  end)

  -- Phases of newer versions, and of stream {}: this nginx does not have them.
  it("waits in phases that only other versions have, which look like the others", function()
    for _, phase in ipairs { "precontent", "proxy_ssl_cert", "proxy_ssl_verify", "preread" } do
      assert.is_boolean((server.run(([[
        local phase_of, fake = ngx.get_phase, function() return %q end
        ngx.get_phase = fake
        local enabled, message = require("kinesis_exporter").enabled()
        ngx.get_phase = phase_of
        return enabled, message
      ]]):format(phase))), phase)
    end
  end)

  it("proxies to itself once where it balances", function()
    local status = server.get "/balancer"
    assert.equal(204, status)
  end)

  local function cannot_wait(phase, results)
    assert.is_true(#results > 30)
    for i, result in ipairs(results) do
      assert.equal("nil string phase", result, phase .. ", call " .. i)
    end
  end

  it("says that it cannot wait elsewhere", function()
    for _, phase in ipairs(REQUESTED) do cannot_wait(phase, ask(phase, "waiting")) end
    reload()
    for _, phase in ipairs { "init", "init_worker", "exit_worker" } do
      cannot_wait(phase, told(phase, "waiting"))
    end
  end)

  it("makes mistakes raise what they raise in plain Lua", function()
    local plain = probe.wrong(Exporter)
    for _, result in ipairs(plain) do assert.matches("^raised ", result) end
    for _, some in ipairs { WAITING, PATCHED, REQUESTED } do
      for _, phase in ipairs(some) do assert.same(plain, ask(phase, "wrong"), phase) end
    end
    reload()
    for _, phase in ipairs { "init", "init_worker", "exit_worker" } do
      assert.same(plain, told(phase, "wrong"), phase)
    end
  end)

  it("never costs a worker its life", function()
    server.stop()
    assert.is_nil(server.log():match "exited on signal[^\n]*")
    assert.is_nil(server.log():match "%[error%][^\n]*")
  end)
end)
