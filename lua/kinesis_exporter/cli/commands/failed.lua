-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter failed`.
-- @module kinesis_exporter.cli.commands.failed

local kept_items = require "kinesis_exporter.cli.commands.kept_items"

return kept_items.commands("failed_jobs", {
  size = "failed", list = "jobs", columns = { "time", "attempts", "error", "job" },
})
