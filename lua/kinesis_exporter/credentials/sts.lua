-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Credentials of a role, from AWS's Security Token Service (API version 2011-06-15, with answers
-- in XML).
-- @module kinesis_exporter.credentials.sts

local endpoint = require "kinesis_exporter.credentials.endpoint"
local shared_files = require "kinesis_exporter.credentials.shared_files"
local json_reply = require "kinesis_exporter.credentials.json_reply"
local variable = require("kinesis_exporter.credentials.environment").variable
local request = require "kinesis_exporter.credentials.request"

local sts = {}

local FORM = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

-- The most bytes of an error message of STS that a message shows.
local LONGEST = 300

local function tag(text, name)
  local value = text:match("<" .. name .. ">%s*([^<]-)%s*</" .. name .. ">")
  return value and value:gsub("&(%a+);", ENTITIES) or nil
end

-- The regional endpoint, unless the profile or the environment chooses the global one.
local function place(context)
  local region = context.settings.region or "us-east-1"
  local profile = context.files.merged[shared_files.profile_name(context.settings)] or {}
  return endpoint.url("STS", region,
    variable "AWS_STS_REGIONAL_ENDPOINTS" or profile.sts_regional_endpoints)
end

local function refusal(status, text)
  local code = tag(text, "Code")
  if not code then return ("STS answered with status %d"):format(status) end
  local message = (tag(text, "Message") or ""):gsub("%c", " "):sub(1, LONGEST)
  return ("STS refused it: %s: %s"):format(code, message)
end

local function read(text)
  return json_reply.credentials {
    AccessKeyId = tag(text, "AccessKeyId"), SecretAccessKey = tag(text, "SecretAccessKey"),
    SessionToken = tag(text, "SessionToken"), Expiration = tag(text, "Expiration"),
  }
end

local function sign_with(signer, region)
  if not signer then return nil end
  return {
    access_key_id = signer.access_key_id, secret_access_key = signer.secret_access_key,
    session_token = signer.session_token, region = region, service = "sts",
  }
end

--- Asks for a role's credentials.
-- @tparam table context of the search, with `files`
-- @tparam table parameters of the call, with its `Action`
-- @tparam table|nil signer credentials to sign with
-- @treturn table|false
-- @treturn string|nil why not
function sts.ask(context, parameters, signer)
  local url, region = place(context)
  if not url then return false, region end
  parameters.Version = "2011-06-15"
  parameters.RoleSessionName = parameters.RoleSessionName or "kinesis-exporter-" .. os.time()
  local status, text = request.insist(context, {
    url = url .. "/", body = endpoint.form(parameters), headers = not signer and { FORM } or nil,
    sign = sign_with(signer, region),
  })
  if not status then return false, "STS: " .. text end
  if status ~= 200 then return false, refusal(status, text) end
  local found, why = read(text)
  if not found then return false, "STS: " .. why end
  return found
end

return sts
