-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Roles, for which AWS's Security Token Service gives credentials (API version
-- 2011-06-15, whose answers are XML).
-- @module kinesis_exporter.aws_sts

local reply = require "kinesis_exporter.aws_reply"
local variable = require("kinesis_exporter.aws_environment").variable
local wait = require "kinesis_exporter.aws_wait"

local sts = {}

local FORM = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

local LONGEST = 300

local function tag(text, name)
  local value = text:match("<" .. name .. ">%s*([^<]-)%s*</" .. name .. ">")
  return value and value:gsub("&(%a+);", ENTITIES) or nil
end

local function escape(text)
  return (text:gsub("[^%w%-._~]", function(char) return ("%%%02X"):format(char:byte()) end))
end

-- In the order of their names, so that a request is the same each time.
local function form(parameters)
  local names, out = {}, {}
  for name in pairs(parameters) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do out[i] = name .. "=" .. escape(tostring(parameters[name])) end
  return table.concat(out, "&")
end

local function endpoint(region)
  local given = variable "AWS_ENDPOINT_URL_STS" or variable "AWS_ENDPOINT_URL"
  if given then return given end
  if not region:find "^[%w-]+$" then return nil, "the region is no name of a region" end
  return ("https://sts.%s.amazonaws.com%s/"):format(region, region:find "^cn%-" and ".cn" or "")
end

local function refusal(status, text)
  local code = tag(text, "Code")
  if not code then return ("STS answered with status %d"):format(status) end
  local message = (tag(text, "Message") or ""):gsub("%c", " "):sub(1, LONGEST)
  return ("STS refused it: %s: %s"):format(code, message)
end

local function read(text)
  return reply.credentials {
    AccessKeyId = tag(text, "AccessKeyId"), SecretAccessKey = tag(text, "SecretAccessKey"),
    SessionToken = tag(text, "SessionToken"), Expiration = tag(text, "Expiration"),
  }
end

--- Asks for a role's credentials.
-- @tparam table context of the search
-- @tparam table parameters of the call, with its `Action`
-- @tparam table|nil signer credentials to sign with
-- @treturn table|false
-- @treturn string|nil why not
function sts.ask(context, parameters, signer)
  local region = context.settings.region or "us-east-1"
  local url, why = endpoint(region)
  if not url then return false, why end
  parameters.Version = "2011-06-15"
  parameters.RoleSessionName = parameters.RoleSessionName or "kinesis-exporter-" .. os.time()
  local status, text = wait.request_twice(context, {
    url = url, method = "POST", body = form(parameters), headers = not signer and { FORM } or nil,
    sign = signer and {
      access_key_id = signer.access_key_id, secret_access_key = signer.secret_access_key,
      session_token = signer.session_token, region = region, service = "sts",
    },
  })
  if not status then return false, "STS: " .. text end
  if status ~= 200 then return false, refusal(status, text) end
  local found
  found, why = read(text)
  if not found then return false, "STS: " .. why end
  return found
end

return sts
