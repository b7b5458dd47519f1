-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The command add, run as a program against a real Redis and the Firehose stand-in.

local command_line = require "command_line"
local helper = require "helper"
local servers = require "servers"

describe("kinesis-exporter", function()
  local world = command_line.world()
  local shell, run, expect, expect_failure, json_of, file_of =
    world.shell, world.run, world.expect, world.expect_failure, world.json_of, world.file_of

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)

  describe("add", function()
    it("stores the events of a file, byte for byte", function()
      local events = helper.events(12000)
      expect(0, "12000\n", "", "add", file_of(events))
      assert.same({ pending = 12000 }, json_of "pending")
      expect(0, "12000\n", "", "flush")
      assert.equal("", world.delivered(events))
    end)

    it("stores what standard input has, and a last line without a newline", function()
      for _, words in ipairs { "add", "add -" } do
        local code, out, err = shell("kx " .. words, '{"a":"1"}\n\n \r\n{"b":"2"}\r\n{"c":"3"}')
        assert.same({ 0, "3\n", "" }, { code, out, err })
      end
      expect(0, "6\n", "", "pending")
      expect(0, "0\n", "", "add", "/dev/null")
    end)

    it("keeps lines that are not events with the rejected events, and says so", function()
      local code, out, err = shell("kx add", 'nope\n{"a":"1"}\n"text"\n')
      assert.same({ 1, "1\n", "kinesis-exporter: add: rejected 2 (line 1: not valid JSON; line 3: "
        .. "not a JSON object): see kinesis-exporter rejected list\n" }, { code, out, err })
      code, out = shell("kx add --json", "\n \nnope\n{}\n")
      assert.same({ 1, '{"stored":1,"rejected":1,"left_out":0,'
        .. '"rejected_lines":[{"line":3,"reason":"not valid JSON"}]}\n' }, { code, out })
    end)

    it("names the first lines that are not events, wherever they are", function()
      local text = { ('{"a":"1"}\n'):rep(5001) }
      for i = 2, 13 do text[i] = i % 2 == 0 and "{}\nx\n" or "\255\n" end
      local code, out, err = shell("kx add", table.concat(text) .. '{"b":"\\u0000"}')
      local expected, line = {}, 5001
      for i = 1, 10 do
        line = line + (i % 2 == 1 and 2 or 1)
        expected[i] = ("line %d: not valid %s"):format(line, i % 2 == 1 and "JSON" or "UTF-8")
      end
      assert.same({ 1, "5007\n", "kinesis-exporter: add: rejected 13 ("
        .. table.concat(expected, "; ") .. "; 3 more): see kinesis-exporter rejected list\n" },
        { code, out, err })
    end)

    it("skips a byte order mark at the beginning, and only there", function()
      local mark = "\239\187\191"
      local code, out, err = shell("kx add", mark .. '{"a":"1"}\n{"b":"2"}\n')
      assert.same({ 0, "2\n", "" }, { code, out, err })
      assert.same({ 0, "0\n", "" }, { shell("kx add", mark) })
      code, out, err = shell("kx add", '{"a":"1"}\n' .. mark .. '{"b":"2"}\n')
      assert.same({ 1, "1\n", "kinesis-exporter: add: rejected 1 (line 2: not valid JSON): see "
        .. "kinesis-exporter rejected list\n" }, { code, out, err })
    end)

    it("leaves out a line beyond all bounds, stores the others and fails", function()
      local code, out, err = shell([[
        { echo '{"a":"1"}'; head -c 17000000 /dev/zero | tr '\0' x; echo; echo '{"b":"2"}'; } |
          kx add]])
      assert.same({ 1, "2\n", "kinesis-exporter: add: left out 1 lines of more than 16777216 "
        .. "bytes, the first is line 2: no event is that large\n" }, { code, out, err })
    end)

    it("fails where there is nothing to read", function()
      expect_failure(1, "none.ndjson: No such file or directory", run("add", "none.ndjson"))
      expect_failure(1, "cannot read " .. world.directory .. ": Is a directory: nothing is stored",
        run("add", world.directory))
      expect_failure(1, "nothing is stored", shell "kx add <&-")
    end)

    it("says how far it came when it is interrupted", function()
      local pipe = helper.quote(world.directory .. "/input")
      local code, out, err = shell(([[
        mkfifo %s; kx_here add %s & pid=$!
        exec 5> %s; cat %s >&5
        until [ "$(redis-cli -s %s LLEN '%s')" -ge 1 ]; do sleep 0.02; done
        kill -INT $pid; exec 5>&-; wait $pid]]):format(pipe, pipe, pipe,
          file_of(helper.events(6000)), world.redis.socket, world.keys.inbox))
      expect_failure(1, "add: interrupted: 5000 events are stored, all of those before line 5001 "
        .. "among them", code, out, err)
      expect(0, "5000\n", "", "pending")
    end)

    it("says how far it came when Redis goes away", function()
      local redis = servers.start_redis()
      world.environment.KINESIS_EXPORTER_REDIS = redis.unix_url
      local path, socket = file_of(helper.events(6000)), helper.quote(redis.socket)
      local code, out, err = shell(([[
        { cat %s
          until [ "$(redis-cli -s %s LLEN '%s')" -ge 1 ]; do sleep 0.02; done
          redis-cli -s %s SHUTDOWN NOSAVE; cat %s; } | kx add]]):format(path, socket,
            world.keys.inbox, socket, path))
      redis.stop()
      expect_failure(1, "events are stored, all of those before line 5001 among them", code, out,
        err)
    end)
  end)
end)
