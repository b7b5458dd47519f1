-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Requests of the credential providers. A provider runs in a coroutine. Each resume passes the
-- time in milliseconds that the coroutine may wait.
-- @module kinesis_exporter.credentials.request

local request = {}

-- A request that the core performs; in nginx in the engine's thread, because DNS look-ups and
-- reading certificates take time.
local Request = {}
Request.__index = Request

function Request:step(ms) return self.core:response(ms) end
function Request:close() self.core:end_request() end

-- The longest request to AWS. Requests to this machine have limits of their own.
local REQUEST_MS = 20000

--- Waits for the end of a request or a subprocess.
-- @tparam table context of the search; holds what is under way
-- @tparam table|userdata thing with `step` and `close`
-- @return the results of its last step: status and text, or nil and a message
function request.finish(context, thing)
  context.under_way = thing
  local status, text = thing:step(0)
  while status == false do status, text = thing:step(coroutine.yield()) end
  context.under_way = nil
  thing:close()
  return status, text
end

--- Sends a request and waits for the answer.
-- @tparam table context
-- @tparam table order as core:request takes it; the exporter's settings complete it
-- @treturn int|nil status
-- @treturn string body, or the message
function request.send(context, order)
  local settings = context.settings
  order.connect_timeout_ms = order.connect_timeout_ms or settings.connect_timeout_ms
  order.request_timeout_ms = order.request_timeout_ms
    or math.min(settings.request_timeout_ms, REQUEST_MS)
  order.ca_file = settings.ca_file
  order.proxy = order.proxy or settings.proxy
  local begun, message = context.core:request(order)
  if not begun then return nil, message end
  return request.finish(context, setmetatable({ core = context.core }, Request))
end

--- Sends a request, and repeats it after no answer or a server error.
-- @tparam table context
-- @tparam table order
-- @tparam[opt] int attempts in all (2)
-- @treturn int|nil status
-- @treturn string body, or the message
function request.insist(context, order, attempts)
  local status, text
  for _ = 1, attempts or 2 do
    status, text = request.send(context, order)
    if status and status < 500 then return status, text end
  end
  return status, text
end

return request
