-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Whether the Firehose stand-in takes what Firehose takes, and refuses the rest in its words.

local certificates = require "certificates"
local firehose_client = require "firehose_client"
local helper = require "helper"
local servers = require "servers"

local json = helper.json

describe("the Firehose stand-in", function()
  local firehose, client, put

  local function refused(order, code, words)
    local answer = put(order)
    assert.equal(code, answer.error)
    assert.equal(400, answer.status)
    if words then assert.truthy(answer.message:find(words, 1, true), answer.message) end
    assert.equal("", firehose.raw())
  end

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

  describe("accepts", function()
    it("what boto3 sends, and stores it in order", function()
      local answer = put { records = { "a\nb\n", "c\n" } }
      assert.same({ status = 200, failed = 0, results = { "ok", "ok" } }, answer)
      assert.same({ "a", "b", "c" }, firehose.events())
      local stats = firehose.stats()
      assert.equal(1, stats.calls)
      assert.equal(1, stats.accepted_calls)
      assert.equal(2, stats.records)
      assert.equal(3, stats.events)
      assert.equal(6, stats.bytes)
    end)

    it("500 records and 4 MiB", function()
      local sizes = {}
      for i = 1, 500 do sizes[i] = i <= 4 and 1024000 or 1 end
      sizes[500] = 4194304 - 4 * 1024000 - 495
      local answer = put { sizes = sizes }
      assert.equal(0, answer.failed)
      assert.equal(4194304, firehose.stats().bytes)
    end)

    it("TLS, with the authority's certificate only", function()
      local directory = helper.temporary_directory()
      local made = certificates.make(directory)
      local secure = servers.start_firehose { tls = made.good }
      assert.equal(0, put { url = secure.url, ca = made.ca }.failed)
      secure.stop()
      for _, bad in ipairs { "wrong_host", "expired", "self_signed" } do
        secure = servers.start_firehose { tls = made[bad] }
        assert.equal("SSLError", put { url = secure.url, ca = made.ca }.lost, bad)
        secure.stop()
      end
      helper.remove_directory(directory)
    end)

    it("session tokens, until they are rotated", function()
      local own = servers.start_firehose { args = { "--session-token", "first" } }
      assert.equal(0, put { url = own.url, session_token = "first" }.failed)
      assert.equal("UnrecognizedClientException", put { url = own.url }.error)
      assert.equal("UnrecognizedClientException",
        put { url = own.url, session_token = "never" }.error)
      own.control("credentials", { access_key = "AKIDNEXT", session_token = "second" })
      local late = put { url = own.url, session_token = "first" }
      assert.equal("ExpiredTokenException", late.error)
      assert.equal("The security token included in the request is expired", late.message)
      assert.equal(0,
        put { url = own.url, access_key = "AKIDNEXT", session_token = "second" }.failed)
      own.stop()
    end)
  end)

  describe("refuses", function()
    it("a wrong secret", function()
      refused({ secret_key = "wrong" }, "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided.")
    end)

    it("a wrong access key", function()
      refused({ access_key = "AKIDOTHER" }, "UnrecognizedClientException",
        "The security token included in the request is invalid.")
    end)

    it("a body that was changed after signing", function()
      refused({ body = '{"DeliveryStreamName":"backend-events","Records":[{"Data":"e30K"}]}' },
        "InvalidSignatureException")
    end)

    it("a header that was changed after signing", function()
      refused({ header = { Host = "elsewhere" } }, "InvalidSignatureException",
        "does not match the signature")
      refused({ header = { ["X-Amz-Target"] = "Firehose_20150804.PutRecordBatch,x" } },
        "UnknownOperationException")
      refused({ header = { ["X-Amz-Date"] = os.date("!%Y%m%dT%H%M%SZ", os.time() + 90) } },
        "InvalidSignatureException")
    end)

    it("an x-amz header that was not signed", function()
      refused({ header = { ["X-Amz-Other"] = "1" } }, "InvalidSignatureException",
        "must be a 'SignedHeader'")
    end)

    it("no signature", function()
      refused({ unsigned = true }, "MissingAuthenticationTokenException",
        "Missing Authentication Token")
    end)

    it("half a signature", function()
      refused({ header = { Authorization = "AWS4-HMAC-SHA256 Credential=a/b/c/d/e" } },
        "IncompleteSignatureException", "requires 'Signature' parameter")
    end)

    it("another region and another service", function()
      refused({ region = "us-east-1" }, "InvalidSignatureException",
        "Credential should be scoped to a valid region, not 'us-east-1'")
      refused({ service = "kinesis" }, "InvalidSignatureException",
        "Credential should be scoped to correct service: 'firehose'")
    end)

    it("signatures of six minutes ago or ahead, and tells its own time", function()
      refused({ clock = -360 }, "InvalidSignatureException", "Signature expired: ")
      refused({ clock = 360 }, "InvalidSignatureException", "Signature not yet current: ")
      firehose.control("clock", { offset = 3600 })
      refused({}, "InvalidSignatureException", "Signature expired: ")
      assert.equal(0, put { clock = 3600 }.failed)
    end)

    it("an unknown stream", function()
      refused({ stream = "nowhere" }, "ResourceNotFoundException",
        "Firehose nowhere under account 123456789012 not found.")
    end)

    it("shapes that are not PutRecordBatch's", function()
      refused({ extra = { Surplus = 1 } }, "ValidationException", "Surplus")
      refused({ extra = { Records = json.null } }, "ValidationException")
      refused({ extra = { DeliveryStreamName = 5 } }, "ValidationException")
      refused({ extra = { Records = { { Data = "e30K", Key = "x" } } } }, "ValidationException")
      refused({ extra = { Records = { {} } } }, "ValidationException")
      refused({ extra = { Records = { { Data = 5 } } } }, "SerializationException")
      refused({ records = {} }, "ValidationException")
    end)

    it("base64 that is not strictly so", function()
      for _, text in ipairs { "e30", "e30=K", "e3 0K", "e30K\n", "e30-", "e30K====", "e31=" } do
        refused({ base64 = text }, "SerializationException")
      end
    end)

    it("501 records, a record of 1,024,001 bytes, and 4 MiB and a byte", function()
      local sizes = {}
      for i = 1, 501 do sizes[i] = 1 end
      refused({ sizes = sizes }, "ValidationException", "less than or equal to 500")
      refused({ sizes = { 1, 1024001 } }, "ValidationException", "records.2.member.data")
      refused({ sizes = { 1024000, 1024000, 1024000, 1024000, 98305 } },
        "InvalidArgumentException", "Records size exceeds 4 MB limit")
    end)

    it("another operation", function()
      assert.equal("UnknownOperationException",
        put({ header = { ["X-Amz-Target"] = "Firehose_20150804.PutRecord" } }).error)
    end)
  end)

  describe("limits", function()
    it("can be lowered, and come back with a reset", function()
      firehose.control("limits", { max_batch_bytes = 10 })
      assert.equal("InvalidArgumentException", put({ sizes = { 6, 5 } }).error)
      firehose.reset()
      assert.equal(0, put({ sizes = { 6, 5 } }).failed)
    end)

    it("throttle per record, inside HTTP 200", function()
      firehose.control("limits", { bytes_per_second = 1 })
      local answer = put { records = { "x", "y\n", "z" } }
      assert.equal(200, answer.status)
      assert.equal(2, answer.failed)
      assert.same({ "ok", "ServiceUnavailableException", "ServiceUnavailableException" },
        answer.results)
      assert.equal("x", firehose.raw())
      assert.equal(2, firehose.stats().refused_records)
    end)
  end)

  it("counts duplicates and records", function()
    put { records = { "a\nb\n", "a\n" } }
    assert.same({ events = 3, distinct = 2, duplicates = 1 }, firehose.control("duplicates"))
    assert.same({ { call = 1, bytes = 4, events = 2 }, { call = 1, bytes = 2, events = 1 } },
      firehose.control("records"))
  end)
end)
