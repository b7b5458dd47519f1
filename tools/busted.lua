-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Runs busted in the Lua that runs this file. The busted command would start the Lua that its own
-- first line names.

require "busted.runner" { standalone = false }
