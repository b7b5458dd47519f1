-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Content negotiation: the format that a client wants (RFC 9110, section 12.5.1).
-- @module kinesis_exporter.nginx.negotiate

local negotiate = {}

-- The formats; among equals the first one is preferred. Prometheus asks for OpenMetrics first.
local FORMATS = {
  { name = "html", types = { "text/html" } },
  { name = "json", types = { "application/json" } },
  { name = "prometheus", types = { "text/plain", "application/openmetrics-text" } },
}

local NAMES = { html = true, json = true, prometheus = true }

local function quality_of(parameters)
  local q = parameters:match ";%s*[qQ]%s*=%s*([%d.]+)"
  return math.min(tonumber(q) or 1, 1)
end

-- How well a media range of the header fits a type, from 3 (exactly) to 0 (not at all).
local function fit(range, media_type)
  if range == media_type then return 3 end
  if range == media_type:match "^[^/]+" .. "/*" then return 2 end
  return range == "*/*" and 1 or 0
end

-- The quality that the most specific range gives to a type, and how specific this range is.
local function quality(ranges, media_type)
  local best, found = 0, 0
  for _, range in ipairs(ranges) do
    local how = fit(range.type, media_type)
    if how > best then best, found = how, range.q end
  end
  return found, best
end

local function ranges_of(header)
  local ranges = {}
  for item in header:gmatch "[^,]+" do
    local media_type, parameters = item:match "^%s*([^;%s]+)(.*)$"
    if media_type then
      ranges[#ranges + 1] = { type = media_type:lower(), q = quality_of(parameters) }
    end
  end
  return ranges
end

local function best_format(header)
  local ranges, best, most, closest = ranges_of(header), nil, 0, 0
  for _, format in ipairs(FORMATS) do
    for _, media_type in ipairs(format.types) do
      local q, how = quality(ranges, media_type)
      if q > most or (q > 0 and q == most and how > closest) then
        best, most, closest = format.name, q, how
      end
    end
  end
  return best
end

--- Chooses a format.
-- @tparam string|nil name the request's argument `format`
-- @tparam string|nil header its Accept header
-- @treturn string|nil "html", "json" or "prometheus"
-- @treturn int|nil the HTTP status when there is no format
-- @treturn string|nil why there is no format
function negotiate.choose(name, header)
  if name then
    if NAMES[name] then return name end
    return nil, 400, "format must be html, json or prometheus"
  end
  if not header or header:find "^%s*$" then return "html" end
  local found = best_format(header)
  if found then return found end
  return nil, 406, "the formats are text/html, application/json and text/plain (Prometheus)"
end

return negotiate
