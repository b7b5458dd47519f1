-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What each phase of nginx allows. Only for code that runs in nginx.
-- @module kinesis_exporter.nginx.phases

local ngx = _G.ngx

local phases = {}

-- Those in which ngx.sleep may yield. In ssl_client_hello and ssl_session_fetch it may only
-- in an nginx with OpenResty's patches; elsewhere it would end the connection.
local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true,
  precontent = true, preread = true, ssl_cert = true, proxy_ssl_cert = true,
  proxy_ssl_verify = true,
}

-- Those in which a request can be answered.
local ANSWERING = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true,
}

--- Refuses the phases that cannot wait.
-- @tparam string what for
-- @treturn boolean|nil
-- @treturn string|nil message
-- @treturn string|nil the code "phase"
function phases.check_wait(what)
  local phase = ngx.get_phase()
  if YIELDING[phase] then return true end
  return nil, ("%s waits for Redis, which cannot be done in nginx's phase %s: call it from a "
    .. "request's rewrite, access or content phase, or in ngx.timer.at(0, ...)"):format(what,
    phase), "phase"
end

--- Why no HTTP request can be answered here.
-- @treturn string|nil nil when one can
function phases.why_no_answer()
  if ngx.config.subsystem == "stream" then return "there are no HTTP requests in stream {}" end
  local phase = ngx.get_phase()
  if ANSWERING[phase] then return nil end
  return "requests cannot be answered in the phase " .. phase
end

--- Refuses the master process, whose threads its workers do not inherit.
-- @treturn boolean|nil
-- @treturn string|nil message
-- @treturn string|nil the code "phase"
function phases.check_worker()
  if ngx.get_phase() ~= "init" then return true end
  return nil, "nothing can be recorded in nginx's phase init: it runs in the master process, "
    .. "configure the exporter there and record in its workers", "phase"
end

return phases
