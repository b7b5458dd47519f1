-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The addresses of the services that return credentials, and the parameters of requests to them.
-- @module kinesis_exporter.credentials.endpoint

local environment = require "kinesis_exporter.credentials.environment"

local variable = environment.variable

local endpoint = {}

local SERVICES = {
  STS = { host = "sts", variable = "AWS_ENDPOINT_URL_STS" },
  SSO = { host = "portal.sso", variable = "AWS_ENDPOINT_URL_SSO" },
}

-- Regions in which "legacy" means the global endpoint of STS (AWS SDKs and Tools Reference Guide,
-- "AWS STS Regional endpoints").
local EARLY = {}
for name in ([[ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1
  eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1
  us-west-2]]):gmatch "%S+" do
  EARLY[name] = true
end

--- The address of a service.
-- @tparam string service "STS" or "SSO"
-- @tparam string region
-- @tparam[opt] string regional for STS: "regional", or "legacy" for the global endpoint
-- @treturn string|nil without a slash at its end
-- @treturn string the region for its signatures, or what is wrong
function endpoint.url(service, region, regional)
  local own = SERVICES[service]
  local fault = environment.fault(variable(own.variable) and own.variable or "AWS_ENDPOINT_URL")
  if fault then return nil, fault end
  local given = variable(own.variable) or variable "AWS_ENDPOINT_URL"
  if given then return (given:gsub("/+$", "")), region end
  if not region:find "^[%w-]+$" then return nil, "the region is not a region name" end
  if regional == "legacy" and EARLY[region] then return "https://sts.amazonaws.com", "us-east-1" end
  local domain = region:find "^cn%-" and "amazonaws.com.cn" or "amazonaws.com"
  return ("https://%s.%s.%s"):format(own.host, region, domain), region
end

local function escape(text)
  return (text:gsub("[^%w%-._~]", function(char) return ("%%%02X"):format(char:byte()) end))
end

--- Parameters as a form or a query, sorted by name, so that a request is the same each time.
-- @tparam table parameters
-- @treturn string
function endpoint.form(parameters)
  local names, out = {}, {}
  for name in pairs(parameters) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do out[i] = name .. "=" .. escape(tostring(parameters[name])) end
  return table.concat(out, "&")
end

return endpoint
