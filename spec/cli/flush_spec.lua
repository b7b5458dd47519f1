-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The command flush, run as a program against a real Redis and the Firehose stand-in.

local command_line = require "command_line"
local helper = require "helper"

describe("kinesis-exporter", function()
  local world = command_line.world()
  local shell, run, expect, expect_failure, json_of =
    world.shell, world.run, world.expect, world.expect_failure, world.json_of

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)

  describe("flush", function()
    it("sends everything and prints the number", function()
      local events = world.store(helper.events(300))
      expect(0, "300\n", "", "flush")
      assert.equal("", world.delivered(events))
      assert.same({ sent = 0, rejected = 0, outcome = helper.json.null }, json_of "flush")
    end)

    it("sends no more than --limit", function()
      local events = world.store(helper.events(300))
      expect(0, "0\n", "", "flush", "--limit", "0")
      expect(0, "100\n", "", "--limit=100", "flush")
      assert.equal(100, #world.firehose.events())
      assert.equal("", world.accounted(events))
    end)

    it("takes options before and after it, which win over the environment", function()
      world.store(helper.events(5))
      world.environment.KINESIS_EXPORTER_STREAM, world.environment.AWS_REGION = "wrong", "wrong"
      world.environment.AWS_ENDPOINT_URL_FIREHOSE = "http://127.0.0.1:1"
      expect(0, "5\n", "", "--stream", "backend-events", "flush", "--region=eu-west-1",
        "--endpoint", world.firehose.url, "--concurrency", "1", "--sink=firehose")
    end)

    it("says that exporting is off, or that the lock is taken, and whose it is", function()
      world.redis.cli("DEL", world.keys.enabled)
      expect(0, "0\n", "flush: exporting is off: run kinesis-exporter enable", "flush")
      world.redis.cli("SET", world.keys.enabled, "1")
      world.redis.cli("SET", world.keys.lock, "somebody")
      expect(0, "0\n", "flush: another exporter holds the lock (somebody): try again later",
        "flush")
      world.redis.cli("EXPIRE", world.keys.lock, "100")
      local code, out, err = run("flush", "--json")
      assert.same({ 0, '{"sent":0,"rejected":0,"outcome":"locked"}\n' }, { code, out })
      assert.truthy(err:find "%(somebody, %d+ s left%)")
    end)

    it("fails when records stay refused, and says what was sent", function()
      local events = world.store(helper.events(300))
      world.firehose.fault { fault = "refuse", times = 0,
                             code = "ServiceUnavailableException" }
      local code, out, err = run "flush"
      assert.equal(1, code)
      assert.truthy(out == "" or out == "0\n", out)
      assert.truthy(err:find "^kinesis%-exporter: flush: [^\n]+\n$", err)
      assert.equal("", world.accounted(events))
      assert.equal("", world.leftovers())
    end)

    it("says how many events were rejected", function()
      local large = ('{"text":"%s"}'):format(("x"):rep(1100000))
      local note = "events rejected: 1, see 'kinesis-exporter rejected list'"
      world.store_inbox({ large, '{"n":"1"}' }, 1)
      expect(0, "1\n", "flush: " .. note, "flush")
      world.store_inbox({ large, '{"n":"2"}' }, 1)
      expect(0, '{"sent":1,"rejected":1,"outcome":null}\n', "flush: " .. note, "--json", "flush")
      world.store_inbox({ large, '{"n":"3"}' }, 1)
      world.firehose.fault { fault = "error", type = "ResourceNotFoundException", times = 0,
                             message = "gone" }
      expect_failure(1, "(" .. note .. ")\n", run "flush")
    end)

    it("fails, and rejects nothing, where everything is called too large", function()
      local events = world.store(helper.events(300))
      world.firehose.fault { fault = "too_large", times = 0 }
      expect_failure(1, "proxy or firewall", run "flush")
      assert.equal("", world.accounted(events))
      assert.same({ "0" }, world.redis.cli("LLEN", world.keys.rejected))
    end)

    it("fails without a stream, a region or credentials", function()
      world.store(helper.events(5))
      for _, case in ipairs { { "KINESIS_EXPORTER_STREAM", "no stream" },
                              { "AWS_REGION", "no region" },
                              { "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID is not set" },
                              { "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY is not set" } } do
        local value = world.environment[case[1]]
        world.environment[case[1]] = false
        expect_failure(1, case[2], run "flush")
        world.environment[case[1]] = value
      end
      expect(0, "5\n", "", "flush")
    end)

    it("says how many events were sent before it failed", function()
      local list, pad = {}, ("x"):rep(100000)
      for i = 1, 100 do list[i] = ('{"n":"%d","pad":"%s"}'):format(i, pad) end
      world.store_inbox(list, 2)
      world.firehose.fault { fault = "error", after = 1, times = 0, status = 400,
                             type = "ResourceNotFoundException", message = "gone" }
      local code, out, err = run("flush", "--concurrency", "1")
      expect_failure(1, "ResourceNotFoundException", code, out, err)
      local sent = tonumber(err:match "%((%d+) events were sent before that%)\n$")
      assert.equal(#world.firehose.events(), sent)
      assert.is_true(sent > 0)
      assert.equal("", world.accounted(list))
    end)

    it("shows a progress bar on a terminal", function()
      local events = world.store(helper.events(300))
      world.firehose.fault { fault = "slow", seconds = 0.5 }
      local command = helper.quote(command_line.program) .. " flush"
      local code, out = shell("script -qec " .. helper.quote(command) .. " /dev/null")
      assert.equal(0, code)
      assert.truthy(out:find "\r  0%% %[%-+%] 0", out)
      assert.truthy(out:find "\r[^\r\n]*300[^\r\n]* %d+/s[^\r\n]*\r\n300\r\n$", out)
      assert.equal("", world.delivered(events))
    end)

    for _, signal in ipairs { "INT", "TERM" } do
      it("gives back lock and events when it gets SIG" .. signal, function()
        local list, pad = {}, ("x"):rep(100000)
        for i = 1, 300 do list[i] = ('{"n":"%d","pad":"%s"}'):format(i, pad) end
        world.store_inbox(list, 2)
        world.firehose.fault { fault = "slow", seconds = 0.5, times = 0 }
        local code, out, err = shell(([[
          kx_here flush --concurrency 1 & pid=$!
          until [ "$(redis-cli -s %s EXISTS '%s')" = 1 ]; do sleep 0.02; done
          kill -%s $pid; wait $pid]]):format(world.redis.socket, world.keys.lock, signal))
        local sent = tonumber(out)
        assert.equal(1, code, err)
        assert.equal(("kinesis-exporter: flush: interrupted: %d events were sent, the others are "
          .. "pending: run kinesis-exporter flush again\n"):format(sent), err)
        assert.is_true(sent < 300)
        assert.equal(sent, #world.firehose.events())
        assert.equal("", world.leftovers())
        assert.equal(300 - sent, json_of("pending").pending)
      end)
    end
  end)
end)
