-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The command itself, run as a program against a real Redis and the Firehose stand-in: what it
-- prints where, and its exit status.

local worlds = require "worlds"
local helper = require "helper"
local servers = require "servers"

local program = { helper.interpreter, "bin/kinesis-exporter" }
local secret = worlds.credentials.secret_access_key

describe("kinesis-exporter", function()
  local world = worlds.world()
  local directory, environment

  setup(function()
    world.start()
    directory = helper.temporary_directory()
  end)

  teardown(function()
    world.stop()
    helper.remove_directory(directory)
  end)

  before_each(function()
    world.reset()
    environment = {
      LUA_PATH = package.path, LUA_CPATH = package.cpath,
      KINESIS_EXPORTER_REDIS = world.redis.unix_url, KINESIS_EXPORTER_STREAM = "backend-events",
      KINESIS_EXPORTER_ANALYTICS_REDIS = false, KINESIS_EXPORTER_SINK = false,
      AWS_ACCESS_KEY_ID = worlds.credentials.access_key_id, AWS_SECRET_ACCESS_KEY = secret,
      AWS_SESSION_TOKEN = false, AWS_REGION = "eu-west-1", AWS_DEFAULT_REGION = false,
      AWS_ENDPOINT_URL = false, AWS_ENDPOINT_URL_FIREHOSE = world.firehose.url,
      AWS_PROFILE = false, AWS_DEFAULT_PROFILE = false, AWS_CONFIG_FILE = "/nonexistent/config",
      AWS_SHARED_CREDENTIALS_FILE = "/nonexistent/credentials", AWS_EC2_METADATA_DISABLED = "true",
      AWS_ENDPOINT_URL_KINESIS = false, AWS_CA_BUNDLE = false, AWS_MAX_ATTEMPTS = "2",
      http_proxy = false, HTTP_PROXY = false, https_proxy = false, HTTPS_PROXY = false,
    }
  end)

  -- Runs shell text in which `kx` is the command.
  local function shell(text, stdin)
    local kx = "kx() { " .. helper.quote(program) .. ' "$@"; }\n'
    return helper.run(kx .. text, { env = environment, stdin = stdin, seconds = 60 })
  end

  local function run(...)
    return shell("kx " .. helper.quote { ... })
  end

  -- Expects an exit status, standard output and standard error, the latter without the name that
  -- every line of it begins with.
  local function expect(status, out, err, ...)
    local code, stdout, stderr = run(...)
    assert.same({ status, out, err == "" and "" or "kinesis-exporter: " .. err .. "\n" },
      { code, stdout, stderr })
  end

  -- Expects a failure that says `words`, in one line, and nothing on standard output.
  local function expect_failure(status, words, code, out, err)
    assert.equal(status, code, err)
    assert.equal("", out)
    assert.truthy(err:find("^kinesis%-exporter: [^\n]+\n$"), err)
    assert.truthy(err:find(words, 1, true), err)
    assert.is_nil(err:find(secret, 1, true))
  end

  local function json_of(...)
    local code, out, err = run("--json", ...)
    assert.same({ 0, "" }, { code, err })
    assert.truthy(out:find "^%b{}\n$", out)
    return helper.json.decode(out)
  end

  local function file_of(list)
    local path = directory .. "/events.ndjson"
    helper.write_file(path, table.concat(list, "\n") .. "\n")
    return path
  end

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

    it("writes JSON, with null for what there is not", function()
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
      environment.KINESIS_EXPORTER_STREAM, environment.AWS_REGION = "wrong", "wrong"
      environment.AWS_ENDPOINT_URL_FIREHOSE = "http://127.0.0.1:1"
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
        local value = environment[case[1]]
        environment[case[1]] = false
        expect_failure(1, case[2], run "flush")
        environment[case[1]] = value
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
      local command = helper.quote(program) .. " flush"
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
          %s flush --concurrency 1 & pid=$!
          until [ "$(redis-cli -s %s EXISTS '%s')" = 1 ]; do sleep 0.02; done
          kill -%s $pid; wait $pid]]):format("exec_kx() { exec " .. helper.quote(program)
            .. ' "$@"; }\nexec_kx', world.redis.socket, world.keys.lock, signal))
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

    it("keeps what is no event with the rejected ones, and says so", function()
      local code, out, err = shell("kx add", 'nope\n{"a":"1"}\n"text"\n')
      assert.same({ 1, "1\n", "kinesis-exporter: add: rejected 2 (line 1: not valid JSON; line 3: "
        .. "not a JSON object): see kinesis-exporter rejected list\n" }, { code, out, err })
      code, out = shell("kx add --json", "\n \nnope\n{}\n")
      assert.same({ 1, '{"stored":1,"rejected":1,"left_out":0,'
        .. '"rejected_lines":[{"line":3,"reason":"not valid JSON"}]}\n' }, { code, out })
    end)

    it("names the first lines that are no events, wherever they are", function()
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
      expect_failure(1, "cannot read " .. directory .. ": Is a directory: nothing is stored",
        run("add", directory))
      expect_failure(1, "nothing is stored", shell "kx add <&-")
    end)

    it("says how far it came when it is interrupted", function()
      local pipe = helper.quote(directory .. "/input")
      local code, out, err = shell(([[
        mkfifo %s; exec_kx() { exec %s "$@"; }; exec_kx add %s & pid=$!
        exec 5> %s; cat %s >&5
        until [ "$(redis-cli -s %s LLEN '%s')" -ge 1 ]; do sleep 0.02; done
        kill -INT $pid; exec 5>&-; wait $pid]]):format(pipe, helper.quote(program), pipe, pipe,
          file_of(helper.events(6000)), world.redis.socket, world.keys.inbox))
      expect_failure(1, "add: interrupted: 5000 events are stored, all of those before line 5001 "
        .. "among them", code, out, err)
      expect(0, "5000\n", "", "pending")
    end)

    it("says how far it came when Redis goes away", function()
      local redis = servers.start_redis()
      environment.KINESIS_EXPORTER_REDIS = redis.unix_url
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

    it("tells of each command", function()
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
      local config, told = directory .. "/config", directory .. "/limit"
      helper.write_file(config, ("[default]\ncredential_process = ulimit -Hc > %s\n"):format(told))
      environment.AWS_ACCESS_KEY_ID, environment.AWS_SECRET_ACCESS_KEY = false, false
      environment.AWS_CONFIG_FILE = config
      if select(2, shell "ulimit -Hc") == "0\n" then pending "core dumps are off already" end
      world.store(helper.events(1))
      expect_failure(1, "credential_process", run "flush")
      assert.equal("0\n", helper.read_file(told))
    end)

    it("are told when the result cannot be written", function()
      for text, why in pairs {
        ["kx status > /dev/full"] = "No space left on device",
        ["kx pending --json > /dev/full"] = "No space left on device",
        ["kx help > /dev/full"] = "No space left on device",
        ["kx status >&-"] = "Bad file descriptor",
      } do
        expect_failure(1, "cannot write the result: " .. why, shell(text))
      end
    end)

    it("end quietly when the reader of a pipe is gone", function()
      local pipe = helper.quote(directory .. "/pipe")
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

    it("heed no SIGTERM that they were started to ignore", function()
      local out = helper.quote(directory .. "/interrupts")
      local code, _, err = shell(([[
        trap '' TERM
        %s metrics --every 60 > %s & pid=$!
        until test -s %s; do sleep 0.02; done
        kill -TERM $pid; sleep 0.1; kill -TERM $pid; sleep 0.1
        kill -INT $pid; wait $pid
      ]]):format(helper.quote(program), out, out))
      assert.same({ 0, "" }, { code, err })
    end)
  end)
end)
