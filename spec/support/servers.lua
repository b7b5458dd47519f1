-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The servers that specs talk to. Each is a process on a free port, which ends with stop() or when
-- this Lua ends: a redis-server, the Firehose stand-in (firehose.py), and kinesalite.

local cjson = require "cjson"
local processes = require "processes"

local servers = {}

local here = processes.here()
local quote = processes.quote

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

local function add_all(list, more)
  for _, item in ipairs(more or {}) do list[#list + 1] = item end
  return list
end

local function redis_words(options, directory)
  local words = { "redis-server", "--bind", "127.0.0.1", "--port", options.port or "{port}",
    "--dir", directory, "--unixsocket", directory .. "/redis.sock", "--save", "",
    "--appendonly", "no" }
  if options.password then add_all(words, { "--requirepass", options.password }) end
  if options.tls then
    add_all(words, { "--tls-port", "{port2}", "--tls-auth-clients", "no", "--tls-ca-cert-file",
      options.tls.ca, "--tls-cert-file", options.tls.good.cert, "--tls-key-file",
      options.tls.good.key })
  end
  add_all(words, options.args)
  return options.clock and add_all(add_all({}, options.clock.words), words) or words
end

local function redis_client(server, options)
  local client = "redis-cli -s " .. quote(server.socket)
  if options.password then
    client = "REDISCLI_AUTH=" .. quote(options.password) .. " " .. client
  end
  return client
end

-- A private redis-server that keeps nothing on disk. Options: `args` (more words for its command
-- line), `password`, `tls` (of certificates.make), `port` and `directory` (to bring a stopped one
-- back where it was), `clock` (of clocks.new). Gives url, unix_url, tls_url, socket, port, pid,
-- stop(), signal(name); cli(word, ...) -> lines that redis-cli prints; pipe(text) sends inline
-- commands or protocol in bulk and raises if Redis refuses one.
function servers.start_redis(options)
  options = options or {}
  local directory = options.directory or processes.temporary_directory()
  local socket = directory .. "/redis.sock"
  local ping = "redis-cli -s " .. quote(socket) .. " ping 2>&1"
  local redis = processes.start(redis_words(options, directory), function()
    local answer = processes.output(ping)
    return answer == "PONG" or answer:match("^NOAUTH")
  end, { directory = directory })
  redis.socket = socket
  redis.port = options.port or redis.port
  local user = options.password and ":" .. options.password .. "@" or ""
  redis.url = ("redis://%s127.0.0.1:%s/0"):format(user, redis.port)
  redis.unix_url = "unix://" .. (options.password and ":" .. options.password .. "@" or "")
    .. socket .. "?db=0"
  redis.tls_url = options.tls and ("rediss://%s127.0.0.1:%s/0"):format(user, redis.port2)
  local client = redis_client(redis, options)

  function redis.cli(...)
    return lines_of(processes.output(client .. " " .. quote { ... } .. " 2>&1") .. "\n")
  end

  function redis.pipe(text)
    local code, out, err = processes.run(client .. " --pipe", { stdin = text })
    assert(code == 0 and out:match("errors: 0,"), out .. err)
  end

  local stop = redis.stop
  function redis.stop()
    stop()
    if not options.directory then processes.remove_directory(directory) end
  end
  return redis
end

local function post(url, path, body)
  -- A proxy that a spec sets up is for the exporter, not for these calls.
  local words = { "curl", "-q", "-sS", "-k", "--noproxy", "*", "--max-time", "120",
                  "--fail-with-body", url .. path }
  if body then add_all(words, { "-H", "Expect:", "--data-binary", "@-" }) end
  local code, out, err = processes.run(words, { stdin = body })
  if code ~= 0 then error(("%s: %s%s"):format(path, out, err), 3) end
  return out
end

-- The Firehose stand-in. Options: `args` (words for its command line; see firehose.py) and `tls`,
-- a { cert =, key = }. Gives url, port, pid, stop(), signal(name);
-- control(name [, json]) asks for or posts to /_control/NAME (a table is encoded; the answer is
-- decoded); fault(table) orders a fault; events() -> every stored event; raw() -> the stored
-- bytes; stats(); reset().
function servers.start_firehose(options)
  options = options or {}
  local words = { "/usr/bin/python3", here .. "servers/firehose.py", "--no-stdin" }
  if options.tls then add_all(words, { "--cert", options.tls.cert, "--key", options.tls.key }) end
  local firehose = processes.start(add_all(words, options.args), function(server)
    server.port = server.output():match("listening (%d+)\n")
    return server.port
  end)
  firehose.url = (options.tls and "https" or "http") .. "://127.0.0.1:" .. firehose.port

  function firehose.control(name, json)
    if type(json) == "table" then json = cjson.encode(json) end
    return cjson.decode(post(firehose.url, "/_control/" .. name, json))
  end
  function firehose.fault(order) return firehose.control("faults", order) end
  function firehose.stats() return firehose.control("stats") end
  function firehose.reset() return firehose.control("reset", "{}") end
  function firehose.raw() return post(firehose.url, "/_control/events") end
  function firehose.events() return lines_of(firehose.raw()) end
  return firehose
end

-- A proxy that spoils the connections to a Redis (see redis_proxy.py). Options: `redis`, one of
-- start_redis; `seed` (1); `chance` (0) of a fault on a connection; `kinds`, a list of those that
-- come by chance (all). Gives unix_url, pid, stop(); order(kind, bytes) for the next connection,
-- hold(word) for the next request with that word in it, release() for what is held, heal() and
-- stats(); they give the faults so far.
function servers.start_redis_proxy(options)
  local directory = processes.temporary_directory()
  local path, control = directory .. "/proxy.sock", directory .. "/control.sock"
  local words = { "/usr/bin/python3", here .. "servers/redis_proxy.py", path, options.redis.socket,
                  control, options.seed or 1, options.chance or 0 }
  local proxy = processes.start(add_all(words, options.kinds), function(started)
    return started.output():match "ready\n"
  end, { directory = directory })
  proxy.unix_url = "unix://" .. path .. "?db=0"

  local function call(what)
    local code, out, err = processes.run { "curl", "-q", "-sS", "--unix-socket", control,
                                           "http://proxy/" .. what }
    assert(code == 0, err)
    return cjson.decode(out)
  end
  function proxy.order(kind, bytes) return call(("order/%s/%d"):format(kind, bytes or 0)) end
  function proxy.hold(word) return call("hold/" .. word) end
  function proxy.release() return call "release" end
  function proxy.heal() return call "heal" end
  function proxy.stats() return call "stats" end

  local stop = proxy.stop
  function proxy.stop()
    stop()
    processes.remove_directory(directory)
  end
  return proxy
end

local signed_enough = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/kinesis/"
  .. "aws4_request, SignedHeaders=host, Signature=0"

local function kinesis_call(url, operation, request)
  local code, out, err = processes.run({ "curl", "-q", "-sS", "-k", "--noproxy", "*",
    "-H", "Content-Type: application/x-amz-json-1.1",
    "-H", "X-Amz-Target: Kinesis_20131202." .. operation,
    "-H", "X-Amz-Date: 20260101T000000Z", "-H", "Authorization: " .. signed_enough,
    "--data-binary", "@-", url }, { stdin = cjson.encode(request) })
  assert(code == 0, err)
  local answer = out ~= "" and cjson.decode(out) or {}
  if answer.__type then error(operation .. ": " .. out, 3) end
  return answer
end

local function read_kinesis(url, stream, ...)
  local code, out, err = processes.run { "/usr/bin/python3", here .. "servers/kinesis_read.py", url,
                                         stream, ... }
  assert(code == 0, err)
  return out
end

-- An independent Kinesis Data Streams, from npm: kinesalite. It was chosen over kinesis-local after
-- trying both. It enforces the service's limits (500 records, 1 MiB a record) with the service's
-- error codes, where kinesis-local takes 501 records and 6 MB; it is ready in 0.2 s, needs 160 MB
-- and takes a 5 MB call in 0.5 s, against 0.9 s, 1.1 GB and 3.9 s. It wants a complete
-- Authorization header but verifies no signature, and never throttles: for those there is the
-- stand-in.
--
-- Options: `args`, words for its command line (--ssl: TLS with its own certificate). Gives url,
-- port, pid, stop(), signal(name); create(stream, shards) makes a stream and waits until it is
-- active; read_all(stream) -> events, shard after shard; records(stream) -> for each record
-- { shard =, partition_key =, bytes =, events = }.
function servers.start_kinesis(options)
  local cli = here .. "../../node_modules/kinesalite/cli.js"
  assert(io.open(cli), "kinesalite is missing: run npm ci"):close()
  local words = { "node", cli, "--port", "{port}", "--createStreamMs", "10", "--shardLimit", "100" }
  local kinesis = processes.start(add_all(words, options and options.args), function(server)
    server.scheme = server.output():match("Listening at (https?)://")
    return server.scheme
  end)
  kinesis.url = kinesis.scheme .. "://127.0.0.1:" .. kinesis.port

  function kinesis.create(stream, shards)
    kinesis_call(kinesis.url, "CreateStream", { StreamName = stream, ShardCount = shards or 1 })
    processes.wait_until(function()
      local seen = kinesis_call(kinesis.url, "DescribeStreamSummary", { StreamName = stream })
      return seen.StreamDescriptionSummary.StreamStatus == "ACTIVE"
    end, 20, "stream " .. stream)
  end
  function kinesis.read_all(stream) return lines_of(read_kinesis(kinesis.url, stream)) end
  function kinesis.records(stream)
    return cjson.decode(read_kinesis(kinesis.url, stream, "--records"))
  end
  return kinesis
end

return servers
