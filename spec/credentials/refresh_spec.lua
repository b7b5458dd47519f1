-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- How exports find credentials: when they fetch new ones, what an export does until then and when
-- there are none, and that no message shows them.

local Exporter = require "kinesis_exporter"
local aws = require "aws_world"
local core = require "kinesis_exporter.core"
local worlds = require "worlds"
local helper = require "helper"
local object = require "kinesis_exporter.util.object"
local provider = require "kinesis_exporter.credentials.provider"

local SECRET = worlds.credentials.secret_access_key

describe("an export that finds its own credentials", function()
  local world = worlds.world()
  local server, place, own, logged

  setup(function()
    world.start()
    server = aws.start()
    place = helper.temporary_directory()
  end)

  teardown(function()
    world.stop()
    server.stop()
    helper.remove_directory(place)
  end)

  local function open(variables)
    aws.set(variables)
    logged = {}
    own = assert(Exporter.new {
      redis = world.redis.unix_url, endpoint = world.firehose.url, stream = "backend-events",
      region = "eu-west-1", events_per_record = 10, batch_records = 5, concurrency = 1,
      log = function(level, message) logged[#logged + 1] = level .. " " .. message end,
    })
  end

  before_each(function()
    world.reset()
    server.log()
  end)

  after_each(function()
    if own then own:close() end
    own = nil
    aws.reset()
    world.firehose.control("credentials", "{}")
  end)

  local function accept(token)
    world.firehose.control("credentials", helper.json.encode { session_token = token })
  end

  -- A command that prints credentials with a token and the seconds that they are valid for, and
  -- leaves a line each time; without a token it fails.
  local function give(token, seconds)
    local text = token and ([[{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s",]]
      .. [["SessionToken":"%s"%s}]]):format(worlds.credentials.access_key_id, SECRET, token,
      seconds and os.date('!,"Expiration":"%Y-%m-%dT%H:%M:%SZ"', os.time() + seconds) or "")
    helper.write_file(place .. "/answer.new", text or "")
    os.rename(place .. "/answer.new", place .. "/answer")
  end

  local function times_asked()
    return #(helper.read_file(place .. "/asked") or "")
  end

  local function of_command()
    os.remove(place .. "/asked")
    helper.write_file(place .. "/config", ("[default]\ncredential_process = printf x >> %s/asked; "
      .. "cat %s/answer\n"):format(place, place))
    return { AWS_CONFIG_FILE = place .. "/config" }
  end

  local function says(text)
    local all = table.concat(logged, "\n")
    assert.falsy(all:find(SECRET, 1, true), all)
    return all:find(text, 1, true) ~= nil
  end

  it("keeps them for the next one", function()
    open(of_command())
    give("LONG", 3600)
    accept "LONG"
    for _ = 1, 2 do
      local events = world.store(helper.events(30))
      assert.same({ 30 }, { own:flush_pending_events() })
      assert.equal("", world.accounted(events, true))
    end
    assert.equal(1, times_asked())
  end)

  it("looks for those that do not expire each time", function()
    open(of_command())
    for i = 1, 2 do
      give("TURN-" .. i)
      accept("TURN-" .. i)
      world.store(helper.events(30))
      assert.same({ 30 }, { own:flush_pending_events() })
    end
    assert.equal(2, times_asked())
  end)

  it("gets fresh ones while it goes on with those that expire soon", function()
    open { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/container/soon" }
    accept "TOKEN-1"
    world.store(helper.events(500))
    world.firehose.fault { fault = "slow", seconds = 0.3, times = 3 }
    local asked, sent_then = 0, nil
    local n = own:flush_pending_events(nil, { progress = function(sent)
      asked = asked + #server.log()
      if asked == 2 and not sent_then then
        sent_then = sent
        world.firehose.control("credentials", helper.json.encode { session_token = "TOKEN-2" })
      end
    end })
    assert.equal(500, n)
    assert.is_true(asked >= 2)
    assert.is_true(sent_then < 500)
    assert.equal("", world.leftovers())
    world.store(helper.events(20, 2))
    assert.same({ 20 }, { own:flush_pending_events() })
    assert.equal(0, #server.log())
  end)

  it("asks once, not all the time, where there are none that live longer", function()
    open { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/container/short" }
    accept "TOKEN-1"
    world.store(helper.events(500))
    world.firehose.fault { fault = "slow", seconds = 0.3, times = 3 }
    assert.same({ 500 }, { own:flush_pending_events() })
    assert.equal(2, #server.log())
  end)

  it("uses valid credentials when there are no new ones", function()
    open(of_command())
    give("SHORT", 300)
    accept "SHORT"
    world.store(helper.events(30))
    assert.same({ 30 }, { own:flush_pending_events() })
    give(nil)
    world.store(helper.events(30, 2))
    assert.same({ 30 }, { own:flush_pending_events() })
    assert.is_true(says "the current credentials stay in use, they are valid for")
    assert.is_true(says "warn credentials: profile \"default\": credential_process: ")
  end)

  it("looks for others when those that it has are refused", function()
    open(of_command())
    give("OLD", 3600)
    accept "OLD"
    world.store(helper.events(30))
    assert.same({ 30 }, { own:flush_pending_events() })
    accept "NEW"
    give("NEW", 3600)
    world.store(helper.events(300, 2))
    assert.same({ 300 }, { own:flush_pending_events() })
    assert.equal(1, own:stats().credential_refreshes)
    assert.equal(2, times_asked())
    assert.equal("", world.leftovers())
  end)

  it("fails when there are no others, and gives everything back", function()
    open(of_command())
    give("OLD", 3600)
    accept "OLD"
    world.store(helper.events(30))
    assert.same({ 30 }, { own:flush_pending_events() })
    accept "NEW"
    give(nil)
    world.store(helper.events(300, 2))
    local n, message, code = own:flush_pending_events()
    assert.same({ nil, "credentials" }, { n, code })
    assert.truthy(message:find("credential_process: ", 1, true), message)
    assert.equal("", world.leftovers())
    assert.equal(300, own:num_pending_events())
    give("NEW", 3600)
    assert.same({ 300 }, { own:flush_pending_events() })
    assert.equal(1, own:stats().credential_refreshes)
  end)

  -- A command that prints credentials only when it is let.
  local function of_gated_command(token)
    os.remove(place .. "/gate")
    give(token, 3600)
    accept(token)
    helper.write_file(place .. "/config", ("[default]\ncredential_process = "
      .. "until [ -e %s/gate ]; do sleep 0.02; done; cat %s/answer\n"):format(place, place))
    return { AWS_CONFIG_FILE = place .. "/config" }
  end

  local function open_gate() helper.write_file(place .. "/gate", "") end

  it("shows progress while it looks for them, and may be stopped then", function()
    open(of_gated_command "LONG")
    world.store(helper.events(30))
    for _, task in ipairs { "flush_pending_events", "perform_job" } do
      local seen = {}
      local options = { progress = function(done, total)
        seen[#seen + 1] = done .. " of " .. total
        return #seen < 3
      end }
      local results
      if task == "perform_job" then
        results = { own:perform_job(nil, nil, options) }
      else
        results = { own:flush_pending_events(nil, options) }
      end
      assert.same({ 0, "partial" }, results)
      assert.same({ "0 of 0", "0 of 0", "0 of 0" }, seen)
    end
    local calls = 0
    assert.same({ 30 }, { own:flush_pending_events(nil, { progress = function()
      calls = calls + 1
      if calls == 3 then open_gate() end
    end }) })
    assert.equal("", world.leftovers())
  end)

  it("may be stopped while it looks for others in mid-export", function()
    open(of_gated_command "OLD")
    open_gate()
    world.store(helper.events(300))
    world.firehose.fault { fault = "slow", seconds = 0.3, times = 6 }
    local taken, calls = nil, 0
    local n, outcome = own:flush_pending_events(nil, { progress = function(done)
      if done > 0 and not taken then
        taken = done
        of_gated_command "NEW"
      end
      if taken then calls = calls + 1 end
      return calls < 20
    end })
    assert.equal("partial", outcome)
    assert.is_true(n < 300)
    assert.equal("", world.leftovers())
    assert.equal(300 - n, own:num_pending_events())
  end)

  it("tells a function that gives them whether to go on", function()
    aws.set {}
    local stop_at, calls, told = 2, 0, {}
    own = assert(Exporter.new {
      redis = world.redis.unix_url, endpoint = world.firehose.url, stream = "backend-events",
      region = "eu-west-1", credentials = function(go_on)
        local deadline = core.monotonic() + 20
        repeat told[#told + 1] = go_on() until not told[#told] or core.monotonic() > deadline
        return worlds.credentials
      end,
    })
    world.store(helper.events(30))
    assert.same({ 0, "partial" }, { own:flush_pending_events(nil, { progress = function()
      calls = calls + 1
      return calls < stop_at
    end }) })
    assert.is_true(told[1])
    assert.is_false(told[#told])
    assert.equal(2, calls)
  end)

  local QUEUE = "resque:queue:stats"

  it("of a worker shows that the worker lives, and ends when the worker is to", function()
    open(of_gated_command "LONG")
    local key = own:schedule_job()
    local missing, looks = 0, 0
    local results = { own:work {
      worker_ttl_seconds = 1, poll_seconds = 0.05,
      stop = function()
        local workers = world.redis.cli("KEYS", "*:alive:*")
        if workers[1] == "" then missing = missing + 1 end
        looks = looks + 1
        return looks > 40
      end,
    } }
    assert.same({ 0, 0, 0 }, results)
    assert.is_true(missing <= 1)
    assert.truthy(world.redis.cli("LRANGE", QUEUE, "0", "-1")[1]:find(key, 1, true))
    assert.equal(key, world.lock())
  end)

  it("can be told beforehand which it would take", function()
    open(of_command())
    give("LONG", 3600)
    local found = provider.find(object.private(own))
    assert.same({ "LONG", 'profile "default"' }, { found.session_token, found.source })
    assert.is_true(found.expires > os.time() + 3000)
    give(nil)
    local _, message, code = provider.find(object.private(own))
    assert.equal("credentials", code)
    assert.truthy(message:find("credential_process", 1, true))
  end)

  it("shows them nowhere", function()
    open(of_command())
    give("LONG", 3600)
    accept "LONG"
    world.store(helper.events(10))
    assert.same({ 10 }, { own:flush_pending_events() })
    assert.is_true(says "info flush: ")
    local shown = tostring(own)
    for _, part in ipairs { own:stats(), own:status() } do
      for name, value in pairs(part) do shown = shown .. name .. tostring(value) end
    end
    for _, text in ipairs { SECRET, "LONG", worlds.credentials.access_key_id } do
      assert.falsy(shown:find(text, 1, true))
    end
  end)

  it("takes the region of the profile", function()
    helper.write_file(place .. "/config", "[default]\nregion = eu-west-1\n[profile x]\n"
      .. "region = eu-central-1\n")
    local config = require "kinesis_exporter.config"
    local function region(variables, options)
      variables.AWS_CONFIG_FILE = place .. "/config"
      aws.set(variables)
      return config.complete(options or {}).region
    end
    assert.equal("eu-west-1", region {})
    assert.equal("eu-central-1", region { AWS_PROFILE = "x" })
    assert.equal("eu-central-1", region({}, { profile = "x" }))
    assert.equal("us-east-1", region { AWS_REGION = "us-east-1" })
    assert.equal("here", region({}, { region = "here" }))
    assert.is_nil(region { AWS_PROFILE = "absent" })
  end)
end)
