-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- wrk -s examples/nginx/requests.lua http://127.0.0.1:8080
--
-- Sends requests to the gateway of this folder.

-- luacheck: globals wrk setup init request number

local APPLICATIONS = 40
local PATHS = {
  "/search?q=lua", "/search?q=redis", "/read/1", "/read/2", "/read/3", "/write/1", "/about",
  "/read/missing", "/write/full",
}

local threads = 0

-- Gives each thread a number of its own.
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  math.randomseed(os.time() + number)
end

-- Some applications are busier than others. One of twenty requests has no valid key.
function request()
  local application = math.floor(APPLICATIONS * math.random() ^ 2) + 1
  local key = math.random(20) == 1 and "guessed" or ("key-%02d"):format(application)
  local path = PATHS[math.random(#PATHS)]
  if math.random(2) == 1 then
    return wrk.format("GET", path, { ["X-User-Key"] = key })
  end
  return wrk.format("GET", path .. (path:find "?" and "&" or "?") .. "user_key=" .. key)
end
