-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The doctor's checks of credentials, endpoint, clock and stream. They only describe the stream,
-- which changes nothing.
-- @module kinesis_exporter.doctor.aws

local core = require "kinesis_exporter.core"
local findings = require "kinesis_exporter.doctor.findings"
local provider = require "kinesis_exporter.credentials.provider"

local doctor_aws = {}

-- Seconds between the clocks. The services accept five minutes.
local CLOCK_WARN, CLOCK_FAIL = 60, 300

local SERVICES = { firehose = "firehose", streams = "kinesis" }

local ACTIONS = {
  firehose = { "firehose:DescribeDeliveryStream", "firehose:PutRecordBatch" },
  streams = { "kinesis:DescribeStreamSummary", "kinesis:PutRecords" },
}

-- Codes of refusals that concern the credentials or the signature, not the stream.
local OF_SIGNATURES = {
  UnrecognizedClientException = true, InvalidClientTokenId = true, ExpiredTokenException = true,
  ExpiredToken = true, InvalidSignatureException = true, SignatureDoesNotMatch = true,
  IncompleteSignature = true, IncompleteSignatureException = true,
  MissingAuthenticationTokenException = true, RequestExpired = true, OptInRequired = true,
}

local function origin(option, known)
  if type(option) == "function" then return "the credentials function" end
  return option and "the credentials option" or known.source
end

-- The user's credentials function may raise.
local function find(this)
  local fine, known, message = pcall(provider.find, this)
  if fine then return known, message end
  return nil, tostring(known)
end

local function check_credentials(found, this)
  local option = this.settings.credentials
  local known, message = find(this)
  if not known then
    found:fail("credentials", (message:gsub("^credentials: ", "")))
    return nil
  end
  local id, token = known.access_key_id, known.session_token
  local text = ("key ...%s from %s, %s%s"):format(#id > 8 and id:sub(-4) or "",
    origin(option, known), token and "with a session token" or "without a session token",
    known.expires and os.date("!, until %Y-%m-%d %H:%M:%S UTC", known.expires) or "")
  if id:find "^ASIA" and not token then
    found:fail("credentials", "%s: a temporary key needs its token: set AWS_SESSION_TOKEN", text)
  else
    found:ok("credentials", text)
  end
  return known
end

-- A host name of AWS contains service and region.
local function check_region(found, this, host)
  local settings = this.settings
  local name = host:lower():gsub(":%d+$", "")
  if not name:find "%.amazonaws%.com" then return end
  local region = name:match "%.(%l%l%l?%-[%l%-]+%-%d+)%."
  local service = SERVICES[settings.sink]
  if settings.region and region and region ~= settings.region then
    found:fail("region", "%s, but the endpoint is in %s: make them the same", settings.region,
      region)
  elseif not name:find(service, 1, true) then
    found:fail("region", "%s is not an endpoint of %s, which sink %s needs", host, service,
      settings.sink)
  else
    found:ok("region", "the same as the endpoint's")
  end
end

local function check_endpoint(found, answer)
  if answer.answered then
    found:ok("endpoint", "%s answers, after %d ms with connecting", answer.host, answer.took_ms)
  elseif answer.tls_failed then
    found:fail("endpoint", "%s: check the endpoint option, or name the certificate authority in "
      .. "ca_file", answer.why)
  elseif answer.why:find "[Rr]esolv" then
    found:fail("endpoint", "%s: check the region and endpoint options, and DNS", answer.why)
  else
    found:fail("endpoint", "%s: check the endpoint, region and proxy options, and firewalls",
      answer.why)
  end
end

-- Returns how far the service's clock is ahead, in seconds.
local function check_clock(found, answer)
  if not answer.answered or answer.date < 0 then return 0 end
  local ahead = answer.date - math.floor(core.wall())
  local off = math.abs(ahead)
  if off < CLOCK_WARN then
    found:ok("clock", "in step with the service's")
    return 0
  end
  local text = ("%s %s the service's"):format(findings.span(off),
    ahead > 0 and "behind" or "ahead of")
  if off < CLOCK_FAIL then
    found:warn("clock", "%s: set this machine's clock (NTP)", text)
  else
    found:fail("clock", "%s: exports correct their signatures, but the times of buckets and "
      .. "events are wrong: set this machine's clock (NTP)", text)
  end
  return ahead
end

local function member(body, name)
  return body:match('"' .. name .. '"%s*:%s*"?([%w_]+)')
end

-- Checks the description of a stream that exists.
local function check_description(found, this, answer)
  local body, settings = answer.body, this.settings
  local state = member(body, "DeliveryStreamStatus") or member(body, "StreamStatus")
  local most = tonumber(member(body, "MaxRecordSizeInKiB") or "")
  local limits = ("records of up to %d bytes, calls of up to %d"):format(answer.record_bytes,
    answer.batch_bytes)
  if not state then
    found:fail("stream", "the endpoint's answer does not describe it: check the endpoint option")
  elseif state ~= "ACTIVE" and state ~= "UPDATING" then
    found:fail("stream", "%s is %s, not ACTIVE: it takes no records", settings.stream, state)
  elseif member(body, "DeliveryStreamType") == "KinesisStreamAsSource" then
    found:fail("stream", "%s takes its records from a data stream: name the data stream, with "
      .. "sink streams", settings.stream)
  elseif most and answer.record_bytes > most * 1024 then
    found:fail("stream", "%s takes records of %d KiB: lower record_bytes to %d", settings.stream,
      most, most * 1024 - 256)
  else
    found:ok("stream", "%s is %s; %s", settings.stream, state, limits)
  end
end

local function check_refusal(found, this, answer)
  local settings, code = this.settings, answer.refusal:match "^aws answered %d+ ([%w.]+)" or ""
  if code == "ResourceNotFoundException" then
    found:fail("stream", "there is no %s in %s: check the stream, region and sink options",
      settings.stream, settings.region)
  elseif code:find "^AccessDenied" then
    found:warn("stream", "cannot be described: these credentials lack %s. Exports need %s, which "
      .. "they may have nevertheless", ACTIONS[settings.sink][1], ACTIONS[settings.sink][2])
  else
    found:fail(OF_SIGNATURES[code] and "signature" or "stream", answer.refusal)
  end
end

-- The signature uses the service's clock, as that of exports does.
local function check_stream(found, this, known, ahead)
  local answer, message = this.core:describe(known, ahead)
  if not answer then return found:fail("stream", message) end
  if not answer.answered then return found:fail("stream", answer.why) end
  if answer.status == 200 then return check_description(found, this, answer) end
  check_refusal(found, this, answer)
end

--- Checks credentials, endpoint, clock and stream.
-- @tparam kinesis_exporter.Findings found
-- @tparam table this an exporter's private part
function doctor_aws.check(found, this)
  local settings, known = this.settings, check_credentials(found, this)
  if not (settings.region or settings.endpoint) then return end
  local answer, message = this.core:describe()
  if not answer then return found:fail("endpoint", message) end
  check_endpoint(found, answer)
  check_region(found, this, answer.host)
  local ahead = check_clock(found, answer)
  if answer.answered and known and settings.stream and settings.region then
    check_stream(found, this, known, ahead)
  end
end

return doctor_aws
