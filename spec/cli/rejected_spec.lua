-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The commands about rejected events, run as a program against a real Redis.

local command_line = require "command_line"

describe("kinesis-exporter", function()
  local world = command_line.world()
  local shell, run, expect, expect_failure, json_of =
    world.shell, world.run, world.expect, world.expect_failure, world.json_of

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)

  describe("rejected", function()
    before_each(function()
      assert.equal(1, (shell("kx add", 'nope\n{"a":"1"}\n\255\27"\n' .. ("x"):rep(300) .. "\n")))
    end)

    it("size counts them", function()
      expect(0, "3\n", "", "rejected", "size")
      assert.same({ rejected = 3 }, json_of("rejected", "size"))
    end)

    it("list shows them, one a line, cut and harmless on a terminal", function()
      local code, out = run("rejected", "list")
      local rows = {}
      for row in out:gmatch "([^\n]+)\n" do rows[#rows + 1] = row end
      assert.same({ 0, 3 }, { code, #rows })
      assert.truthy(rows[1]:find "^%d+%-%d+%-%d+ %d+:%d+:%d+ UTC\t[^\t]+\tnope$", rows[1])
      assert.equal('\255\\x1b"', rows[2]:match "[^\t]+$")
      assert.equal(("x"):rep(200) .. "... (300 bytes)", rows[3]:match "[^\t]+$")
    end)

    it("list shows the N oldest", function()
      assert.equal("nope", select(2, run("rejected", "list", "1")):match "([^\t]+)\n$")
      expect(0, "", "", "rejected", "list", "0")
    end)

    it("list writes valid JSON whatever the events are", function()
      local events = json_of("rejected", "list").events
      assert.same({ "nope", '\239\191\189\27"', ("x"):rep(300) },
        { events[1].event, events[2].event, events[3].event })
      assert.truthy(events[1].reason ~= "" and events[1].time ~= "")
      assert.same({ events = {} }, json_of("rejected", "list", "0"))
    end)

    it("retry makes those pending that can be sent", function()
      expect(0, "0\n", "", "rejected", "retry")
      world.redis.cli("RPUSH", world.keys.rejected, '{"b":"2"}')
      assert.same({ retried = 1 }, json_of("rejected", "retry"))
      expect(0, "2\n", "", "pending")
    end)

    it("delete wants --yes", function()
      expect_failure(2, "add --yes", run("rejected", "delete"))
      expect(0, "3\n", "", "rejected", "size")
      expect(0, "3\n", "", "rejected", "delete", "--yes")
      assert.same({ deleted = 0 }, json_of("rejected", "delete", "--yes"))
    end)
  end)
end)
