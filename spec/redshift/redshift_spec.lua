-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The importing side: the printed scripts run in a real PostgreSQL. sql_spec.lua is about the text
-- of the scripts for Redshift, and the commands. It is one file although it is long: all tests
-- share one PostgreSQL and the functions that load events into it.

local helper = require "helper"
local postgres = require "postgres"
local redshift = require "kinesis_exporter.redshift"

local null = helper.json.null
local hour = "s3://bucket/2026/11/23/10/"

-- An event as JSON: the fields given, false for absent.
local function event(fields)
  local complete = {
    service = "1006", cinstance = "a60", metric = "255", value = "12", period = "hour",
    timestamp = "20151130 10:00", time_gen = "20151130 10:05:20",
  }
  for name, value in pairs(fields or {}) do complete[name] = value or nil end
  return helper.json.encode(complete)
end

describe("the importing side", function()
  local server, directory

  setup(function()
    server = postgres.start()
    server.create()
    directory = helper.temporary_directory()
  end)

  teardown(function()
    server.stop()
    helper.remove_directory(directory)
  end)

  before_each(function()
    server.execute "DELETE FROM backend.events; DELETE FROM backend.loaded_paths"
  end)

  -- Every row as text: the identity, value and time_gen, sorted.
  local function rows(events_table)
    local list = {}
    for line in server.execute(([[
      SELECT service, cinstance, uinstance, metric, response_code, period,
        TO_CHAR("timestamp", 'YYYYMMDD HH24:MI'), value, TO_CHAR(time_gen, 'YYYYMMDD HH24:MI:SS')
      FROM %s]]):format(events_table or "backend.events")):gmatch "[^\n]+" do
      list[#list + 1] = line
    end
    table.sort(list)
    return list
  end

  local function paths()
    return server.query("SELECT path, lines, left_out FROM backend.loaded_paths ORDER BY path")
  end

  local function load(...)
    return server.load_lines { ... }
  end

  it("keeps every field of an event", function()
    load(event { uinstance = "u1", metric = false, response_code = "404" })
    assert.same({ "1006|a60|u1||404|hour|20151130 10:00|12|20151130 10:05:20" }, rows())
  end)

  it("takes events as an exporter writes them", function()
    local events = helper.events(2000)
    local file = directory .. "/events.ndjson"
    helper.write_file(file, table.concat(events, "\n") .. "\n")
    assert.equal(0, server.load(file))
    assert.equal("2000\n", server.execute "SELECT COUNT(*) FROM backend.events")
    local sum = 0
    for _, text in ipairs(events) do sum = sum + tonumber(text:match '"value":"(%d+)"') end
    assert.equal(("%d\n"):format(sum), server.execute "SELECT SUM(value) FROM backend.events")
  end)

  it("takes a day without an hour that the clocks left out, whatever the session's time zone",
    function()
      load(event { timestamp = "20260329 02:30", time_gen = "20260329 02:59:59" })
      assert.same({ "1006|a60||255||hour|20260329 02:30|12|20260329 02:59:59" }, rows())
    end)

  describe("leaves one row, the newest,", function()
    it("when the same file is loaded again", function()
      local events = helper.events(50)
      server.load_lines(events)
      local before = rows()
      assert.equal(50, #before)
      for _ = 1, 2 do server.load_lines(events) end
      assert.same(before, rows())
    end)

    it("when two files of a path hold the same events", function()
      local events = helper.events(50)
      for i = 1, 50 do events[50 + i] = events[i] end
      server.load_lines(events)
      assert.equal(50, #rows())
    end)

    it("whether an older one comes before it or after it, in the same load or not", function()
      local function old(name)
        return event { cinstance = name, value = "10", time_gen = "20151130 10:05:20" }
      end
      local function new(name)
        return event { cinstance = name, value = "9", time_gen = "20151130 10:05:21" }
      end
      load(old "a", new "b", old "c", new "c", new "d", old "d", old "e")
      load(new "a", old "b", new "e", old "e")
      local expected = {}
      for i, name in ipairs { "a", "b", "c", "d", "e" } do
        expected[i] = ("1006|%s||255||hour|20151130 10:00|9|20151130 10:05:21"):format(name)
      end
      assert.same(expected, rows())
    end)

    it("of equally new ones: the larger value of a load, what is there before a load", function()
      load(event { value = "9" }, event { value = "10" }, event { value = "8" })
      load(event { value = "11" })
      assert.same({ "1006|a60||255||hour|20151130 10:00|10|20151130 10:05:20" }, rows())
    end)

    it("of fields that are absent, null or empty", function()
      for second, value in ipairs { false, null, "" } do
        local events, made = {}, "20151130 10:06:0" .. second
        for i, name in ipairs { "cinstance", "uinstance", "metric", "response_code" } do
          events[i] = event { [name] = value, value = tostring(second), time_gen = made }
        end
        server.load_lines(events)
      end
      assert.same({
        "1006|a60||255||hour|20151130 10:00|3|20151130 10:06:03",
        "1006|a60||||hour|20151130 10:00|3|20151130 10:06:03",
        "1006|||255||hour|20151130 10:00|3|20151130 10:06:03",
      }, rows())
    end)

    it("of each identity, whatever is loaded in which order", function()
      local state, best, files = 7, {}, { {}, {}, {}, {}, {} }
      local function below(n)
        state = state * 48271 % 2147483647
        return state % n
      end
      for i = 1, 200 do
        local id, second = below(8), below(9)
        local user = ({ "u", "u", false, null, "" })[1 + below(5)]
        local key = id .. "|" .. (user == "u" and "u" or "")
        best[key] = math.max(best[key] or 0, second)
        table.insert(files[1 + i % 5], event { cinstance = tostring(id), uinstance = user,
          value = tostring(second), time_gen = "20151130 10:05:0" .. second })
      end
      for _, file in ipairs(files) do server.load_lines(file) end
      server.load_lines(files[1])
      local expected = {}
      for key, second in pairs(best) do
        expected[#expected + 1] = ("1006|%s|255||hour|20151130 10:00|%d|20151130 10:05:0%d")
          :format(key, second, second)
      end
      table.sort(expected)
      assert.same(expected, rows())
    end)
  end)

  it("keeps apart what differs in one part of the identity", function()
    load(event())
    local others = { event { response_code = "200", metric = false } }
    for name, value in pairs {
      service = "1007", cinstance = "A60", uinstance = "u", metric = "256", response_code = "2XX",
      period = "day", timestamp = "20151130 10:01",
    } do
      others[#others + 1] = event { [name] = value, time_gen = "20151130 10:05:21" }
    end
    server.load_lines(others)
    load(event { time_gen = "20151130 10:05:22" })
    assert.equal(9, #rows())
  end)

  it("keeps odd ids apart, and as they are", function()
    local ids = { "\\u0000", "\\\\u0000", "u0000", "it's", 'say "hi"', "back\\slash", "\\n", "a\nb",
      "a\tb", "佐藤", "José+M", "José M", "%00", "$1", ":name", "--",
      "'; DROP TABLE backend.events; --", "{}", "\\.", "NULL",
      "\\N", " ", "😀" }
    local events = {}
    for i, id in ipairs(ids) do events[i] = event { uinstance = id, cinstance = id } end
    server.load_lines(events)
    server.load_lines(events)
    local got = {}
    for i, row in ipairs(server.query "SELECT cinstance, uinstance FROM backend.events") do
      assert.equal(row.cinstance, row.uinstance)
      got[i] = row.uinstance
    end
    table.sort(ids)
    table.sort(got)
    assert.same(ids, got)
  end)

  it("takes values that are strings, and numbers", function()
    load(event { cinstance = "1", value = "9223372036854775807" }, event { cinstance = "2",
      value = "0" }, event { cinstance = "3", value = "-5" }, event { cinstance = "4", value = 12 },
      event { cinstance = "5", value = "007" }, event { cinstance = "6", value = "99999" })
    assert.equal("9223372036854775807\n0\n-5\n12\n7\n99999\n",
      server.execute "SELECT value FROM backend.events ORDER BY cinstance")
  end)

  it("leaves out lines that are not events, and counts them", function()
    local lines, count = { event(), "", event { service = "1007" } }, 0
    for name, fields in pairs {
      ["no service"] = { service = false },
      ["an empty service"] = { service = "" },
      ["no period"] = { period = null },
      ["no timestamp"] = { timestamp = false },
      ["a timestamp with seconds"] = { timestamp = "20151130 10:00:00" },
      ["a 32nd day"] = { timestamp = "20151232 10:00" },
      ["an hour 24"] = { timestamp = "20151130 24:00" },
      ["no time_gen"] = { time_gen = null },
      ["a time_gen without seconds"] = { time_gen = "20151130 10:00" },
      ["the value null"] = { value = null },
      ["no value"] = { value = false },
      ["an empty value"] = { value = "" },
      ["half a value"] = { value = "1.5" },
      ["a value that is too large"] = { value = "9223372036854775808" },
      ["an id of 1,025 bytes"] = { uinstance = ("é"):rep(512) .. "x" },
      ["an id of 100,000 bytes"] = { cinstance = ("é"):rep(50000) },
      ["a metric of 1,025 bytes"] = { metric = ("x"):rep(1025) },
      ["a NUL"] = { service = "a\0b" },
      ["a NUL after a backslash"] = { metric = "\\\0" },
      ["a NUL at the beginning"] = { cinstance = "\0" },
      ["a NUL in what is not imported"] = { other = "\0" },
      ["a service of 1,025 bytes"] = { service = ("x"):rep(1025) },
      [("a long response code "):rep(50)] = {},
    } do
      fields.response_code = name
      lines[#lines + 1] = event(fields)
      count = count + 1
    end
    lines[#lines + 1] = "{}"
    server.load_lines(lines, { path = hour })
    assert.same({
      "1006|a60||255||hour|20151130 10:00|12|20151130 10:05:20",
      "1007|a60||255||hour|20151130 10:00|12|20151130 10:05:20",
    }, rows())
    assert.same({ { path = hour, lines = count + 3, left_out = count + 1 } }, paths())
  end)

  it("keeps a number when a null comes after it", function()
    load(event(), event { value = null, time_gen = "20151130 10:05:21" })
    load(event { value = null, time_gen = "20151130 10:05:21" })
    assert.same({ "1006|a60||255||hour|20151130 10:00|12|20151130 10:05:20" }, rows())
  end)

  it("takes ids of 1,024 bytes", function()
    load(event { uinstance = ("é"):rep(512) })
    assert.equal(1, #rows())
  end)

  it("leaves out minutes when it is told to", function()
    local events = { event { period = "minute" }, event() }
    server.load_lines(events, { skip_minutes = true, path = hour })
    assert.same({ "1006|a60||255||hour|20151130 10:00|12|20151130 10:05:20" }, rows())
    assert.same({ { path = hour, lines = 2, left_out = 0 } }, paths())
    server.load_lines(events)
    assert.equal(2, #rows())
  end)

  it("works in a schema and a table of other names, beside the first", function()
    local names = { schema = "user", table = "order" }
    server.create(names)
    server.load_lines({ event { value = "1" } }, names)
    server.load_lines({ event { value = "2", time_gen = "20151130 10:05:21" } }, names)
    assert.same({ "1006|a60||255||hour|20151130 10:00|2|20151130 10:05:21" },
      rows '"user"."order"')
    assert.same({}, rows())
    assert.equal("order\n", server.execute 'SELECT DISTINCT events_table FROM "user".loaded_paths')
  end)

  describe("changes nothing when it fails:", function()
    local before

    local function everything()
      return server.execute "SELECT * FROM backend.events; SELECT * FROM backend.loaded_paths"
    end

    before_each(function()
      server.load_lines({ event() }, { path = hour })
      before = everything()
    end)

    local function expect_failure(lines, why, client)
      local file = directory .. "/load.sql"
      helper.write_file(file, server.script { path = hour })
      local code, _, err = helper.run(helper.quote(client or server.client) .. " -f "
        .. helper.quote(file), { stdin = table.concat(lines, "\n") .. "\n" })
      assert.equal(client and 0 or 3, code)
      assert.truthy(err:find(why, 1, true), err)
      assert.equal(before, everything())
    end

    local newer = event { time_gen = "20151130 10:05:21" }

    it("a line that is not JSON", function()
      expect_failure({ newer, "{" }, "invalid input syntax for type json")
    end)

    it("a day that no calendar has", function()
      expect_failure({ newer, event { timestamp = "20150230 10:00" } }, "out of range")
    end)

    it("a row that cannot be inserted, when the older one is already deleted", function()
      server.execute "ALTER TABLE backend.events ADD CONSTRAINT small CHECK (value < 100)"
      finally(function() server.execute "ALTER TABLE backend.events DROP CONSTRAINT small" end)
      expect_failure({ event { value = "100", time_gen = "20151130 10:05:21" } },
        "violates check constraint")
    end)

    it("with a client that goes on after an error too", function()
      local client = {}
      for _, word in ipairs(server.client) do
        client[#client + 1] = word:gsub("ON_ERROR_STOP=1", "ON_ERROR_STOP=0")
      end
      expect_failure({ newer, "{" }, "invalid input syntax for type json", client)
    end)
  end)

  describe("two loads at the same moment", function()
    -- Holds both where they insert, until neither can go on.
    local race = [[
      exec 2> "$directory/err"
      ask() { $psql -c "$1"; }
      until_is() { until [ "$(ask "$2")" = "$1" ]; do sleep 0.02; done; }
      ask "SELECT pg_advisory_lock(1), pg_sleep(60)" > /dev/null 2>&1 &
      until_is 1 "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'"
      $psql -f "$directory/one.sql" < "$directory/one.ndjson" > /dev/null & one=$!
      $psql -f "$directory/two.sql" < "$directory/two.ndjson" > /dev/null & two=$!
      until_is 2 "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
      ask "SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted" > /dev/null
      wait $one; first=$?
      wait $two; echo "$first $?"]]

    setup(function()
      server.execute [[
        CREATE FUNCTION backend.pause() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
        CREATE TRIGGER pause BEFORE INSERT ON backend.events
          FOR EACH STATEMENT EXECUTE FUNCTION backend.pause()]]
    end)

    teardown(function()
      server.execute "DROP FUNCTION backend.pause() CASCADE"
    end)

    local function load_both(one, two, isolation)
      for name, lines in pairs { one = one, two = two } do
        helper.write_file(directory .. "/" .. name .. ".sql", server.script())
        helper.write_file(directory .. "/" .. name .. ".ndjson", table.concat(lines, "\n") .. "\n")
      end
      local code, out = helper.run(race, { seconds = 30, env = {
        directory = directory, psql = table.concat(server.client, " "),
        PGOPTIONS = "-c default_transaction_isolation=" .. isolation,
      } })
      assert.same({ 0, "0 0\n" }, { code, out }, helper.read_file(directory .. "/err"))
    end

    for _, isolation in ipairs { "serializable", "read\\ committed" } do
      it("leave one row of each event, isolated by " .. isolation, function()
        local events = helper.events(20)
        load_both(events, events, isolation)
        assert.equal(20, #rows())
      end)
    end

    it("leave the newest row", function()
      local old, new = event { value = "1" }, event { value = "2", time_gen = "20151130 10:05:21" }
      load_both({ old }, { new }, "serializable")
      assert.same({ "1006|a60||255||hour|20151130 10:00|2|20151130 10:05:21" }, rows())
    end)
  end)

  describe("the check", function()
    local function check()
      local out = server.execute(assert(redshift.check { dialect = "postgresql" }))
      return (out:gsub("%d+%-%d+%-%d+ [%d:.]+", "TIME"))
    end

    it("says when an event has two rows", function()
      load(event())
      assert.equal("0", check():match "^%d+")
      server.execute "INSERT INTO backend.events SELECT * FROM backend.events"
      assert.equal("1", check():match "^%d+")
    end)

    it("shows what was loaded last, and where lines were left out", function()
      assert.equal("0\n", check())
      server.load_lines({ event(), "{}" }, { path = "s3://bucket/2026/11/23/09/" })
      server.load_lines({ event() }, { path = hour })
      assert.equal("0\ns3://bucket/2026/11/23/10/|TIME|1|0\ns3://bucket/2026/11/23/09/|TIME|2|1\n",
        check())
      server.load_lines({ event() }, { path = "s3://bucket/2026/11/23/09/" })
      assert.equal("0\ns3://bucket/2026/11/23/09/|TIME|1|0\n", check())
    end)

    it("tells the time of a load in UTC", function()
      load(event())
      assert.equal("t\n", server.execute [[
        SELECT ABS(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP AT TIME ZONE 'UTC' - loaded_at)) < 60
        FROM backend.loaded_paths]])
    end)
  end)

  it("has scripts that psql runs as the command prints them", function()
    local said
    for _, words in ipairs { "create", "load --path " .. hour, "check" } do
      local command = ("%s bin/kinesis-exporter redshift-sql %s --dialect=postgresql"):format(
        helper.interpreter, words)
      local _, sql = helper.run(command, { env = {
        LUA_PATH = package.path, LUA_CPATH = package.cpath,
      } })
      local code, out, err = server.psql(sql, event() .. "\n")
      assert.equal(0, code, err)
      said = out
    end
    assert.equal("0\n" .. hour, said:match "^[^|]+")
    assert.same({ "1006|a60||255||hour|20151130 10:00|12|20151130 10:05:20" }, rows())
  end)
end)
