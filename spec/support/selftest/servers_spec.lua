-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The servers that the other specs lean on, and how they are run.

local certificates = require "certificates"
local helper = require "helper"
local processes = require "processes"
local servers = require "servers"

local json = helper.json

describe("the private Redis", function()
  it("answers on its port and its socket, and comes back where it was", function()
    local directory = helper.temporary_directory()
    local redis = servers.start_redis { directory = directory }
    assert.same({ "OK" }, redis.cli("set", "a key", "it's\ttext"))
    assert.same({ "it's\ttext" }, redis.cli("get", "a key"))
    redis.pipe("SADD s 1 2 3\r\n")
    assert.same({ "3" }, redis.cli("scard", "s"))
    assert.has_error(function() redis.pipe("LPUSH s 1\r\n") end)
    local _, out = helper.run { "redis-cli", "-u", redis.url, "ping" }
    assert.equal("PONG\n", out)
    redis.stop()
    assert.is_false(redis.alive())
    local again = servers.start_redis { directory = directory, port = redis.port }
    assert.equal(redis.url, again.url)
    assert.same({ "0" }, again.cli("dbsize"))
    again.stop()
    helper.remove_directory(directory)
  end)

  it("asks for a password and speaks TLS when told to", function()
    local directory = helper.temporary_directory()
    local made = certificates.make(directory)
    local redis = servers.start_redis { password = "secret", tls = made }
    assert.same({ "PONG" }, redis.cli("ping"))
    local _, out = helper.run { "redis-cli", "-p", redis.port, "ping" }
    assert.truthy(out:find("NOAUTH", 1, true))
    _, out = helper.run({ "redis-cli", "--tls", "--cacert", made.ca, "-p", redis.port2, "ping" },
      { env = { REDISCLI_AUTH = "secret" } })
    assert.equal("PONG\n", out)
    redis.stop()
    helper.remove_directory(directory)
  end)
end)

describe("kinesalite", function()
  it("takes records in every shard and gives all of them back", function()
    local kinesis = servers.start_kinesis()
    kinesis.create("events", 2)
    local script = helper.temporary_directory()
    helper.write_file(script .. "/put.py", [[
import boto3, sys
client = boto3.client("kinesis", endpoint_url=sys.argv[1], region_name="eu-west-1",
                      aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="any")
records = [{"Data": b"%d\n" % i, "PartitionKey": str(i)} for i in range(300)]
print(client.put_records(StreamName="events", Records=records)["FailedRecordCount"])
]])
    local _, out, err = helper.run { "/usr/bin/python3", script .. "/put.py", kinesis.url }
    assert.equal("0\n", out, err)
    helper.remove_directory(script)
    local counts = helper.counts(kinesis.read_all("events"))
    for i = 0, 299 do assert.equal(1, counts[tostring(i)]) end
    local shards = {}
    for _, record in ipairs(kinesis.records("events")) do shards[record.shard] = true end
    local used = 0
    for _ in pairs(shards) do used = used + 1 end
    assert.equal(2, used)
    assert.has_error(function() kinesis.create("events", 2) end)
    kinesis.stop()
  end)
end)

describe("processes", function()
  it("run gives code, output and errors apart, and takes input and environment", function()
    local code, out, err = helper.run({ "sh", "-c", "cat; echo \"$A\" >&2; exit 3" },
      { stdin = "in\0put", env = { A = "it's" } })
    assert.equal(3, code)
    assert.equal("in\0put", out)
    assert.equal("it's\n", err)
    assert.equal("", select(2, helper.run({ "sh", "-c", "printf %s \"$HOME\"" },
      { env = { HOME = false } })))
    assert.equal(137, (helper.run("kill -9 $$")))
    assert.equal(124, (helper.run("sleep 20", { seconds = 0.1 })))
  end)

  it("servers end when the Lua that started them is killed", function()
    local script = helper.temporary_directory() .. "/orphan.lua"
    helper.write_file(script, [[
      package.path = arg[1] .. "?.lua;" .. package.path
      local server = require("processes").start({ "sleep", "600" }, function() return true end)
      print(server.pid, server.directory)
      io.stdout:flush()
      os.execute("kill -9 $PPID")
    ]])
    local lua = rawget(_G, "jit") and "luajit" or "lua5.4"
    local code, out = helper.run { lua, script, processes.here() }
    assert.equal(137, code)
    local pid, directory = out:match("(%d+)%s+(%S+)")
    helper.wait_until(function() return helper.run({ "kill", "-0", pid }) ~= 0 end)
    helper.wait_until(function() return helper.run({ "test", "-e", directory }) ~= 0 end)
    helper.remove_directory((script:match("^(.*)/")))
  end)
end)

describe("helper.events", function()
  it("are different, repeatable, and in the data contract's form", function()
    local list = helper.events(2000, 4)
    local seen = helper.counts(list)
    for _, event in ipairs(list) do
      assert.equal(1, seen[event])
      local decoded = json.decode(event)
      for _, value in pairs(decoded) do assert.equal("string", type(value)) end
      assert.truthy(decoded.timestamp:match("^%d%d%d%d%d%d%d%d %d%d:%d%d$"))
      assert.truthy(decoded.time_gen:match("^%d%d%d%d%d%d%d%d %d%d:%d%d:%d%d$"))
    end
    assert.same(list, helper.events(2000, 4))
    for _, event in ipairs(helper.events(2000, 4, 2001)) do assert.is_nil(seen[event]) end
  end)
end)
