-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- boto3's put_record_batch for specs of the Firehose stand-in: firehose_client.py as a function.

local cjson = require "cjson"
local processes = require "processes"

local firehose_client = {}

-- Gives put(order) -> outcome, both tables as firehose_client.py documents them, and stop().
-- `url` is called where an order names no other.
function firehose_client.start(url)
  local client = processes.start(
    { "/usr/bin/python3", processes.here() .. "servers/firehose_client.py" },
    function(server)
      server.port = server.output():match("listening (%d+)\n")
      return server.port
    end)

  function client.put(order)
    order.url = order.url or url
    local code, out, err = processes.run({ "curl", "-q", "-sS", "--noproxy", "*", "--data-binary",
      "@-", "http://127.0.0.1:" .. client.port }, { stdin = cjson.encode(order) })
    assert(code == 0, err)
    return cjson.decode(out)
  end
  return client
end

return firehose_client
