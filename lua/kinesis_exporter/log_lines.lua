-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Log lines on standard error, for commands that run for long: UTC time, level,
-- text. Each is written at once and whole, for a journal or a pipe.
-- @module kinesis_exporter.log_lines

--- The `log` option of an exporter.
-- @tparam string level
-- @tparam string message
return function(level, message)
  io.stderr:write(("%s %-5s %s\n"):format(os.date "!%Y-%m-%dT%H:%M:%SZ", level,
    (message:gsub("%c", " "))))
end
