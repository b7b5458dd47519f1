-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Known dangers for a background thread in nginx while it runs: forks, signals, and what the thread
-- inherits and passes on.

local helper = require "helper"
local nginx = require "nginx"
local processes = require "processes"
local serving = require "serving"

local MANY = 500

describe("in nginx, the background thread", function()
  local world = serving.world()
  local keys = world.keys

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)
  after_each(world.end_server)

  it("is started by the first use after the fork, never by the master", function()
    world.serve({ http = ([[init_by_lua_block {
      local Exporter = require "kinesis_exporter"
      Exporter.configure %s
      Exporter.record "{}"
      Exporter.enabled()
    }]]):format(nginx.literal(world.settings())) }, false)
    assert.same({}, world.threads(world.server.master))
    assert.same({}, world.threads(world.worker()))
    world.record(MANY)
    world.wait_for_numbered(MANY)
    assert.equal(1, #world.threads(world.worker()))
    local old = world.worker()
    world.server.signal "HUP"
    world.wait_for_successors { old }
    assert.same({}, world.threads(world.server.master))
    assert.same({}, world.threads(world.worker()))
  end)

  it("starts again in a process that its own process has forked", function()
    world.serve()
    world.record(1)
    world.wait_for_numbered(1)
    world.server.run [[
      local ffi = require "ffi"
      ffi.cdef "int fork(void); void exit(int); int waitpid(int, int *, int);"
      local child = ffi.C.fork()
      if child == 0 then
        require("kinesis_exporter").record '{"n":"2"}'
        ffi.C.exit(0)
      end
      ffi.C.waitpid(child, nil, 0)
    ]]
    world.wait_for_numbered(2)
  end)

  it("runs on every processor, whichever its worker is bound to", function()
    world.serve { main = "worker_cpu_affinity 01;" }
    world.record(1)
    world.wait_for_numbered(1)
    local pid = world.worker()
    assert.equal("0", world.status(pid, "Cpus_allowed_list"))
    assert.equal(world.status(world.server.master, "Cpus_allowed_list"),
      world.status(pid, "Cpus_allowed_list", world.threads(pid)[1]))
  end)

  it("leaves signals to the worker", function()
    world.serve({ init_worker = "settings = " .. nginx.literal(world.settings()) }, false)
    local pid = world.worker()
    local fields = { "SigBlk", "SigIgn", "SigCgt" }
    local before = {}
    for i, field in ipairs(fields) do before[i] = world.signals(pid, field) end
    world.store_inbox(serving.numbered(10))
    assert.equal(10, (world.server.run [[
      local Exporter = require "kinesis_exporter"
      assert(Exporter.configure(settings))
      assert(Exporter.record "{}")
      return (assert(Exporter.flush_pending_events(10)))
    ]]))
    for i, field in ipairs(fields) do assert.equal(before[i], world.signals(pid, field), field) end
    local all = {}
    for number = 1, 31 do
      if number ~= 9 and number ~= 19 then all[#all + 1] = number end
    end
    local list = world.threads(pid)
    assert.equal(1, #list)
    assert.equal(table.concat(all, " "), world.signals(pid, "SigBlk", list[1]))
  end)

  -- Sockets of a process that are connected to a port.
  local function sockets(pid, port)
    local list = {}
    local remote, inode = (":%04X$"):format(port), "^" .. ("%s*%S+"):rep(9) .. "%s+(%d+)"
    for line in processes.read_file(("/proc/%d/net/tcp"):format(pid)):gmatch "[^\n]+" do
      local peer = line:match "^%s*%S+%s+%S+%s+(%S+)"
      if peer:find(remote) then list[#list + 1] = line:match(inode) end
    end
    return list
  end

  it("passes no connection on to children of the worker", function()
    world.serve({}, { redis = world.redis.url })
    world.record(10)
    helper.wait_until(function() return world.exists(keys.inbox) == 1 end)
    local child = world.server.run [[
      local Exporter = require "kinesis_exporter"
      assert(Exporter.flush_pending_events())
      local pipe = io.popen "ls -l /proc/self/fd"
      local text = pipe:read "*a"
      pipe:close()
      return text
    ]]
    local own = processes.output(("ls -l /proc/%d/fd"):format(world.worker()))
    for _, port in ipairs { world.redis.port, world.firehose.port } do
      local found = 0
      for _, inode in ipairs(sockets(world.worker(), tonumber(port))) do
        local name = ("socket:[%s]"):format(inode)
        if own:find(name, 1, true) then found = found + 1 end
        assert.is_nil(child:find(name, 1, true))
      end
      assert.is_true(found > 0)
    end
  end)
end)
