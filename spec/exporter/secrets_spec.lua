-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- No fault makes the module show a secret: neither in what its functions return, raise and log, nor
-- in its objects.

local Exporter = require "kinesis_exporter"
local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

describe("secrets", function()
  local world = worlds.world()
  local guarded

  setup(function()
    world.start()
    guarded = servers.start_redis { password = "SECRETredis" }
  end)

  teardown(function()
    if guarded then guarded.stop() end
    world.stop()
  end)

  before_each(world.reset)

  -- The text of a value and of all that can be reached from it.
  local function gather(value, into, seen)
    into[#into + 1] = tostring(value)
    if type(value) == "function" or seen[value] then return end
    if type(value) == "userdata" or type(value) == "table" then
      seen[value] = true
      local meta = debug.getmetatable(value)
      if type(meta) == "table" then gather(meta, into, seen) end
    end
    if type(value) ~= "table" then return end
    for k, v in pairs(value) do
      gather(k, into, seen)
      gather(v, into, seen)
    end
  end

  local methods = {
    { "enable" }, { "enabled" }, { "job_finished", "key" },
    { "add_pending_events", helper.events(3) }, { "num_pending_events" },
    { "flush_pending_events" }, { "perform_job" }, { "status" }, { "stats" },
    { "failed_jobs" }, { "schedule_job" }, { "disable" },
  }

  local function credentials(token)
    return { access_key_id = "AKIDEXAMPLE", secret_access_key = "SECRETkey", session_token = token }
  end

  -- All that one exporter says while every method is called.
  local function everything(settings)
    local said, seen = {}, {}
    local options = {
      redis = world.redis.url, stream = "backend-events", region = "eu-west-1", max_attempts = 1,
      endpoint = world.firehose.url, credentials = credentials "SECRETtoken",
      log = function(...) gather({ ... }, said, {}) end,
    }
    for name, value in pairs(settings) do options[name] = value end
    local made = { pcall(Exporter.new, options) }
    if not made[1] or not made[2] then
      gather(made, said, seen)
      return table.concat(said, "\n")
    end
    local own = made[2]
    for _, method in ipairs(methods) do
      gather({ pcall(own[method[1]], own, method[2]) }, said, seen)
    end
    gather({ tostring(own), pcall(own.close, own) }, said, seen)
    return table.concat(said, "\n")
  end

  -- Settings, and a part of what the exporter must say about them.
  local cases = {
    ["credentials that are refused"] = { {}, "check access_key_id" },
    ["an endpoint with a password"] = { { endpoint = "https://me:SECRETurl@h.example/" },
                                        "endpoint: " },
    ["a proxy that is away"] = { { endpoint = "https://127.0.0.1/",
                                   proxy = "http://me:SECRETproxy@127.0.0.1:1" }, "the proxy: " },
    ["a proxy that is not one"] = { { proxy = "ftp://me:SECRETproxy@h" }, "proxy: " },
    ["a Redis that is away"] = { { redis = "redis://:SECRETredis@127.0.0.1:1" }, "redis" },
    ["a wrong Redis URL"] = { { redis = "redis://:SECRETredis@h:x" }, "the port is not" },
    ["credentials that raise"] = { { credentials = function() error("no luck") end }, "no luck" },
    ["a token that cannot be sent"] = { { credentials = credentials "SECRETtoken\r\nX: y" },
                                        "session_token must not hold" },
  }

  for what, case in pairs(cases) do
    it("do not show with " .. what, function()
      local said = everything(case[1])
      assert.matches(case[2], said)
      assert.is_nil(said:find("SECRET", 1, true), said)
    end)
  end

  it("do not show with a Redis that takes the password, or refuses it", function()
    local good = everything { redis = guarded.url }
    assert.matches("check access_key_id", good)
    local bad = everything { redis = (guarded.url:gsub("SECRETredis", "SECRETwrong")) }
    assert.matches("check user and password", bad)
    assert.is_nil((good .. bad):find("SECRET", 1, true))
  end)

  it("do not show when a Redis does not know AUTH and repeats its arguments", function()
    local odd = servers.start_redis { args = { "--rename-command", "AUTH", "" } }
    finally(odd.stop)
    local own = world.exporter { redis = (odd.url:gsub("//", "//SECRETuser:SECRETredis@")) }
    local _, message = own:num_pending_events()
    assert.matches("unknown command 'AUTH'\"", message, 1, true)
    assert.is_nil(message:find("SECRET", 1, true), message)
  end)
end)
