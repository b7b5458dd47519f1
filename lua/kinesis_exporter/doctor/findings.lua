-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What a doctor has found: a list of `{ name =, level =, message = }`, of which the
-- level is "ok", "warning" or "failed".
-- @module kinesis_exporter.doctor.findings

local findings = {}

---@class kinesis_exporter.Findings
local Findings = {}
Findings.__index = Findings

local function adder(level)
  return function(self, name, format, ...)
    local message = select("#", ...) > 0 and format:format(...) or format
    self.list[#self.list + 1] = { name = name, level = level, message = message }
  end
end

--- Notes that something is as it should be.
-- @tparam string name of what was looked at
-- @tparam string format as for string.format, if arguments follow
Findings.ok = adder "ok"

--- Notes something that may become a problem.
-- @tparam string name
-- @tparam string format
Findings.warn = adder "warning"

--- Notes something that has to be mended.
-- @tparam string name
-- @tparam string format
Findings.fail = adder "failed"

--- No findings yet.
-- @treturn kinesis_exporter.Findings
function findings.new()
  return setmetatable({ list = {} }, Findings)
end

--- A span of time for people.
-- @tparam number seconds
-- @treturn string
function findings.span(seconds)
  if seconds < 120 then return ("%.0f s"):format(seconds) end
  if seconds < 7200 then return ("%.0f min"):format(seconds / 60) end
  if seconds < 172800 then return ("%.0f h"):format(seconds / 3600) end
  return ("%.0f days"):format(seconds / 86400)
end

return findings
