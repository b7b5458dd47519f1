-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local cases = dofile(here .. "sigv4/cases.lua")

local EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

local function request_of(case)
  return {
    method = case.method, path = case.path, query = case.query, headers = case.headers,
    payload_hash = kx.sha256(case.body),
  }
end

local function scope()
  return ("%s/%s/%s/aws4_request"):format(cases.time:sub(1, 8), cases.region, cases.service)
end

local function string_to_sign(case)
  return table.concat({ "AWS4-HMAC-SHA256", cases.time, scope(), case.hash }, "\n")
end

local function authorization(case)
  local names = case.canonical:match("\n([^\n]*)\n[^\n]*$")
  return ("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"):format(
    cases.access_key_id, scope(), names, case.signature)
end

local function canonical_headers(headers)
  local canonical = assert(kx.sigv4_canonical {
    method = "POST", path = "/", query = "", headers = headers, payload_hash = EMPTY,
  })
  return canonical:match("^POST\n/\n\n(.*)\n\n[^\n]*\n[^\n]*$")
end

local function random_text(alphabet, least, most)
  local text = {}
  for i = 1, math.random(least, most) do
    local at = math.random(#alphabet)
    text[i] = alphabet:sub(at, at)
  end
  return table.concat(text)
end

local LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

-- Requests as an exporter sends them, with a session token or without.
local function random_request()
  local time = kx.sigv4_time(math.random(0, 2147483647))
  local body = random_text(LETTERS .. '{}":, \n\t\0\255', 0, 300)
  local headers = {
    { "Host", random_text(LETTERS:lower(), 1, 30) .. ".example.com:" .. math.random(1024, 65535) },
    { "X-Amz-Date", time },
    { "Content-Type", "application/x-amz-json-1.1" },
    { "X-Amz-Target", "Firehose_20150804." .. random_text(LETTERS, 1, 20) },
    { "X-" .. random_text(LETTERS, 1, 10), random_text(LETTERS .. "    ;=,/", 1, 50) },
  }
  if math.random(2) == 1 then
    headers[#headers + 1] = { "X-Amz-Security-Token", random_text(LETTERS .. "+/=", 1, 400) }
  end
  return {
    method = "POST", path = "/", query = "", headers = headers, body = body, time = time,
    payload_hash = kx.sha256(body),
    signer = {
      access_key_id = random_text(LETTERS, 16, 20),
      secret_access_key = random_text(LETTERS .. "+/", 1, 80),
      region = random_text(LETTERS:lower() .. "-", 1, 15),
      service = random_text(LETTERS:lower(), 1, 10),
    },
  }
end

local function random_requests(n)
  local requests = {}
  for i = 1, n do requests[i] = random_request() end
  return requests
end

local function hex(text)
  return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function fields(request)
  local signer = request.signer
  local all = { signer.access_key_id, signer.secret_access_key, signer.region, signer.service,
    request.time, request.body }
  for _, header in ipairs(request.headers) do
    all[#all + 1] = header[1]
    all[#all + 1] = header[2]
  end
  for i = 1, #all do all[i] = hex(all[i]) end
  return table.concat(all, "\t")
end

-- The Authorization header that botocore gives each request.
local function botocore(requests)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  for _, request in ipairs(requests) do file:write(fields(request), "\n") end
  file:close()
  local answers = {}
  local pipe = assert(io.popen("/usr/bin/python3 " .. here .. "sigv4/botocore_sign.py < " .. name))
  for line in pipe:lines() do answers[#answers + 1] = line end
  pipe:close()
  os.remove(name)
  return answers
end

describe("sigv4", function()
  after_each(function() kx.fail_allocation() end)

  describe("agrees with AWS on", function()
    for _, case in ipairs(cases) do
      it(case.name, function()
        assert.equal(case.canonical, kx.sigv4_canonical(request_of(case)))
        assert.equal(string_to_sign(case),
          kx.sigv4_string_to_sign(cases, case.canonical, cases.time))
        local signed = kx.sigv4_signatures(cases, string_to_sign(case), cases.time)
        assert.equal(case.signature, signed[1].signature)
        assert.equal(authorization(case),
          kx.sigv4_authorization(cases, request_of(case), cases.time))
      end)
    end
  end)

  it("agrees with the example of the IAM User Guide", function()
    local signer = { access_key_id = "AKIDEXAMPLE", secret_access_key = cases.secret_access_key,
      region = "us-east-1", service = "iam" }
    local signed = kx.sigv4_authorization(signer, {
      method = "GET", path = "/", query = "Action=ListUsers&Version=2010-05-08",
      headers = {
        { "Host", "iam.amazonaws.com" },
        { "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
        { "X-Amz-Date", "20150830T123600Z" },
      },
      payload_hash = EMPTY,
    }, "20150830T123600Z")
    assert.equal("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
      .. "SignedHeaders=content-type;host;x-amz-date, "
      .. "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7", signed)
  end)

  it("agrees with botocore on random POST requests", function()
    math.randomseed(20150830)
    local requests = random_requests(200)
    local theirs = botocore(requests)
    assert.equal(#requests, #theirs)
    for i, request in ipairs(requests) do
      assert.equal(theirs[i], kx.sigv4_authorization(request.signer, request, request.time))
    end
  end)

  describe("headers", function()
    it("are sorted by their lower-cased names, a shorter name first", function()
      assert.equal("a:4\na-b:3\nab:2\nb:1",
        canonical_headers { { "B", "1" }, { "aB", "2" }, { "A-b", "3" }, { "a", "4" } })
    end)

    it("are trimmed; several blanks inside become one space", function()
      assert.equal("a:x y z", canonical_headers { { "a", " \t x \t  y z\t " } })
      assert.equal("a:", canonical_headers { { "a", "   " } })
    end)

    it("of one name become one, in their order", function()
      assert.equal("a:2,1,3\nb:x",
        canonical_headers { { "a", "2" }, { "b", "x" }, { "A", "1" }, { "a", "3" } })
    end)

    it("are 16 at most", function()
      local headers = {}
      for i = 1, 16 do headers[i] = { ("h%02d"):format(i), "v" } end
      assert.is_string(canonical_headers(headers))
      headers[17] = { "h17", "v" }
      local request = { method = "POST", path = "/", headers = headers, payload_hash = EMPTY }
      local signed, message, code = kx.sigv4_authorization(cases, request, cases.time)
      assert.is_nil(signed)
      assert.equal("config", code)
      assert.is_truthy(message:find("17 headers", 1, true))
    end)
  end)

  describe("time", function()
    it("is written in UTC", function()
      assert.equal("19700101T000000Z", kx.sigv4_time(0))
      assert.equal("20150830T123600Z", kx.sigv4_time(1440938160))
      assert.equal("20240229T235959Z", kx.sigv4_time(1709251199))
      assert.equal("20380119T031408Z", kx.sigv4_time(2147483648))
      assert.equal("99991231T235959Z", kx.sigv4_time(253402300799))
    end)

    it("stays within the years 1970 to 9999", function()
      assert.equal("19700101T000000Z", kx.sigv4_time(-1))
      assert.equal("99991231T235959Z", kx.sigv4_time(253402300800))
    end)
  end)

  describe("signing key", function()
    local text = string_to_sign(cases[1])

    it("is a new one each day", function()
      local signed, forgotten = kx.sigv4_signatures(cases, text, "20150830T123600Z",
        "20150830T235959Z", "20150831T000000Z", "20150830T123600Z")
      assert.equal(cases[1].signature, signed[1].signature)
      assert.equal(signed[1].signature, signed[2].signature)
      assert.not_equal(signed[1].signature, signed[3].signature)
      assert.equal("20150831", signed[3].day)
      assert.equal(signed[1].signature, signed[4].signature)
      assert.is_true(forgotten)
    end)

    it("is kept for the day, until kx_sigv4_forget", function()
      local other = { secret_access_key = "another" }
      local first, second = kx.sigv4_cached(cases, other, text, cases.time)
      assert.equal(cases[1].signature, first)
      assert.equal(first, second)
    end)

    it("is not kept if it could not be derived", function()
      kx.fail_allocation(1)
      local signed = kx.sigv4_signatures(cases, text, cases.time)
      assert.same({ { error = "out of memory", day = "" } }, signed)
    end)

    it("takes a secret of any length", function()
      for _, secret in ipairs { "", ("s"):rep(60), ("s"):rep(61), ("s"):rep(1000) } do
        local signer = { secret_access_key = secret, region = "r", service = "s" }
        assert.equal(64, #kx.sigv4_signatures(signer, text, cases.time)[1].signature)
      end
    end)
  end)

  it("reports that memory ran out, at each allocation", function()
    local case = cases[1]
    local failures = -1
    local signed, message, code
    repeat
      failures = failures + 1
      assert.is_true(failures < 100)
      kx.fail_allocation(failures + 1)
      signed, message, code = kx.sigv4_authorization(cases, request_of(case), cases.time)
      if not signed then
        assert.same({ "out of memory", "memory" }, { message, code })
      end
    until signed
    assert.is_true(failures >= 3)
    assert.equal(authorization(case), signed)
  end)

  it("leaves no secret in the memory that it frees", function()
    kx.watch_freed(true)
    local header = { "X-Amz-Security-Token", "SECRETTOKEN" }
    kx.sigv4_authorization(cases, {
      method = "POST", path = "/", headers = { header }, payload_hash = EMPTY,
    }, cases.time)
    local freed = kx.freed()
    kx.watch_freed(false)
    assert.is_true(#freed > 0)
    assert.is_nil(freed:find("SECRETTOKEN", 1, true))
    assert.is_nil(freed:find(cases.secret_access_key, 1, true))
  end)

  it("leaves no session token of any length behind", function()
    for length = 300, 1200, 20 do
      local token = "SECRETTOKEN" .. ("t"):rep(length)
      kx.watch_freed(true)
      local n = kx.signer_headers(token)
      local freed = kx.freed()
      kx.watch_freed(false)
      assert.equal(6, n)
      assert.is_true(#freed > 0)
      assert.is_nil(freed:find("SECRETTOKEN", 1, true), length)
    end
  end)
end)
