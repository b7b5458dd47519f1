-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The commands of `kinesis-exporter rejected`.
-- @module kinesis_exporter.cli.commands.rejected

local kept_items = require "kinesis_exporter.cli.commands.kept_items"

return kept_items.commands("rejected_events", {
  size = "rejected", list = "events", columns = { "time", "reason", "event" },
})
