-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A busted helper that lets the garbage collector run all the time. A value that a C function keeps
-- without a reference is collected before it is used.

collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000)
debug.sethook(function() collectgarbage() end, "", 50000)
