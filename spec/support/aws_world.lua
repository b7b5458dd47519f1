-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What specs of the search for credentials share: the stand-in (aws_server.py), an environment that
-- replaces the one of this process, and searches that run to their end.

local Cached = require "kinesis_exporter.credentials.cached"
local cjson = require "cjson"
local config = require "kinesis_exporter.config"
local core = require "kinesis_exporter.core"
local processes = require "processes"

local aws_world = {}

local real = os.getenv

-- Sets the variables that the module sees: those of the machine are hidden, and no real metadata
-- service can be reached.
function aws_world.set(variables)
  local seen = {
    HOME = "/nonexistent", AWS_EC2_METADATA_DISABLED = "true",
    AWS_CONFIG_FILE = "/nonexistent/config", AWS_SHARED_CREDENTIALS_FILE = "/nonexistent/keys",
  }
  for name, value in pairs(variables) do seen[name] = value or nil end
  os.getenv = function(name) return seen[name] end -- luacheck: ignore 122
  return seen
end

function aws_world.reset()
  os.getenv = real -- luacheck: ignore 122
end

-- `tls`: { cert = FILE, key = FILE }, for a server with TLS.
function aws_world.start(tls)
  local server = processes.start({ "/usr/bin/python3", processes.here() .. "servers/aws_server.py",
    tls and tls.cert, tls and tls.key }, function(own)
    own.port = own.output():match "listening (%d+)\n"
    return own.port
  end)
  server.url = (tls and "https" or "http") .. "://127.0.0.1:" .. server.port

  -- Every request since the last time.
  function server.log()
    return cjson.decode(processes.output("curl -q -sS --noproxy '*' " .. server.url .. "/log"))
  end
  return server
end

-- Settings like those of an exporter.
function aws_world.settings(settings)
  local complete = {
    region = "eu-west-1", connect_timeout_ms = 5000, request_timeout_ms = 20000,
  }
  for name, value in pairs(settings or {}) do complete[name] = value end
  return complete
end

-- Sends the requests of searches. It does not reach a Redis.
local own

function aws_world.core()
  own = own or assert(core.new(config.complete({ redis = "redis://127.0.0.1:1" })))
  return own
end

-- Runs a search to its end: credentials, or nil, message and code; then the number of its steps.
function aws_world.find(settings, ms)
  local cached, steps = Cached.new(aws_world.settings(settings), aws_world.core()), 0
  local found, message, code
  repeat
    found, message, code = cached:step(ms or 20)
    steps = steps + 1
  until found ~= false
  return found, message, code, steps
end

-- What botocore finds when HOME is `home`, for each case: a case has `env` and perhaps `profile`.
function aws_world.botocore(cases, home)
  local code, out, err = processes.run(
    { "/usr/bin/python3", processes.here() .. "servers/aws_resolve.py" },
    { stdin = cjson.encode(cases), seconds = 60, env = { HOME = home } })
  assert(code == 0, err)
  return cjson.decode(out)
end

return aws_world
