-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The doctor's findings: a list of `{ name =, level =, message = }`. A level is "ok", "warning" or
-- "failed".
-- @module kinesis_exporter.doctor.findings

local findings = {}

---@class kinesis_exporter.Findings
local Findings = {}
Findings.__index = Findings

local function with_level(level)
  return function(self, name, format, ...)
    local message = select("#", ...) > 0 and format:format(...) or format
    self.list[#self.list + 1] = { name = name, level = level, message = message }
  end
end

--- Adds a finding: all is well.
-- @tparam string name of what was looked at
-- @tparam string format as for string.format, if arguments follow
Findings.ok = with_level "ok"

--- Adds a finding: this may become a problem.
-- @tparam string name
-- @tparam string format
Findings.warn = with_level "warning"

--- Adds a finding: this must be corrected.
-- @tparam string name
-- @tparam string format
Findings.fail = with_level "failed"

--- Makes an empty list of findings.
-- @treturn kinesis_exporter.Findings
function findings.new()
  return setmetatable({ list = {} }, Findings)
end

--- A length of time as text for people.
-- @tparam number seconds
-- @treturn string
function findings.span(seconds)
  if seconds < 120 then return ("%.0f s"):format(seconds) end
  if seconds < 7200 then return ("%.0f min"):format(seconds / 60) end
  if seconds < 172800 then return ("%.0f h"):format(seconds / 3600) end
  return ("%.0f days"):format(seconds / 86400)
end

return findings
