-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Text and numbers for HTML.
-- @module kinesis_exporter.status.escape

local escape = {}

local ENTITIES = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

--- Escapes text for HTML, also for the quotes of an attribute.
-- @param value
-- @treturn string
function escape.html(value)
  return (tostring(value):gsub("[&<>\"']", ENTITIES):gsub("%c", " "))
end

--- A whole number with separators: "1,234,567".
-- @tparam number n
-- @treturn string
function escape.count(n)
  local sign, digits = ("%.0f"):format(n):match "^(%-?)(%d+)$"
  return sign .. digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
end

return escape
