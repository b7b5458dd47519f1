-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A busted helper: the collector never rests. What a C function keeps without anchoring it is gone
-- before it is used.

collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000)
debug.sethook(function() collectgarbage() end, "", 50000)
