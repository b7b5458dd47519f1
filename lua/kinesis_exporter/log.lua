-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Calls the `log` option, if there is one.
-- @module kinesis_exporter.log

--- @tparam table this what is behind an exporter
-- @tparam string level "info", "warn" or "error"
-- @tparam string format as for string.format, with its arguments after it
return function(this, level, format, ...)
  if this.settings.log then this.settings.log(level, format:format(...)) end
end
