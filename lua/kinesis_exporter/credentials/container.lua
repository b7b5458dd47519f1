-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials of a task or a pod. A server on its machine returns them (ECS, EKS Pod Identity).
-- @module kinesis_exporter.credentials.container

local environment = require "kinesis_exporter.credentials.environment"
local shared_files = require "kinesis_exporter.credentials.shared_files"
local json_reply = require "kinesis_exporter.credentials.json_reply"
local request = require "kinesis_exporter.credentials.request"

local variable = environment.variable

local container = {}

local ECS = "http://169.254.170.2"

-- The hosts that may be asked without TLS: those of ECS and EKS, and this machine (AWS SDKs and
-- Tools Reference Guide, "Container credential provider").
local HOSTS = {
  ["169.254.170.2"] = true, ["169.254.170.23"] = true, ["[fd00:ec2::23]"] = true,
  localhost = true, ["[::1]"] = true,
}

local CONNECT_MS, REQUEST_MS = 2000, 5000

local function host_fault(url)
  local scheme, authority = url:match "^(%a+)://([^/?#]*)"
  scheme = scheme and scheme:lower()
  if scheme ~= "http" and scheme ~= "https" then return "is not http:// or https://" end
  if authority:find "@" then return "must not name a user" end
  local host = authority:match "^%[.*%]" or authority:match "^[^:]*"
  if scheme == "https" or HOSTS[host:lower()] or host:find "^127%.%d+%.%d+%.%d+$" then return end
  return "must be https://, or name this machine or its container agent"
end

local function address()
  local fault = environment.fault("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI")
  if fault then return false, fault end
  local relative = variable "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
  if relative then
    if relative:sub(1, 1) == "/" then return ECS .. relative end
    return false, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with /"
  end
  local full = variable "AWS_CONTAINER_CREDENTIALS_FULL_URI"
  if not full then
    return nil, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI "
      .. "are not set"
  end
  fault = host_fault(full)
  if fault then return false, "AWS_CONTAINER_CREDENTIALS_FULL_URI " .. fault end
  return full
end

-- The file changes, so it is read each time.
local function token_text()
  local fault = environment.fault("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
  if fault then return nil, fault end
  local path = variable "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
  if not path then return variable "AWS_CONTAINER_AUTHORIZATION_TOKEN" end
  local text, why = shared_files.read(path)
  if not text then return nil, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: " .. tostring(why) end
  return (text:gsub("[\r\n]+$", ""))
end

local function token()
  local text, why = token_text()
  if text and text:find "%c" then return nil, "the authorization token has control characters" end
  return text, why
end

--- Asks the server that the environment names.
-- @tparam table context of the search
-- @treturn table|nil|false nil when it names no server, false after a failure
-- @treturn string|nil why
function container.find(context)
  local url, why = address()
  if not url then return url, why end
  local authorization
  authorization, why = token()
  if why then return false, why end
  local status, text = request.insist(context, {
    url = url, method = "GET", proxy = "", connect_timeout_ms = CONNECT_MS,
    request_timeout_ms = REQUEST_MS,
    headers = { "Accept: application/json", authorization and "Authorization: " .. authorization },
  })
  if not status then return false, "container credentials: " .. text end
  if status ~= 200 then
    return false, ("container credentials: the server answered with status %d"):format(status)
  end
  local found
  found, why = json_reply.parse(text)
  return found or false, why and "container credentials: " .. why
end

return container
