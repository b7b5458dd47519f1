-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Where the module runs.
-- @module kinesis_exporter.util.platform

local ngx = _G.ngx

local platform = {}

--- Is this nginx, where code waits only by yielding? The threads of ngx.run_worker_thread have no
-- timers; there the module waits as in plain Lua.
-- @treturn boolean
function platform.in_nginx()
  return ngx ~= nil and ngx.config ~= nil and ngx.get_phase ~= nil and ngx.timer ~= nil
    and ngx.worker ~= nil
end

return platform
