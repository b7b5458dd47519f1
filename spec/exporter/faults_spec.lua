-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What the service and the way to it can do to an export. Long, because all its cases share the
-- helpers that check an outcome.

local core = require "kinesis_exporter.core"
local kxtest = require "kxtest"
local worlds = require "worlds"
local helper = require "helper"

local secret = worlds.credentials.secret_access_key

describe("export in the face of", function()
  local world = worlds.world()
  local exporter

  setup(world.start)
  teardown(world.stop)
  before_each(function()
    world.reset()
    exporter = world.exporter()
  end)

  -- Half of them in the set, half in the inbox.
  local function store(count)
    local events = helper.events(count)
    local half = math.floor(count / 2)
    local inbox = {}
    for i = half + 1, count do inbox[#inbox + 1] = events[i] end
    world.store_inbox(inbox)
    for i = count, half + 1, -1 do events[i] = nil end
    world.store(events)
    for _, event in ipairs(inbox) do events[#events + 1] = event end
    return events
  end

  -- The outcome of a flush that must fail: every event is still there, the lock is free, and the
  -- message holds no secret. Returns the message.
  local function fails(own, events, code)
    local n, message, got, accepted = own:flush()
    assert.is_nil(n)
    assert.equal(code, got, message)
    assert.equal(#world.firehose.events(), accepted)
    assert.equal("", world.accounted(events))
    assert.equal("", world.leftovers())
    assert.equal(#events - accepted, own:num_pending_events())
    assert.equal(0, own:rejected_size())
    assert.is_nil(message:find(secret, 1, true))
    assert.is_nil(message:find("token", 1, true) and message:find("SESSION", 1, true))
    return message
  end

  local function delivers(own, events)
    local n, outcome = own:flush()
    assert.equal(#events, n)
    assert.is_nil(outcome)
    assert.equal("", world.delivered(events))
    assert.equal("", world.leftovers())
    assert.equal(0, own:num_pending_events())
  end

  local function is_partial(own, events)
    local n, outcome = own:flush()
    assert.equal("partial", outcome)
    assert.equal(#world.firehose.events(), n)
    assert.equal("", world.accounted(events))
    assert.equal("", world.leftovers())
    assert.equal(#events - n, own:num_pending_events())
    return n
  end

  local function field(list, name)
    local values = {}
    for i, item in ipairs(list) do values[i] = item[name] end
    return values
  end

  describe("refused records", function()
    it("sends only them again", function()
      local events = world.store(helper.events(50))
      world.firehose.fault { fault = "refuse", records = { 1, 3 } }
      delivers(exporter, events)
      assert.same({ 5, 2 }, field(world.firehose.control("calls"), "records"))
      assert.same({ 3, 2 }, field(world.firehose.control("calls"), "stored"))
      assert.equal(2, exporter:stats().records_refused)
      assert.equal(1, exporter:stats().retries)
    end)

    it("sends them until all are taken", function()
      local events = world.store(helper.events(50))
      world.firehose.fault { { fault = "refuse", records = { 0, 2, 4 } },
                             { fault = "refuse", records = { 1 } }, { fault = "refuse" } }
      delivers(exporter, events)
      assert.same({ 5, 3, 1, 1 }, field(world.firehose.control("calls"), "records"))
    end)

    for _, code in ipairs { "InternalFailure", "ServiceUnavailableException", "KMS.Something" } do
      it("of a whole call, with code " .. code .. ", sends the call again", function()
        local events = store(200)
        world.firehose.fault { fault = "refuse", code = code, message = "m", times = 2 }
        delivers(exporter, events)
      end)
    end

    it("slows down when the code says so, and only then", function()
      store(200)
      world.firehose.fault { fault = "refuse", code = "InternalFailure" }
      exporter:flush()
      assert.equal(0, exporter:stats().throttled)
      store(200)
      world.firehose.fault { fault = "refuse", records = { 0 } }
      exporter:flush()
      assert.equal(1, exporter:stats().throttled)
    end)

    it("without end lets the others pass and is partial", function()
      local events = store(400)
      world.firehose.fault { fault = "refuse", records = { 0 }, times = 0,
                             code = "InternalFailure", message = "m" }
      local own = world.exporter { max_attempts = 2 }
      -- One record of ten events in each of eight calls.
      assert.equal(320, is_partial(own, events))
      assert.equal(80, own:stats().events_refused)
      world.firehose.control("faults", {})
      local left = world.pending()
      world.firehose.reset()
      delivers(own, left)
    end)

    it("by throttling without end is partial, and everything is still there", function()
      local events = store(400)
      world.firehose.fault { fault = "refuse", times = 0 }
      assert.equal(0, is_partial(world.exporter { max_attempts = 2 }, events))
    end)

    it("by chance delivers every event once", function()
      local events = store(1000)
      world.firehose.fault { fault = "refuse", probability = 0.4, fraction = 0.5, seed = 7,
                             code = "InternalFailure" }
      local flushes = 0
      repeat
        assert.truthy(exporter:flush())
        flushes = flushes + 1
        assert.is_true(flushes < 20)
      until exporter:num_pending_events() == 0
      assert.equal("", world.delivered(events))
      assert.is_true(exporter:stats().records_refused > 0)
    end)
  end)

  describe("throttled calls", function()
    for name, fault in pairs {
      ["LimitExceededException"] = { type = "LimitExceededException", message = "m" },
      ["ThrottledException"] = { type = "ThrottledException", message = "Rate limit exceeded" },
      ["SlowDown"] = { type = "SlowDown", message = "Please reduce your request rate." },
      ["ThrottlingException"] = { type = "ThrottlingException", message = "Rate exceeded" },
      ["KMSThrottlingException"] = { type = "KMSThrottlingException", message = "m" },
      ["ServiceUnavailableException, with 503"] = {
        type = "ServiceUnavailableException", status = 503, message = "Slow down." },
      ["a code in the header and its service's name"] = {
        type = "com.amazonaws.firehose#ThrottlingException", header = true },
      ["503 and no body"] = { status = 503 },
      ["429 and no body"] = { status = 429 },
    } do
      it("by " .. name .. ": waits, then delivers every event once", function()
        local events = store(200)
        fault.fault, fault.times = "error", 2
        world.firehose.fault(fault)
        delivers(exporter, events)
        assert.is_true(exporter:stats().throttled == 2)
        assert.is_true(exporter:stats().retries >= 2)
        assert.equal(0, exporter:stats().unknown_outcomes)
      end)
    end

    it("that name a time to wait are made again no sooner", function()
      local events = store(50)
      world.firehose.fault { fault = "error", status = 503, headers = { "x-amz-retry-after: 900" } }
      local began = core.monotonic()
      delivers(exporter, events)
      assert.is_true(core.monotonic() - began >= 0.9)
    end)

    it("halve the calls at once, which grow again", function()
      world.firehose.fault { fault = "error", status = 503, times = 1 }
      store(100)
      exporter:flush()
      local low = exporter:stats().concurrency
      assert.is_true(low < 4)
      store(2000)
      exporter:flush()
      assert.equal(4, exporter:stats().concurrency)
    end)

    it("without end are partial, and everything is still there", function()
      local events = store(400)
      world.firehose.fault { fault = "error", type = "LimitExceededException", message = "m",
                             times = 0 }
      assert.equal(0, is_partial(world.exporter { max_attempts = 2 }, events))
    end)

    it("that begin in mid-export leave the rest pending", function()
      local events = store(1000)
      world.firehose.fault { fault = "error", status = 503, times = 0, after = 7 }
      assert.equal(350, is_partial(world.exporter { max_attempts = 2 }, events))
      world.firehose.reset()
      assert.equal(650, exporter:flush())
    end)
  end)

  describe("trouble that passes:", function()
    local function recovers(order, settings, repeats)
      local events = store(200)
      world.firehose.fault(order)
      local own = world.exporter(settings)
      local n, outcome = own:flush()
      assert.equal(200, n)
      assert.is_nil(outcome)
      assert.equal("", worlds.difference(events, world.firehose.events(), repeats))
      assert.equal("", world.leftovers())
      assert.equal(0, own:num_pending_events())
      return own:stats()
    end

    it("InternalFailure", function()
      recovers { fault = "error", status = 500, type = "InternalFailure", message = "m", times = 2 }
    end)

    it("a page of HTML with status 500", function()
      recovers { fault = "html", times = 2 }
    end)

    it("a connection closed before the request is read", function()
      recovers { fault = "unread", times = 2 }
    end)

    it("a connection closed after the request is read", function()
      assert.equal(2, recovers({ fault = "unstored", times = 2 }).unknown_outcomes)
    end)

    it("kept connections that are closed: each call that was made is counted", function()
      local stats = recovers({ fault = "unstored", after = 1, times = 3 }, { concurrency = 1 })
      assert.equal(world.firehose.stats().calls, stats.calls)
      assert.equal(3, stats.retries)
    end)

    it("a call that hangs for longer than request_timeout_ms", function()
      assert.equal(1, recovers({ fault = "hang" }, { request_timeout_ms = 1000 }).unknown_outcomes)
    end)

    it("a slow answer is not a fault", function()
      assert.equal(0, recovers({ fault = "slow", seconds = 0.3 }).retries)
      world.firehose.reset()
      assert.equal(0, recovers({ fault = "drip", seconds = 0.3 }).retries)
    end)

    it("an answer without a length is not a fault", function()
      assert.equal(0, recovers({ fault = "no_length" }).retries)
    end)

    -- Nobody can know whether these were stored, so their events come twice, with the same bytes.
    for _, name in ipairs { "unanswered", "truncated", "garbage", "short", "huge" } do
      it(name .. ": the outcome is unknown, so it is sent again", function()
        local stats = recovers({ fault = name, times = 2 }, nil, true)
        assert.equal(2, stats.unknown_outcomes)
        assert.equal(300, #world.firehose.events())
      end)
    end

    it("of many kinds at once: no event is lost, none is doubled", function()
      local events = store(1500)
      local orders = {}
      for i, order in ipairs { { fault = "unstored" }, { fault = "error", status = 500 },
                               { fault = "error", status = 503 }, { fault = "unread" },
                               { fault = "refuse", fraction = 0.5 },
                               { fault = "garbage", stored = false }, { fault = "html" } } do
        order.probability, order.seed = 0.06, i
        orders[i] = order
      end
      world.firehose.fault(orders)
      local flushes = 0
      repeat
        exporter:flush()
        assert.equal("", world.leftovers())
        flushes = flushes + 1
        assert.is_true(flushes < 30)
      until exporter:num_pending_events() == 0
      assert.equal("", world.delivered(events))
    end)
  end)

  describe("trouble that stays:", function()
    for name, case in pairs {
      ["connections closed unread"] = { "http", { fault = "unread" } },
      ["connections closed after reading"] = { "http", { fault = "unstored" } },
      ["answers that are not JSON"] = { "reply", { fault = "garbage", stored = false } },
      ["answers of another shape"] = {
        "reply", { fault = "garbage", stored = false, body = '{"RequestResponses":{}}' } },
      ["answers with too few results"] = { "reply", { fault = "short", stored = false } },
      ["answers cut short"] = { "http", { fault = "truncated", stored = false } },
      ["answers beyond all bounds"] = { "http", { fault = "huge", stored = false } },
      ["InternalFailure"] = {
        "aws", { fault = "error", status = 500, type = "InternalFailure", message = "m" } },
      ["pages of HTML"] = { "aws", { fault = "html" } },
    } do
      it(name .. " fail with code " .. case[1] .. ", and every event is pending", function()
        local events = store(400)
        case[2].times = 0
        world.firehose.fault(case[2])
        local message = fails(world.exporter { max_attempts = 2 }, events, case[1])
        assert.is_true(#message > 20)
        world.firehose.reset()
        delivers(exporter, events)
      end)
    end

    it("silence fails with code http and names the time waited", function()
      local events = store(100)
      world.firehose.fault { fault = "hang", times = 0 }
      local own = world.exporter { max_attempts = 2, request_timeout_ms = 300 }
      assert.matches("milliseconds", fails(own, events, "http"))
    end)

    it("an endpoint that refuses connections fails with code http and names it", function()
      local events = store(400)
      local own = world.exporter { max_attempts = 2, endpoint = "http://127.0.0.1:1" }
      assert.matches("127.0.0.1", fails(own, events, "http"))
      assert.equal(0, own:stats().unknown_outcomes)
      delivers(exporter, events)
    end)

    it("a caller that wants no error text gets the code alone", function()
      local events = store(20)
      assert.equal("http", kxtest.flush_without_text(world.redis.url, "http://127.0.0.1:1"))
      assert.same({ "0" }, world.redis.cli("EXISTS", "r:lock"))
      delivers(exporter, events)
    end)

    it("an endpoint that has no address fails with code http and names it", function()
      local events = store(20)
      local own = world.exporter { max_attempts = 1, endpoint = "http://nowhere.invalid" }
      assert.matches("nowhere.invalid", fails(own, events, "http"))
    end)

    it("in mid-export: what was accepted is done, the rest is pending", function()
      local events = store(1000)
      world.firehose.fault { fault = "unstored", times = 0, after = 7 }
      fails(world.exporter { max_attempts = 2 }, events, "http")
      assert.equal(350, #world.firehose.events())
      world.firehose.reset()
      assert.equal(650, exporter:flush())
    end)
  end)

  describe("a size that the service does not take:", function()
    -- A service that finds calls too large is believed only where they are large.
    local function store_large(count, bytes)
      local events = {}
      for n = 1, count do
        events[n] = ('{"service":"%d","text":"%s"}'):format(n, ("x"):rep(bytes))
      end
      return world.store(events)
    end

    it("a call answered with 413 is sent in halves", function()
      local events = store_large(20, 100000)
      world.firehose.fault { fault = "too_large", times = 3 }
      delivers(exporter, events)
      assert.equal(3, exporter:stats().splits)
    end)

    it("a call above the service's limit is sent in halves until it fits", function()
      local events = store_large(20, 100000)
      world.firehose.control("limits", { max_batch_bytes = 450000 })
      delivers(world.exporter { events_per_record = 2, batch_records = 10 }, events)
    end)

    it("a record above the service's limit is sent as smaller records", function()
      local events = store_large(20, 100000)
      world.firehose.control("limits", { max_record_bytes = 400000 })
      delivers(exporter, events)
      for _, record in ipairs(world.firehose.control("records")) do
        assert.is_true(record.bytes <= 400000)
      end
    end)

    it("a single event above it is rejected, and all others go", function()
      local events = store(200)
      local large = store_large(1, 900000)[1]
      world.firehose.control("limits", { max_record_bytes = 850000 })
      local n, outcome = exporter:flush()
      assert.equal(200, n)
      assert.is_nil(outcome)
      assert.equal("", world.delivered(events))
      assert.equal("", world.leftovers())
      assert.equal(large, exporter:rejected_list(9)[1].event)
      assert.equal(1, exporter:rejected_size())
      assert.equal(0, exporter:num_pending_events())
    end)

    it("a single event that is not large stays pending", function()
      local events = store_large(1, 500000)
      world.firehose.control("limits", { max_record_bytes = 400000 })
      assert.matches("ValidationException", fails(exporter, events, "aws"))
    end)

    for name, fault in pairs {
      ["413 to everything"] = { fault = "too_large" },
      ["a service that finds everything too large"] = { fault = "error",
        type = "InvalidArgumentException", message = "Records size exceeds 4 MB limit" },
    } do
      it("leaves small calls pending, and tries none in halves: " .. name, function()
        local events = store(200)
        fault.times = 0
        world.firehose.fault(fault)
        assert.matches("proxy or firewall", fails(exporter, events, "aws"))
        assert.equal(0, exporter:stats().splits)
      end)

      it("leaves large calls pending after a few halves: " .. name, function()
        local events = store_large(20, 100000)
        fault.times = 0
        world.firehose.fault(fault)
        assert.matches("proxy or firewall", fails(exporter, events, "aws"))
        assert.is_true(exporter:stats().splits > 0)
        assert.is_true(world.firehose.stats().calls < 20)
      end)
    end

    it("an unknown error is not one of them, even if its message says so", function()
      local events = store_large(20, 100000)
      world.firehose.fault { fault = "error", type = "SurpriseException", times = 0,
                             message = "the size exceeds what is too large" }
      assert.matches("SurpriseException", fails(exporter, events, "aws"))
      assert.equal(0, exporter:stats().splits)
    end)

    for what, message in pairs {
      ["the stream's name"] = "1 validation error detected: Value 'x' at 'deliveryStreamName' "
        .. "failed to satisfy constraint: Member must have length less than or equal to 64",
      ["a partition key"] = "1 validation error detected: Value 'x' at "
        .. "'records.1.member.partitionKey' failed to satisfy constraint: Member must have length "
        .. "less than or equal to 256",
    } do
      it("when it is " .. what .. " that is too long, no event is rejected", function()
        local events = store(100)
        world.firehose.fault { fault = "error", type = "ValidationException", message = message,
                               times = 0 }
        assert.matches("ValidationException", fails(exporter, events, "aws"))
      end)
    end
  end)

  describe("a service that says no:", function()
    local function refuses(settings, code, ...)
      local events = store(400)
      local own = world.exporter(settings)
      local message = fails(own, events, code)
      for _, pattern in ipairs { ... } do assert.matches(pattern, message) end
      assert.is_true(world.firehose.stats().calls <= 8)
    end

    it("a stream that does not exist", function()
      refuses({ stream = "backend-evnts" }, "aws", "ResourceNotFoundException", "stream")
    end)

    it("an unknown access key", function()
      refuses({ credentials = { access_key_id = "AKIAWRONG", secret_access_key = secret } },
              "credentials", "UnrecognizedClientException", "access_key_id")
    end)

    it("a wrong secret key", function()
      local credentials = { access_key_id = "AKIDEXAMPLE", secret_access_key = "TOPSECRETWRONG" }
      local own = world.exporter { credentials = credentials }
      local message = fails(own, store(20), "credentials")
      assert.matches("secret_access_key", message)
      assert.is_nil(message:find("TOPSECRET"))
      assert.equal(1, world.firehose.stats().calls)
    end)

    it("another region than the credential's", function()
      refuses({ region = "eu-west-2" }, "credentials", "region")
    end)

    it("access denied", function()
      world.firehose.fault { fault = "error", type = "AccessDeniedException", times = 0,
        message = "User: arn:aws:iam::1:user/x is not authorized to perform: firehose:Put" }
      refuses(nil, "aws", "AccessDeniedException", "allow")
    end)

    it("an unknown error", function()
      world.firehose.fault { fault = "error", type = "SurpriseException", message = "boo",
                             times = 0 }
      refuses(nil, "aws", "SurpriseException", "boo")
    end)

    it("an answer that is not the service's", function()
      world.firehose.fault { fault = "html", status = 404, times = 0 }
      refuses(nil, "http", "endpoint")
    end)

    it("a redirect is not followed", function()
      world.firehose.fault { fault = "error", status = 301, times = 0 }
      refuses(nil, "http", "endpoint")
    end)

    it("in mid-export ends it at once; what was accepted is done", function()
      local events = store(1000)
      world.firehose.fault { fault = "error", type = "AccessDeniedException", message = "no",
                             times = 0, after = 6 }
      fails(exporter, events, "aws")
      assert.equal(300, #world.firehose.events())
      world.firehose.reset()
      assert.equal(700, exporter:flush())
    end)
  end)

  describe("session tokens", function()
    local function valid(token)
      world.firehose.control("credentials", helper.json.encode { session_token = token })
    end

    local function with(token)
      return { access_key_id = "AKIDEXAMPLE", secret_access_key = secret, session_token = token }
    end

    after_each(function() world.firehose.control("credentials", "{}") end)

    it("are sent and signed", function()
      valid "SESSION-A"
      delivers(world.exporter { credentials = with "SESSION-A" }, store(100))
    end)

    it("that expire in mid-export are asked for anew, and the call is made again", function()
      local token, asked = "SESSION-A", 0
      valid(token)
      local own = world.exporter { credentials = function()
        asked = asked + 1
        return with(token)
      end }
      local events = store(400)
      local n = own:flush(nil, function(accepted)
        if accepted > 0 and token == "SESSION-A" then
          token = "SESSION-B"
          valid(token)
        end
      end, 1)
      assert.equal(400, n)
      assert.equal("", world.delivered(events))
      assert.equal(2, asked)
      assert.equal(1, own:stats().credential_refreshes)
      assert.equal("", world.leftovers())
    end)

    it("that expired and stay so fail with code credentials", function()
      valid "SESSION-A"
      valid "SESSION-B"
      local message = fails(world.exporter { credentials = with "SESSION-A" }, store(400),
                            "credentials")
      assert.matches("ExpiredTokenException", message)
      assert.matches("session_token", message)
      assert.is_nil(message:find("SESSION", 1, true))
    end)

    it("that are wrong fail with code credentials", function()
      valid "SESSION-A"
      local message = fails(world.exporter { credentials = with "SESSION-X" }, store(100),
                            "credentials")
      assert.matches("session_token", message)
      assert.is_nil(message:find("SESSION", 1, true))
    end)
  end)

  describe("a clock that is off", function()
    for _, hours in ipairs { -1, 1, 30 } do
      it(("by %d h is corrected from the answer, once"):format(hours), function()
        local events = store(400)
        world.firehose.control("clock", { offset = hours * 3600 })
        delivers(exporter, events)
        assert.equal(1, exporter:stats().clock_corrections)
        world.store(helper.events(20, 2, 5000))
        assert.equal(20, exporter:flush())
        assert.equal(1, exporter:stats().clock_corrections)
      end)
    end

    it("and is set in mid-export is corrected back", function()
      local events = store(400)
      world.firehose.control("clock", { offset = 3600 })
      local set = false
      assert.equal(400, exporter:flush(nil, function(accepted)
        if accepted > 0 and not set then
          world.firehose.control("clock", { offset = 0 })
          set = true
        end
      end, 1))
      assert.equal("", world.delivered(events))
      assert.equal(2, exporter:stats().clock_corrections)
    end)

    it("and a wrong secret key: the key is what the message names", function()
      world.firehose.control("clock", { offset = 3600 })
      local own = world.exporter { credentials = { access_key_id = "AKIDEXAMPLE",
                                                   secret_access_key = "TOPSECRETWRONG" } }
      local message = fails(own, store(20), "credentials")
      assert.matches("secret_access_key", message)
      assert.is_nil(message:find("TOPSECRET"))
    end)
  end)
end)
