-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The command as a whole, run as a program against a real Redis and the Firehose stand-in: what it
-- prints where, its exit status, and the commands that only look or switch.

local command_line = require "command_line"
local helper = require "helper"

describe("kinesis-exporter", function()
  local world = command_line.world()
  local shell, run, expect, expect_failure, json_of =
    world.shell, world.run, world.expect, world.expect_failure, world.json_of

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)

  describe("enable and disable", function()
    it("turn exporting on and off", function()
      expect(0, "exporting is off\n", "", "disable")
      assert.equal(0, world.exists(world.keys.enabled))
      expect(0, "exporting is on\n", "", "enable")
      assert.same({ "1" }, world.redis.cli("GET", world.keys.enabled))
    end)

    it("write JSON", function()
      assert.same({ enabled = false }, json_of "disable")
      assert.same({ enabled = true }, json_of "enable")
    end)
  end)

  describe("status", function()
    it("shows an exporter at rest", function()
      expect(0, [[
exporting    on
lock         free
pending      0
rejected     0
buckets      0
last bucket  none
]], "", "status")
    end)

    it("shows holder, counts and buckets", function()
      world.redis.cli("DEL", world.keys.enabled)
      world.redis.cli("SET", world.keys.lock, "somebody\27", "EX", "100")
      world.redis.cli("SET", "send_to_kinesis:latest_bucket_read", "20151130100520")
      world.redis.cli("ZADD", "keys_changed_set", "20151130100530", "20151130100530")
      world.store(helper.events(7))
      local code, out = run "status"
      assert.equal(0, code)
      assert.equal([[
exporting    off
lock         held by somebody?, N s left
pending      7
rejected     0
buckets      1
last bucket  20151130100520
]], (out:gsub("%d+ s left", "N s left")))
      world.redis.cli("PERSIST", world.keys.lock)
      assert.truthy(select(2, run "status"):find("somebody?, without expiry\n", 1, true))
    end)

    it("writes JSON, with null for missing values", function()
      local null = helper.json.null
      assert.same({ enabled = true, lock = null, lock_ttl_ms = null, pending = 0, rejected = 0,
        buckets = 0, latest_bucket = null }, json_of "status")
      world.redis.cli("SET", world.keys.lock, "somebody\27", "PX", "100000")
      local status = json_of "status"
      assert.equal("somebody\27", status.lock)
      assert.is_true(status.lock_ttl_ms > 0 and status.lock_ttl_ms <= 100000)
    end)
  end)

  it("pending prints the number of pending events", function()
    world.store(helper.events(12))
    expect(0, "12\n", "", "pending")
    assert.same({ pending = 12 }, json_of "pending")
  end)

  describe("help and version", function()
    local core = require "kinesis_exporter.core"
    local commands = require "kinesis_exporter.cli.command_list"
    local options = require "kinesis_exporter.cli.options"

    local function help_of(...)
      local code, out, err = run(...)
      assert.same({ 0, "" }, { code, err })
      for line in out:gmatch "[^\n]*" do assert.is_true(#line <= 80, line) end
      return out
    end

    it("names every command and option, within 80 columns", function()
      local text = help_of "help"
      for _, command in ipairs(commands) do
        assert.truthy(text:find("\n  " .. command.name, 1, true), command.name)
      end
      for _, option in ipairs(options.list) do
        local shown = text:find("\n  --" .. option.name, 1, true) ~= nil
        assert.equal(option.global == true, shown, option.name)
      end
      assert.equal(text, help_of "--help")
      assert.equal(text, help_of "-h")
      assert.equal(text, json_of("help").help .. "\n")
    end)

    it("describes each command", function()
      for _, command in ipairs(commands) do
        local text = help_of("help", command.name:match "^(%S+) ?(.*)$")
        assert.truthy(text:find("Usage: kinesis-exporter " .. command.name, 1, true), text)
      end
      local flush = help_of("help", "flush")
      assert.truthy(flush:find("flush [--limit N]\n", 1, true))
      assert.equal(flush, help_of("flush", "--limit", "1", "--help"))
      expect_failure(2, "unknown command 'flsh', did you mean 'flush'?", run("help", "flsh"))
    end)

    it("prints the version", function()
      expect(0, "kinesis-exporter " .. core.version .. "\n", "", "version")
      expect(0, "kinesis-exporter " .. core.version .. "\n", "", "--version")
      assert.equal(core.version, json_of("version").version)
    end)
  end)

  describe("wrong usage", function()
    for words, why in pairs {
      [""] = "no command: see 'kinesis-exporter help'",
      ["stats"] = "unknown command 'stats', did you mean 'status'?",
      ["rejected"] = "'rejected' needs a second word: rejected size, rejected list",
      ["flush --limt 1"] = "unknown option '--limt', did you mean '--limit'?: "
        .. "see 'kinesis-exporter help flush'",
      ["flush --limit x"] = "--limit must be a whole number",
      ["flush --limit -1"] = "--limit must be a whole number",
      ["flush --limit=1.5"] = "--limit must be a whole number",
      ["flush --limit"] = "--limit needs a value: N",
      ["pending --limit 1"] = "--limit is not an option of 'pending'",
      ["flush --sink foo"] = '--sink must be "firehose" or "streams"',
      ["--concurrency 65 flush"] = "--concurrency must be from 1 to 64",
      ["--concurrency 4.0 flush"] = "--concurrency must be a whole number",
      ["--stream= flush"] = "--stream must not be empty",
      ["pending 5"] = "'pending' takes nothing",
      ["add a b"] = "'add' takes at most one FILE",
      ["rejected list many"] = "N must be a whole number",
    } do
      it("ends with status 2: " .. words, function()
        expect_failure(2, why, shell("kx " .. words))
      end)
    end
  end)

  describe("failures", function()
    it("end with status 1 and one line", function()
      for _, words in ipairs { "enable", "disable", "status", "pending", "flush", "rejected size",
                               "rejected list", "rejected retry", "rejected delete --yes" } do
        expect_failure(1, "127.0.0.1:1: Connection refused",
          shell("kx --redis redis://:hunter2@127.0.0.1:1 " .. words))
      end
      expect_failure(1, "Redis URL", run("--redis", "bogus://:hunter2@x", "status"))
    end)

    it("show no password", function()
      for _, url in ipairs { "redis://:hunter2@127.0.0.1:1", "bogus://:hunter2@x",
                             "redis://:hunter2@x:99999" } do
        assert.is_nil(select(3, run("--redis", url, "status")):find("hunter2", 1, true))
        assert.is_nil(select(3, run(url, "status")):find("hunter2", 1, true))
        assert.is_nil(select(3, run("status", url)):find("hunter2", 1, true))
      end
    end)

    it("leave no core dump, which would hold secrets", function()
      local config, told = world.directory .. "/config", world.directory .. "/limit"
      helper.write_file(config, ("[default]\ncredential_process = ulimit -Hc > %s\n"):format(told))
      world.environment.AWS_ACCESS_KEY_ID, world.environment.AWS_SECRET_ACCESS_KEY = false, false
      world.environment.AWS_CONFIG_FILE = config
      if select(2, shell "ulimit -Hc") == "0\n" then pending "core dumps are off already" end
      world.store(helper.events(1))
      expect_failure(1, "credential_process", run "flush")
      assert.equal("0\n", helper.read_file(told))
    end)

    it("are reported when the result cannot be written", function()
      for text, why in pairs {
        ["kx status > /dev/full"] = "No space left on device",
        ["kx pending --json > /dev/full"] = "No space left on device",
        ["kx help > /dev/full"] = "No space left on device",
        ["kx status >&-"] = "Bad file descriptor",
      } do
        expect_failure(1, "cannot write the result: " .. why, shell(text))
      end
    end)

    it("end quietly when the reader of a pipe has ended", function()
      local pipe = helper.quote(world.directory .. "/pipe")
      local gone = ("rm -f %s; mkfifo %s; exec 3<> %s 4> %s 3<&-; kx help >&4"):format(
        pipe, pipe, pipe, pipe)
      assert.same({ 1, "", "" }, { shell(gone) })
      assert.same({ 1, "", "" }, { shell("trap '' PIPE; " .. gone) })
      assert.same({ 1, "", "" }, { shell((gone:gsub("help", "metrics"))) })
      assert.same({ 0, "", "" }, { shell((gone:gsub("help", "metrics --every 1"))) })
      local code, out, err = shell "kx metrics | head -n 1"
      assert.same({ 0, "" }, { code, err })
      assert.truthy(out:find "^# HELP [^\n]*\n$", out)
    end)

    it("write into no connection when standard files are closed", function()
      world.redis.cli("SET", world.keys.enabled, "1")
      world.redis.cli("ZADD", world.keys.buckets, "20151130100500", "20151130100500")
      world.redis.cli("SADD", world.keys.bucket .. "20151130100500", "no key", "nor this")
      for text, code in pairs {
        ["kx job --log-level debug 2>&-"] = 0, ["kx work --once --log-level debug 2>&-"] = 0,
        ["kx flush --limit x 2>&-"] = 2, ["kx nothing 2>&-"] = 2, ["kx job <&- 2>&-"] = 0,
        ["kx job <&- >&- 2>&-"] = 1, ["kx add <&-"] = 1, ["kx add <&- >&- 2>&-"] = 1,
      } do
        world.redis.cli("CONFIG", "RESETSTAT")
        assert.equal(code, (shell(text)), text)
        local unknown = table.concat(world.redis.cli("INFO", "commandstats"), "\n")
        assert.is_nil(unknown:find "cmdstat_%d", text)
        local errors = table.concat(world.redis.cli("INFO", "errorstats"), "\n")
        assert.is_nil(errors:find("errorstat_ERR", 1, true), text .. errors)
      end
    end)

    it("ignore a SIGTERM that they were started to ignore", function()
      local out = helper.quote(world.directory .. "/interrupts")
      local code, _, err = shell(([[
        trap '' TERM
        kx_here metrics --every 60 > %s & pid=$!
        until test -s %s; do sleep 0.02; done
        kill -TERM $pid; sleep 0.1; kill -TERM $pid; sleep 0.1
        kill -INT $pid; wait $pid
      ]]):format(out, out))
      assert.same({ 0, "" }, { code, err })
    end)
  end)
end)
