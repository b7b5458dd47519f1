-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Several Redis servers that belong together: a master with a replica, sentinels, a cluster.

local processes = require "processes"
local servers = require "servers"

local topologies = {}

local quote, wait_until = processes.quote, processes.wait_until
local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- Waits until a Redis has a replica that keeps up with it.
local function synchronized(master)
  local probe = "printf 'PUBLISH probe 1\\nWAIT 1 1000\\n' | redis-cli -s " .. quote(master.socket)
  wait_until(function() return processes.output(probe):match "\n1$" end, 30, "a replica")
end

-- Makes a Redis the replica of another one and waits until it has everything.
function topologies.join(replica, master)
  replica.cli("REPLICAOF", "127.0.0.1", master.port)
  synchronized(master)
end

-- Starts a replica of a Redis.
function topologies.replica(master)
  local replica = servers.start_redis()
  master.cli("CONFIG", "SET", "repl-diskless-sync-delay", "0")
  topologies.join(replica, master)
  return replica
end

-- A sentinel that knows `master` as mymaster. Options: `args`, `password`, `lines` of its
-- configuration, `tls` (then it speaks nothing else). Gives port, cli(word, ...), stop(),
-- watch(server) (from now on that one is mymaster), correct(server, seconds) (the same, a little
-- later), master() -> the port that it names.
function topologies.sentinel(master, options)
  options = options or {}
  local directory = processes.temporary_directory()
  local tls = options.tls
  local lines = {
    ("sentinel monitor mymaster 127.0.0.1 %s 1"):format(tls and master.port2 or master.port),
    "sentinel down-after-milliseconds mymaster 300",
    "sentinel failover-timeout mymaster 3000",
  }
  for _, line in ipairs(options.lines or {}) do lines[#lines + 1] = line end
  processes.write_file(directory .. "/sentinel.conf", table.concat(lines, "\n") .. "\n")
  local words = { "redis-server", directory .. "/sentinel.conf", "--sentinel", "--bind",
    "127.0.0.1", "--dir", directory, "--port", tls and "0" or "{port}" }
  if options.password then
    words[#words + 1], words[#words + 2] = "--requirepass", options.password
  end
  local client = "redis-cli"
  if tls then
    for _, word in ipairs { "--tls-port", "{port}", "--tls-replication", "yes",
        "--tls-auth-clients", "no", "--tls-ca-cert-file", tls.ca, "--tls-cert-file",
        tls.good.cert, "--tls-key-file", tls.good.key } do
      words[#words + 1] = word
    end
    client = client .. " --tls --cacert " .. quote(tls.ca)
  end
  if options.password then client = "REDISCLI_AUTH=" .. quote(options.password) .. " " .. client end

  local function ask(sentinel, ...)
    return processes.output(("%s -p %s %s 2>&1"):format(client, sentinel.port, quote { ... }))
  end
  local sentinel = processes.start(words, function(started)
    return ask(started, "PING") == "PONG"
  end, { directory = directory })

  function sentinel.cli(...)
    local list = {}
    for line in (ask(sentinel, ...) .. "\n"):gmatch "([^\n]*)\n" do list[#list + 1] = line end
    return list
  end
  function sentinel.master()
    return sentinel.cli("SENTINEL", "get-master-addr-by-name", "mymaster")[2]
  end
  function sentinel.watch(server)
    sentinel.cli("SENTINEL", "REMOVE", "mymaster")
    sentinel.cli("SENTINEL", "MONITOR", "mymaster", "127.0.0.1", server.port, "1")
  end
  -- Runs in the background, after this number of seconds.
  function sentinel.correct(server, seconds)
    os.execute(("(sleep %g; %s -p %s SENTINEL REMOVE mymaster; %s -p %s SENTINEL MONITOR mymaster "
      .. "127.0.0.1 %s 1) > /dev/null 2>&1 &"):format(seconds, client, sentinel.port, client,
      sentinel.port, server.port))
  end
  local stop = sentinel.stop
  function sentinel.stop()
    stop()
    processes.remove_directory(directory)
  end
  return sentinel
end

-- A master, a replica and a sentinel that watches them. Gives first, second, sentinel, url, stop();
-- fall() kills the master, and waits until the replica is the master: that.
function topologies.pair()
  local pair = { first = servers.start_redis() }
  function pair.stop()
    for _, name in ipairs { "sentinel", "second", "first" } do
      if pair[name] then pair[name].stop() end
    end
  end
  local fine, problem = pcall(function()
    pair.second = topologies.replica(pair.first)
    pair.sentinel = topologies.sentinel(pair.first)
    -- Without having heard of its replica a sentinel cannot promote it.
    wait_until(function()
      return table.concat(pair.sentinel.cli("SENTINEL", "REPLICAS", "mymaster"), " ")
        :find("master%-link%-status ok")
    end, 30, "a sentinel to know the replica")
  end)
  if not fine then
    pair.stop()
    error(problem, 2)
  end
  -- Nobody is at home at the first of the two.
  pair.url = ("redis+sentinel://127.0.0.1:1,127.0.0.1:%s/mymaster/0"):format(pair.sentinel.port)

  function pair.promoted()
    wait_until(function()
      return pair.sentinel.master() == pair.second.port and pair.second.cli("ROLE")[1] == "master"
    end, 30, "the failover")
    return pair.second
  end
  function pair.fall()
    pair.first.signal "KILL"
    return pair.promoted()
  end
  return pair
end

-- The hash slot of a key, as a node of a cluster says.
function topologies.slot(node, key)
  return tonumber(node.cli("CLUSTER", "KEYSLOT", key)[1])
end

-- What a node waits for before it serves depends on the timeout. Later it must not take a slow
-- machine for a dead node.
local function start_node()
  return servers.start_redis { args = { "--cluster-enabled", "yes", "--cluster-port", "{port2}",
                                        "--cluster-node-timeout", "500" } }
end

local function be_patient(node)
  node.cli("CONFIG", "SET", "cluster-node-timeout", "60000")
end

-- Waits until a node has met `n` nodes, itself included: it cannot follow a node that it does not
-- know.
local function wait_for_all(node, n)
  wait_until(function()
    local list = table.concat(node.cli("CLUSTER", "NODES"), "\n")
    return select(2, list:gsub(" connected", "")) == n and not list:find "handshake"
  end, 30, "the nodes of a cluster to meet")
end

local function meet(nodes)
  for i, node in ipairs(nodes) do
    node.id = node.cli("CLUSTER", "MYID")[1]
    node.cli("CLUSTER", "SET-CONFIG-EPOCH", tostring(i))
    node.cli("CLUSTER", "ADDSLOTSRANGE", tostring((i - 1) * 5461),
      tostring(i < 3 and i * 5461 - 1 or 16383))
    if i > 1 then node.cli("CLUSTER", "MEET", "127.0.0.1", nodes[1].port, nodes[1].port2) end
  end
  for _, node in ipairs(nodes) do
    wait_for_all(node, 3)
    wait_until(function()
      return table.concat(node.cli("CLUSTER", "INFO"), "\n"):find "cluster_state:ok"
    end, 30, "a cluster")
    be_patient(node)
  end
end

-- A cluster of three masters. Gives nodes (each with its id), stop(); owner(key) -> the node that
-- has it; move(key, node) takes the slot of a key there, with the keys in it; replica(node) starts
-- one, which has take_over().
function topologies.cluster()
  local cluster = { nodes = {} }
  function cluster.stop()
    for _, node in ipairs(cluster.nodes) do node.stop() end
  end
  local fine, problem = pcall(function()
    for i = 1, 3 do cluster.nodes[i] = start_node() end
    meet(cluster.nodes)
  end)
  if not fine then
    cluster.stop()
    error(problem, 2)
  end

  function cluster.owner(key)
    for _, node in ipairs(cluster.nodes) do
      if not node.cli("EXISTS", key)[1]:find "MOVED" then return node end
    end
  end

  function cluster.move(key, to)
    local from = cluster.owner(key)
    local slot = tostring(topologies.slot(from, key))
    to.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id)
    from.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id)
    local keys = from.cli("CLUSTER", "GETKEYSINSLOT", slot, "1000")
    if keys[1] ~= "" then
      from.cli("MIGRATE", "127.0.0.1", to.port, "", "0", "20000", "KEYS", unpack(keys))
    end
    for _, node in ipairs { to, from, cluster.nodes[1], cluster.nodes[2], cluster.nodes[3] } do
      node.cli("CLUSTER", "SETSLOT", slot, "NODE", to.id)
    end
  end

  function cluster.replica(master)
    local replica = start_node()
    master.cli("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    for _, node in ipairs(cluster.nodes) do
      replica.cli("CLUSTER", "MEET", "127.0.0.1", node.port, node.port2)
    end
    for _, node in ipairs { replica, unpack(cluster.nodes) } do wait_for_all(node, 4) end
    assert(replica.cli("CLUSTER", "REPLICATE", master.id)[1] == "OK")
    synchronized(master)
    be_patient(replica)
    function replica.take_over()
      replica.cli("CLUSTER", "FAILOVER", "TAKEOVER")
      wait_until(function() return replica.cli("ROLE")[1] == "master" end, 30, "a take-over")
    end
    return replica
  end
  return cluster
end

return topologies
