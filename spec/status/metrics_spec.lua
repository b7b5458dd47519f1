-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What monitoring sees: the metrics, read by Prometheus's own parser. And that dashboard and alert
-- rules use only metrics that exist.

local worlds = require "worlds"
local helper = require "helper"
local keys = require "kinesis_exporter.util.redis_keys"

-- Reads the text format strictly, and prints what it read as JSON.
local PARSER = [[
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps({f.name: {"type": f.type, "help": f.documentation,
                           "samples": [[s.name, s.labels, s.value] for s in f.samples]}
                  for f in text_string_to_metric_families(sys.stdin.read())}))]]

local function parse(text)
  local code, out, err = helper.run({ "/usr/bin/python3", "-c", PARSER }, { stdin = text })
  assert.equal(0, code, err)
  return helper.json.decode(out)
end

describe("metrics", function()
  local world = worlds.world()
  local directory, environment

  local function shell(text, stdin)
    local program = helper.quote { helper.interpreter, "bin/kinesis-exporter" }
    local function_kx = "kx() { exec " .. program .. ' "$@"; }\n'
    return helper.run(function_kx .. text, { env = environment, stdin = stdin, seconds = 60 })
  end

  -- Something of everything, so that no metric is missing.
  local function fill()
    local event = ('{"n":%d,"time_gen":"20151130 10:05:20"}\n'):rep(4):format(1, 2, 3, 4)
    assert.equal(0, (shell("kx add", event)))
    assert.equal(0, (shell "kx flush"))
    assert.equal(0, (shell("kx add", event)))
    world.firehose.fault { fault = "error", times = 0, status = 400,
                           type = "ResourceNotFoundException" }
    assert.equal(1, (shell "kx flush"))
    assert.equal(0, (shell("kx add", event)))
    world.redis.cli("SET", keys.LATEST_BUCKET, "20151130100510")
    world.redis.cli("ZADD", keys.BUCKETS, "20151130100520", "20151130100520")
    world.redis.cli("SET", world.keys.lock, "me", "EX", "3600")
    world.redis.cli("SADD", "{resque:queue:stats}:workers", "a", "b")
    world.redis.cli("SET", "{resque:queue:stats}:alive:a", "1")
  end

  setup(function()
    world.start()
    world.reset()
    directory = helper.temporary_directory()
    environment = {
      LUA_PATH = package.path, LUA_CPATH = package.cpath,
      KINESIS_EXPORTER_REDIS = world.redis.unix_url, KINESIS_EXPORTER_STREAM = "backend-events",
      AWS_ACCESS_KEY_ID = worlds.credentials.access_key_id,
      AWS_SECRET_ACCESS_KEY = worlds.credentials.secret_access_key, AWS_SESSION_TOKEN = false,
      AWS_REGION = "eu-west-1", AWS_ENDPOINT_URL_FIREHOSE = world.firehose.url,
      KINESIS_EXPORTER_SINK = false, KINESIS_EXPORTER_LOG_FORMAT = false, AWS_CA_BUNDLE = false,
      http_proxy = false, HTTP_PROXY = false,
    }
    fill()
  end)
  teardown(function()
    world.stop()
    helper.remove_directory(directory)
  end)

  local function value(families, name)
    for _, family in pairs(families) do
      for _, sample in ipairs(family.samples) do
        if sample[1] == "kinesis_exporter_" .. name then return sample[3] end
      end
    end
  end

  it("can be read by Prometheus, and say what there is", function()
    local code, out, err = shell "kx metrics"
    assert.same({ 0, "" }, { code, err })
    local families = parse(out)
    for name, expected in pairs {
      up = 1, enabled = 1, lock_held = 1, pending_events = 8, buckets = 1, workers = 1,
      workers_dead = 1, queued_jobs = 0, events_stored_total = 12, events_accepted_total = 4,
      flushes_total = 2, export_failures_total = 1, calls_total = 2,
      oldest_bucket_timestamp_seconds = 1448877920, latest_bucket_timestamp_seconds = 1448877910,
      oldest_event_timestamp_seconds = 1448877920, buckets_enabled = 0,
      late_buckets = 0, marker_ahead_seconds = 0, late_buckets_read_total = 0,
    } do
      assert.equal(expected, value(families, name), name)
    end
    local last = value(families, "last_export_timestamp_seconds")
    assert.is_true(math.abs(os.time() - last) <= 60)
    local ttl = value(families, "lock_ttl_seconds")
    assert.is_true(ttl > 0 and ttl <= 3600)
  end)

  it("are named as Prometheus wants it", function()
    for name, family in pairs(parse((select(2, shell "kx metrics")))) do
      assert.truthy(name:find "^kinesis_exporter_[%l_]+$", name)
      assert.truthy(family.help:find "^%u.*[.?]$", family.help)
      assert.truthy(family.type == "gauge" or family.type == "counter", family.type)
      assert.equal(1, #family.samples)
      assert.equal(family.type == "counter", family.samples[1][1]:find "_total$" ~= nil, name)
      assert.is_nil(name:find "_ms$" or name:find "_kib$", name)
    end
  end)

  it("are written to a file in one step, and leave nothing else behind", function()
    local path = directory .. "/kinesis.prom"
    helper.write_file(path, "old")
    local code, out, err = shell("kx metrics --output " .. helper.quote(path))
    assert.same({ 0, "", "" }, { code, out, err })
    assert.equal(1, value(parse(helper.read_file(path)), "up"))
    assert.equal("kinesis.prom\n", (select(2, helper.run { "ls", directory })))
    code, out, err = shell("kx metrics --output " .. directory .. "/none/kinesis.prom")
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find("kinesis.prom: ", 1, true) and err:find("No such file", 1, true), err)
    local pipe = directory .. "/pipe"
    os.execute("mkfifo " .. helper.quote(pipe))
    code, out, err = shell("kx metrics --output " .. helper.quote(pipe))
    assert.same({ 1, "" }, { code, out })
    assert.truthy(err:find("is not a regular file", 1, true))
    assert.equal(0, (helper.run("test -p " .. helper.quote(pipe))))
    code = shell("kx metrics --output " .. directory)
    assert.equal(1, code)
  end)

  it("are written to a file that everybody may read, whatever the umask", function()
    local path = directory .. "/readable.prom"
    for _, umask in ipairs { "077", "000", "027" } do
      local code, _, err = shell(("umask %s; kx metrics --output %s"):format(umask,
        helper.quote(path)))
      assert.same({ 0, "" }, { code, err })
      assert.equal("644\n", (select(2, helper.run { "stat", "-c", "%a", path })))
    end
    os.remove(path)
  end)

  it("are written again and again until SIGTERM", function()
    local path = helper.quote(directory .. "/again.prom")
    local code, out, err = shell(([[
      (kx metrics --every 1 --output %s) & pid=$!
      until grep -q pending_events.8 %s 2>/dev/null; do sleep 0.02; done
      redis-cli -s %s SADD %s event >/dev/null
      until grep -q pending_events.9 %s; do sleep 0.02; done
      kill -TERM $pid; wait $pid]]):format(path, path, world.redis.socket, world.keys.pending,
        path))
    world.redis.cli("SREM", world.keys.pending, "event")
    assert.same({ 0, "", "" }, { code, out, err })
  end)

  it("say that Redis is away, with status 1", function()
    local code, out, err = shell "kx metrics --redis redis://127.0.0.1:1"
    assert.equal(1, code)
    assert.equal(0, value(parse(out), "up"))
    assert.truthy(err:find("metrics: redis 127.0.0.1:1: Connection refused", 1, true), err)
  end)

  it("are JSON, when that is wanted", function()
    local code, out = shell "kx metrics --json"
    local report = helper.json.decode(out)
    assert.same({ 0, 8, 1 }, { code, report.pending, report.totals.export_failures })
    assert.same({ 1, 1 }, { report.backlog.workers, report.backlog.workers_dead })
  end)

  describe("of the examples", function()
    local known

    setup(function()
        known = {}
      for name in select(2, shell "kx metrics"):gmatch "\n(kinesis_exporter_[%l_]+)" do
        known[name] = true
      end
    end)

    local function check(text)
      local n = 0
      for name in text:gmatch "%f[%w_:](kinesis_exporter_[%l_]+)" do
        assert.truthy(known[name] or name == "kinesis_exporter_build_info", name)
        n = n + 1
      end
      assert.is_true(n > 10)
    end

    it("are all there for the alert rules", function()
      local text = helper.read_file "examples/prometheus/kinesis-exporter.rules.yml"
      check(text)
      local recorded = {}
      for name in text:gmatch "record: (%S+)" do recorded[name] = true end
      for name in text:gmatch "job:[%l_]+:%w+" do assert.truthy(recorded[name], name) end
      local _, alerts = text:gsub("%- alert: ", "")
      assert.equal(alerts, select(2, text:gsub("severity: ", "")))
      assert.equal(alerts, select(2, text:gsub("description: ", "")))
    end)

    it("are all there for the dashboard, which names no machine", function()
      local text = helper.read_file "examples/grafana/kinesis-exporter.json"
      check(text)
      local board = helper.json.decode(text)
      local ids = {}
      for _, panel in ipairs(board.panels) do
        assert.is_nil(ids[panel.id])
        ids[panel.id] = true
        assert.equal("${datasource}", panel.datasource.uid)
        assert.is_true(panel.gridPos.x + panel.gridPos.w <= 24)
        for _, target in ipairs(panel.targets) do
          assert.equal("${datasource}", target.datasource.uid)
          assert.truthy(target.expr:find('{job=~"$job"}', 1, true), target.expr)
        end
      end
      assert.same({ "datasource", "job" },
        { board.templating.list[1].name, board.templating.list[2].name })
      assert.equal(helper.json.null, board.id)
      assert.is_nil(board.uid)
    end)
  end)

  it("look at the keys that the core writes", function()
    local header = helper.read_file "csrc/redis/keys.h"
    for name, key in pairs(keys) do
      if type(key) == "string" then
        assert.truthy(header:find(('#define KX_KEY_%s "%s"'):format(name, key), 1, true), name)
      end
    end
  end)
end)
