-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials of an EC2 instance's role, from its metadata service (IMDSv2).
-- @module kinesis_exporter.credentials.imds

local environment = require "kinesis_exporter.credentials.environment"
local json_reply = require "kinesis_exporter.credentials.json_reply"
local request = require "kinesis_exporter.credentials.request"

local variable = environment.variable

local imds = {}

local ROLES = "/latest/meta-data/iam/security-credentials/"

-- Seconds. While the service is out of order it returns expired credentials, and AWS accepts them
-- longer. The next request comes after a time that differs between processes.
local EXTENSION, JITTER = 17 * 60, 8 * 60

local function endpoint()
  local given = variable "AWS_EC2_METADATA_SERVICE_ENDPOINT"
  if given then return (given:gsub("/+$", "")) end
  local mode = variable "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE" or ""
  return mode:lower() == "ipv6" and "http://[fd00:ec2::254]" or "http://169.254.169.254"
end

local function whole(name, default, most)
  local number = tonumber(variable(name) or "")
  return number and number >= 1 and math.min(math.floor(number), most) or default
end

local function ask(context, method, path, header)
  local ms = 1000 * whole("AWS_METADATA_SERVICE_TIMEOUT", 1, 60)
  local status, text = request.insist(context, {
    url = endpoint() .. path, method = method, headers = { header }, proxy = "",
    connect_timeout_ms = ms, request_timeout_ms = ms,
  }, whole("AWS_METADATA_SERVICE_NUM_ATTEMPTS", 2, 10))
  if not status then return nil, text end
  if status ~= 200 then return nil, ("status %d for %s"):format(status, path) end
  return text
end

local function read(text)
  local found, why, parts = json_reply.parse(text)
  if not found then
    local code = parts and parts.Code
    return nil, type(code) == "string" and code ~= "Success" and code:gsub("%c", " ") or why
  end
  local now = os.time()
  if found.expires and found.expires <= now then
    found.expires = now + EXTENSION + math.random(JITTER)
  end
  return found
end

-- Answers with a token travel as many hops as the instance's options say, by default one. A
-- container is one hop farther away: it connects, and gets no answer.
local function token_of(context)
  local token, why = ask(context, "PUT", "/latest/api/token",
    "X-aws-ec2-metadata-token-ttl-seconds: 21600")
  if not token and why:find("no usable answer", 1, true) then
    why = why .. " (in a container, the hop limit of the instance's metadata options has to be 2)"
  end
  return token, why
end

local function look(context)
  local token, why = token_of(context)
  if not token then return nil, why end
  if token == "" or token:find "[%c%s]" then return nil, "the answer is not a token" end
  local header = "X-aws-ec2-metadata-token: " .. token
  local roles
  roles, why = ask(context, "GET", ROLES, header)
  if not roles then return nil, why end
  local role = roles:match "^%s*([%w+=,.@_-]+)"
  if not role then return nil, "the instance has no role" end
  local text
  text, why = ask(context, "GET", ROLES .. role, header)
  if not text then return nil, why end
  return read(text)
end

--- Asks the metadata service, unless AWS_EC2_METADATA_DISABLED is true.
-- @tparam table context of the search
-- @treturn table|nil|false nil when there is no service or no role, because no configuration
-- asks for them; false when the variable of the endpoint is wrong
-- @treturn string|nil why
function imds.find(context)
  if (variable "AWS_EC2_METADATA_DISABLED" or ""):lower() == "true" then
    return nil, "AWS_EC2_METADATA_DISABLED is true"
  end
  local fault = environment.fault("AWS_EC2_METADATA_SERVICE_ENDPOINT")
  if fault then return false, fault end
  local found, why = look(context)
  return found, why and "instance metadata: " .. why
end

return imds
