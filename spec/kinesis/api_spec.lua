-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local cjson = require "cjson"
local kx = require "kxtest"

local function read(status, body, error_type, n, sink)
  if type(body) == "table" then body = cjson.encode(body) end
  return kx.kinesis_read(sink or "firehose", status, body, error_type or "", n or 1)
end

local function error_of(status, code, message)
  return read(status, { __type = code, message = message or "why" })
end

describe("api reads", function()
  it("a batch that was accepted", function()
    local verdict = read(200, { FailedPutCount = 0, Encrypted = false,
      RequestResponses = { { RecordId = "a" }, { RecordId = "b" } } }, "", 2)
    assert.equal("accepted", verdict.action)
    assert.equal(0, verdict.refused)
    assert.is_true(verdict.by_record)
  end)

  it("which records were refused, by their position", function()
    local verdict = read(200, { FailedPutCount = 1, RequestResponses = {
      { RecordId = "a" },
      { ErrorCode = "ServiceUnavailableException", ErrorMessage = "Slow down." },
      { RecordId = "c", ErrorCode = cjson.null },
    } }, "", 3)
    assert.equal("retry", verdict.action)
    assert.same({ false, true, false }, verdict.keep)
    assert.is_true(verdict.throttled)
    assert.matches("ServiceUnavailableException: Slow down%.", verdict.text)
  end)

  it("a data stream's answer", function()
    local verdict = read(200, { FailedRecordCount = 1, Records = {
      { SequenceNumber = "1", ShardId = "s" },
      { ErrorCode = "ProvisionedThroughputExceededException", ErrorMessage = "Rate exceeded" },
    } }, "", 2, "streams")
    assert.same({ false, true }, verdict.keep)
    assert.is_true(verdict.throttled)
  end)

  it("an internal failure of a record as a reason to try again, not to slow down", function()
    local verdict = read(200, { RequestResponses = { { ErrorCode = "InternalFailure" } } })
    assert.equal("retry", verdict.action)
    assert.is_false(verdict.throttled)
  end)

  it("answers that cannot be read as calls whose outcome is unknown", function()
    for _, body in ipairs { "", "garbage", "{}", '{"RequestResponses":[', "[]", "null",
      '{"RequestResponses":[]}', '{"RequestResponses":[{"RecordId":"a"},{"RecordId":"b"}]}',
      '{"RequestResponses":{}}', '{"RequestResponses":[{"RecordId":"a"}]}x' } do
      local verdict = read(200, body)
      assert.same({ "retry", true, "reply", 1 },
        { verdict.action, verdict.unknown, verdict.code, verdict.refused }, body)
      assert.same({ true }, verdict.keep)
    end
  end)

  it("each code as the table says", function()
    for _, case in ipairs {
      { 400, "LimitExceededException", "retry", true, "aws" },
      { 400, "ThrottledException", "retry", true, "aws" },
      { 403, "RequestThrottled", "retry", true, "aws" },
      { 400, "RequestThrottledException", "retry", true, "aws" },
      { 503, "EC2ThrottledException", "retry", true, "aws" },
      { 400, "TooManyRequestsException", "retry", true, "aws" },
      { 400, "RequestLimitExceeded", "retry", true, "aws" },
      { 509, "BandwidthLimitExceeded", "retry", true, "aws" },
      { 400, "SlowDown", "retry", true, "aws" },
      { 400, "SomebodysThrottlingNews", "retry", true, "aws" },
      { 400, "PriorRequestNotComplete", "retry", true, "aws" },
      { 400, "TransactionInProgressException", "retry", true, "aws" },
      { 400, "RequestTimeout", "retry", false, "aws" },
      { 408, "RequestTimeoutException", "retry", false, "aws" },
      { 400, "ThrottlingException", "retry", true, "aws" },
      { 400, "KMSThrottlingException", "retry", true, "aws" },
      { 503, "ServiceUnavailableException", "retry", true, "aws" },
      { 500, "InternalFailure", "retry", false, "aws" },
      { 400, "ExpiredTokenException", "refresh", false, "credentials" },
      { 400, "InvalidSignatureException", "clock", false, "credentials" },
      { 403, "RequestExpired", "clock", false, "credentials" },
      { 400, "UnrecognizedClientException", "stop", false, "credentials" },
      { 400, "AccessDeniedException", "stop", false, "aws" },
      { 400, "ResourceNotFoundException", "stop", false, "aws" },
      { 400, "NobodyKnowsException", "stop", false, "aws" },
      { 502, "NobodyKnowsException", "retry", false, "aws" },
      { 429, "NobodyKnowsException", "retry", true, "aws" },
      { 509, "NobodyKnowsException", "retry", true, "aws" },
      { 413, "NobodyKnowsException", "split", false, "aws" },
      { 400, "RequestEntityTooLargeException", "split", false, "aws" },
    } do
      local verdict = error_of(case[1], case[2])
      assert.same({ case[3], case[4], case[5] },
        { verdict.action, verdict.throttled, verdict.code }, case[2])
      assert.matches(case[2], verdict.text)
    end
  end)

  it("a batch that is too large from its status, or from code and words together", function()
    assert.equal("split", read(413, "").action)
    assert.equal("split",
      error_of(400, "InvalidArgumentException", "Records size exceeds 4 MB limit").action)
    assert.equal("split", error_of(400, "ValidationException", "1 validation error detected: Value "
      .. "at 'records.1.member.data' failed to satisfy constraint: Member must have length less "
      .. "than or equal to 1024000").action)
    assert.equal("stop",
      error_of(400, "InvalidArgumentException", "This operation is not permitted").action)
    for _, words in ipairs { "Records size exceeds 4 MB", "too large", "Rate limit exceeded" } do
      assert.equal("stop", error_of(400, "NobodyKnowsException", words).action, words)
      assert.equal("stop", read(400, { message = words }).action, words)
    end
  end)

  it("each code that names throttling as a request to slow down, for a record too", function()
    local verdict = read(200, { RequestResponses = { { ErrorCode = "ThrottledException" } } })
    assert.is_true(verdict.throttled)
  end)

  it("codes with a namespace, and codes from the header", function()
    local long = error_of(400, "com.amazonaws.firehose.v20150804#ResourceNotFoundException")
    assert.matches("400 ResourceNotFoundException: why", long.text)
    local header = read(400, "", "ThrottlingException:http://internal.amazon.com/")
    assert.same({ "retry", true }, { header.action, header.throttled })
  end)

  it("a page that does not come from the service", function()
    local verdict = read(404, "<html>")
    assert.same({ "stop", "http" }, { verdict.action, verdict.code })
    assert.equal("retry", read(500, "<html>").action)
  end)

  it("a refused signature without repeating the explanation", function()
    local verdict = error_of(400, "InvalidSignatureException", "x-amz-security-token:TOKEN")
    assert.is_nil(verdict.text:find("TOKEN", 1, true))
    assert.matches("secret_access_key", verdict.text)
  end)

  it("silence as a call that must be repeated whole", function()
    local verdict = kx.kinesis_unanswered(2, true, "connection lost")
    assert.same({ "retry", true, "http", 2 },
      { verdict.action, verdict.unknown, verdict.code, verdict.refused })
  end)
end)

describe("endpoint", function()
  it("follows service and region", function()
    assert.equal("https://firehose.eu-west-1.amazonaws.com/",
      kx.kinesis_endpoint("firehose", "eu-west-1"))
    assert.equal("https://kinesis.cn-north-1.amazonaws.com.cn/",
      kx.kinesis_endpoint("streams", "cn-north-1"))
  end)
end)
