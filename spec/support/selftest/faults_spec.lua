-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Whether each fault of the Firehose stand-in does to a client what its name says.

local firehose_client = require "firehose_client"
local helper = require "helper"
local servers = require "servers"

local json = helper.json

describe("faults of the Firehose stand-in", function()
  local firehose, client, put

  setup(function()
    firehose = servers.start_firehose()
    client = firehose_client.start(firehose.url)
    put = client.put
  end)

  teardown(function()
    client.stop()
    firehose.stop()
  end)

  before_each(function() firehose.reset() end)

  local function faulty(order, request)
    firehose.fault(order)
    request = request or {}
    request.records = request.records or { "a\n", "b\n", "c\n" }
    return put(request)
  end

  local function raw(order, request)
    request = request or {}
    request.raw = true
    return faulty(order, request)
  end

  it("refuse: records by index", function()
    local answer = faulty { fault = "refuse", records = { 0, 2 } }
    assert.same({ "ServiceUnavailableException", "ok", "ServiceUnavailableException" },
      answer.results)
    assert.equal(2, answer.failed)
    assert.equal("b\n", firehose.raw())
  end)

  it("refuse: a fraction, with a code of one's own, the same for the same seed", function()
    local function go()
      firehose.reset()
      local records = {}
      for i = 1, 100 do records[i] = "x\n" end
      return faulty({ fault = "refuse", fraction = 0.3, seed = 5, code = "InternalFailure" },
        { records = records })
    end
    local first = go()
    assert.is_true(first.failed > 10 and first.failed < 60)
    assert.equal(first.failed, helper.counts(first.results).InternalFailure)
    assert.same(first.results, go().results)
  end)

  it("error: any status, code and text, with the header or without", function()
    local answer = raw { fault = "error", status = 503, type = "ServiceUnavailableException",
                         message = "Slow down.", header = true }
    assert.equal(503, answer.status)
    assert.same({ __type = "ServiceUnavailableException", message = "Slow down." },
      json.decode(answer.body))
    assert.equal("ServiceUnavailableException", answer.headers["x-amzn-errortype"])
    answer = raw { fault = "error", type = "com.amazonaws.firehose#LimitExceededException",
                   message = "m", key = "Message" }
    assert.equal(400, answer.status)
    assert.equal("m", json.decode(answer.body).Message)
    assert.is_nil(answer.headers["x-amzn-errortype"])
    assert.equal(0, raw({ fault = "error", status = 500 }).length)
    assert.equal("", firehose.raw())
  end)

  it("expired, too_large, html", function()
    assert.equal("ExpiredTokenException", faulty({ fault = "expired" }).error)
    local answer = raw { fault = "too_large" }
    assert.equal(413, answer.status)
    assert.equal(0, answer.length)
    answer = raw { fault = "html" }
    assert.equal(500, answer.status)
    assert.equal("text/html", answer.headers["content-type"])
    assert.equal("", firehose.raw())
  end)

  it("garbage: HTTP 200 that is not JSON, after storing or without", function()
    local answer = raw { fault = "garbage" }
    assert.equal(200, answer.status)
    assert.is_false((pcall(json.decode, answer.body)))
    assert.equal("a\nb\nc\n", firehose.raw())
    raw { fault = "garbage", stored = false }
    assert.equal("a\nb\nc\n", firehose.raw())
  end)

  it("truncated: less than Content-Length says", function()
    local answer = raw { fault = "truncated" }
    assert.equal(200, answer.status)
    assert.is_false(answer.complete)
    assert.is_true(answer.length < tonumber(answer.headers["content-length"]))
    assert.equal(3, firehose.stats().events)
  end)

  it("short: too few results", function()
    assert.equal(2, #faulty({ fault = "short" }).results)
    assert.equal(0, #faulty({ fault = "short", missing = 9 }).results)
    assert.equal(6, firehose.stats().events)
  end)

  it("unread, unstored, unanswered: closed connections", function()
    for _, name in ipairs { "unread", "unstored" } do
      assert.is_string(faulty({ fault = name }).lost)
      assert.equal("", firehose.raw())
    end
    assert.equal("ConnectionClosedError", faulty({ fault = "unanswered" }).lost)
    assert.equal("a\nb\nc\n", firehose.raw())
  end)

  it("hang: silence, until the client gives up or a reset ends it", function()
    assert.equal("ReadTimeoutError", faulty({ fault = "hang" }, { timeout = 0.5 }).lost)
    assert.equal("", firehose.raw())
    assert.equal(1, firehose.stats().in_flight)
    firehose.reset()
    assert.equal(0, firehose.stats().in_flight)
    faulty({ fault = "hang", stored = true }, { timeout = 0.5 })
    assert.equal("a\nb\nc\n", firehose.raw())
  end)

  it("slow and drip: whole answers, in their time", function()
    assert.equal(0, faulty({ fault = "slow", seconds = 0.3 }).failed)
    assert.equal("ReadTimeoutError",
      faulty({ fault = "slow", seconds = 30 }, { timeout = 0.3 }).lost)
    assert.equal(0, faulty({ fault = "drip", seconds = 0.3 }).failed)
  end)

  it("no_length: an answer that ends with its connection", function()
    local answer = raw { fault = "no_length" }
    assert.is_nil(answer.headers["content-length"])
    assert.equal(0, json.decode(answer.body).FailedPutCount)
  end)

  it("huge: more than 2 MiB", function()
    local answer = raw { fault = "huge" }
    assert.is_true(answer.complete)
    assert.is_true(answer.length > 2 * 1024 * 1024)
    assert.equal(0, faulty({ fault = "huge" }).failed)
  end)

  it("queue up, wait for their call, and repeat", function()
    firehose.fault { { fault = "expired", after = 1, times = 2 }, { fault = "too_large" } }
    local seen = {}
    for i = 1, 5 do seen[i] = put({}).status end
    assert.same({ 200, 400, 400, 413, 200 }, seen)
    assert.same({}, firehose.control("faults"))
    local struck = {}
    for i, call in ipairs(firehose.control("calls")) do
      struck[i] = call.fault == json.null and "-" or call.fault
    end
    assert.equal("- expired expired too_large -", table.concat(struck, " "))
  end)

  it("strike by chance, the same calls for the same seed", function()
    local function go()
      firehose.reset()
      firehose.fault { fault = "too_large", probability = 0.5, seed = 3 }
      local seen = {}
      for i = 1, 12 do seen[i] = put({}).status end
      return seen
    end
    local seen = go()
    local counts = helper.counts(seen)
    assert.equal(12, (counts[200] or 0) + (counts[413] or 0))
    assert.truthy(counts[200] and counts[413])
    assert.same(seen, go())
  end)

  it("do not hide a request that would be refused", function()
    local answer = faulty({ fault = "refuse" }, { secret_key = "wrong" })
    assert.equal("InvalidSignatureException", answer.error)
  end)

  it("must be known", function()
    assert.has_error(function() firehose.fault { fault = "surprise" } end)
    assert.has_error(function() firehose.control("limits", { max_moons = 1 }) end)
    assert.has_error(function() firehose.control("nonsense") end)
  end)
end)
