-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What each phase of nginx allows. Only for code that runs in nginx.
-- @module kinesis_exporter.nginx.phases

local ngx = _G.ngx

local phases = {}

-- The phases in which ngx.sleep may yield. ssl_client_hello and ssl_session_fetch are left out:
-- there it may yield only in an nginx with OpenResty's patches, and ends the connection in others.
local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true,
  precontent = true, preread = true, ssl_cert = true, proxy_ssl_cert = true,
  proxy_ssl_verify = true,
}

-- The phases in which a request can be answered.
local ANSWERING = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true,
}

--- Refuses the phases that cannot wait.
-- @tparam string what the name of the call, for the message
-- @treturn boolean|nil
-- @treturn string|nil message
-- @treturn string|nil the code "phase"
function phases.check_wait(what)
  local phase = ngx.get_phase()
  if YIELDING[phase] then return true end
  return nil, ("%s waits for Redis, and nginx's phase %s cannot wait: call it from a "
    .. "request's rewrite, access or content phase, or in ngx.timer.at(0, ...)"):format(what,
    phase), "phase"
end

--- Why HTTP requests cannot be answered here.
-- @treturn string|nil nil when one can
function phases.why_no_answer()
  if ngx.config.subsystem == "stream" then return "there are no HTTP requests in stream {}" end
  local phase = ngx.get_phase()
  if ANSWERING[phase] then return nil end
  return "requests cannot be answered in the phase " .. phase
end

--- Refuses the master process, because worker processes do not inherit its threads.
-- @treturn boolean|nil
-- @treturn string|nil message
-- @treturn string|nil the code "phase"
function phases.check_worker()
  if ngx.get_phase() ~= "init" then return true end
  return nil, "nothing can be recorded in nginx's phase init, which runs in the master process: "
    .. "configure the exporter there and record in its workers", "phase"
end

return phases
