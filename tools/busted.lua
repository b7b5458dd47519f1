-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Busted inside the interpreter that was started, wherever it is installed:
-- the busted command starts whichever Lua its first line names.

require "busted.runner" { standalone = false }
