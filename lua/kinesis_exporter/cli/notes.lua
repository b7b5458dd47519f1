-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What commands say when exporting is off or another exporter holds the lock.
-- @module kinesis_exporter.cli.notes

local notes = {}

local function holder(exporter)
  local status = exporter:status()
  if not (status and status.lock) then return "" end
  local ttl = status.lock_ttl_ms
  local left = ttl and ttl >= 0 and (", %d s left"):format(math.ceil(ttl / 1000)) or ""
  return (" (%s%s)"):format(status.lock, left)
end

--- The note about an outcome.
-- @tparam table exporter
-- @tparam string|nil outcome
-- @treturn string|nil nil when there is nothing to say
function notes.note(exporter, outcome)
  if outcome == "disabled" then return "exporting is off: run kinesis-exporter enable" end
  if outcome ~= "locked" then return nil end
  return "another exporter holds the lock" .. holder(exporter) .. ": try again later"
end

return notes
