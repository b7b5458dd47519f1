-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local chart = require "kinesis_exporter.status.chart"
local cjson = require "cjson"
local escape = require "kinesis_exporter.status.escape"
local page = require "kinesis_exporter.status.page"
local prometheus = require "kinesis_exporter.status.prometheus"
local status_json = require "kinesis_exporter.status.json"

local EVIL = [[<script>"x"&'y'</script>]]

local function report(changes)
  local made = {
    version = "1.2.3", time = 1795427618, up = true, stream = "backend-events", sink = "firehose",
    enabled = true, lock = "kx:1", lock_ttl_ms = 1500, pending = 1234567, rejected = 2,
    buckets = 3, latest_bucket = "20261123095310", failed_jobs = 0,
    process = { pid = 7, events_buffered = 4, bytes_buffered = 400, buffer_bytes = 16777216,
                events_dropped = 0, reports_dropped = 0, store_failures = 0 },
    errors = { { time = 1795427600, level = "warn", message = "something" } },
    totals = { events_stored = 5000, events_accepted = 4000 },
    redis_clock_offset = 0.25,
    backlog = { queued_jobs = 2, workers = 1, workers_dead = 0, buckets_enabled = true,
                buckets_emergency = false, oldest_bucket = 1795427590 },
    samples = { { time = 1795427600, pending = 10, stored = 100, accepted = 50 },
                { time = 1795427610, pending = 30, stored = 300, accepted = 150 } },
  }
  for name, value in pairs(changes or {}) do made[name] = value end
  return made
end

local function down(error)
  return { version = "1", time = 1795427618, up = false, error = error, code = "redis",
           stream = "s", sink = "firehose", process = {}, errors = {} }
end

local function balanced(html)
  local open = {}
  for slash, name, own in html:gsub("<style>.-</style>", ""):gmatch "<(/?)(%a%w*)[^>]-(/?)>" do
    local void = name == "meta" or own == "/"
    if slash == "/" then
      assert.equal(name, table.remove(open))
    elseif not void then
      open[#open + 1] = name
    end
  end
  return #open == 0
end

describe("the status page", function()
  it("shows what there is", function()
    local html = page.write(report())
    for _, text in ipairs { "backend-events", ">on<", "held", "kx:1, 2 s left", "1,234,567",
                            "read up to 2026-11-23 09:53:10", "something", "5,000", "<svg",
                            "2026-11-23 09:53:38 UTC" } do
      assert.is_truthy(html:find(text, 1, true), text)
    end
    assert.is_true(balanced(html))
  end)

  it("needs nothing from elsewhere, and no script", function()
    local html = page.write(report())
    for _, pattern in ipairs { "<script", "https?://", "<link", "<img", "@import", "url%(" } do
      assert.is_nil(html:find(pattern), pattern)
    end
  end)

  it("lets nothing that comes from outside become markup", function()
    local html = page.write(report { stream = EVIL, sink = EVIL, lock = EVIL, version = EVIL,
      errors = { { time = 0, level = EVIL, message = EVIL .. "\0\27[31m" } } })
    assert.is_nil(html:find("<script>", 1, true))
    assert.is_nil(html:gsub("<style>.-</style>", ""):find "[%z\27]")
    assert.is_true(balanced(html))
    html = page.write(down(EVIL))
    assert.is_nil(html:find("<script>", 1, true))
    assert.is_truthy(html:find("&lt;script&gt;&quot;x&quot;&amp;&#39;y&#39;", 1, true))
  end)

  it("is a page when Redis is away, too", function()
    local html = page.write(down "redis 127.0.0.1:6379: Connection refused")
    assert.is_truthy(html:find("down", 1, true))
    assert.is_truthy(html:find("Connection refused", 1, true))
    assert.is_true(balanced(html))
  end)

  it("says where the charts will come from", function()
    assert.is_truthy(page.write(report { samples = {} }):find("start", 1, true))
  end)

  it("draws within the picture, however large the numbers", function()
    local samples = {}
    for i = 1, 360 do
      samples[i] = { time = i * 10, pending = i * 1e9, stored = i % 7 * 1e12, accepted = -i }
    end
    local svg = chart.levels(samples, "pending") .. chart.rates(samples, { "stored", "accepted" })
    local n = 0
    for points in svg:gmatch 'points="([^"]+)"' do
      for x, y in points:gmatch "([%-%d.]+),([%-%d.]+)" do
        assert.is_true(tonumber(x) >= 0 and tonumber(x) <= 900 and tonumber(y) >= 0
          and tonumber(y) <= 180, x .. "," .. y)
        n = n + 1
      end
    end
    assert.equal(360 + 360 + 2 + 2 * 359, n)
  end)

  it("writes numbers that can be read", function()
    assert.same({ "0", "999", "1,000", "-1,234,567" }, { escape.count(0), escape.count(999),
      escape.count(1000), escape.count(-1234567) })
  end)
end)

describe("the status as JSON", function()
  it("has everything", function()
    local read = cjson.decode(status_json.write(report { lock = EVIL }))
    assert.equal(1234567, read.pending)
    assert.equal(EVIL, read.lock)
    assert.equal(5000, read.totals.events_stored)
    assert.same({ time = 1795427610, pending = 30, stored = 300, accepted = 150 }, read.samples[2])
    assert.equal("something", read.errors[1].message)
    assert.equal(7, read.process.pid)
    assert.equal(cjson.null, read.error)
  end)

  it("says what is wrong", function()
    local read = cjson.decode(status_json.write(down "away"))
    assert.same({ false, "away", "redis" }, { read.up, read.error, read.code })
    assert.is_nil(read.totals)
  end)
end)

describe("the status for Prometheus", function()
  local function value(text, name)
    return tonumber(text:match("\n" .. name .. " (%S+)\n"))
  end

  it("has each metric with its type and help", function()
    local text = prometheus.write(report())
    assert.equal(1, value(text, "kinesis_exporter_up"))
    assert.equal(1, value(text, "kinesis_exporter_lock_held"))
    assert.equal(1234567, value(text, "kinesis_exporter_pending_events"))
    assert.equal(4000, value(text, "kinesis_exporter_events_accepted_total"))
    assert.equal(0, value(text, "kinesis_exporter_throttled_total"))
    for line in text:gmatch "[^\n]+" do
      assert.is_truthy(line:find "^# HELP [%w_]+ .+%.$" or line:find "^# HELP [%w_]+ .+%?$"
        or line:find "^# TYPE [%w_]+ %a+$" or line:find "^[%a_]+{.+} %d+$"
        or line:find "^[%a_]+ %-?%d+$" or line:find "^[%a_]+ %d+%.%d+$", line)
    end
  end)

  it("has no metric for what is not known", function()
    local text = prometheus.write(report { backlog = {}, lock_ttl_ms = -1 })
    assert.is_nil(text:find "workers" or text:find "oldest_bucket" or text:find "lock_ttl")
    text = prometheus.write(report())
    assert.equal(1795427590, value(text, "kinesis_exporter_oldest_bucket_timestamp_seconds"))
    assert.equal(1.5, value(text, "kinesis_exporter_lock_ttl_seconds"))
    assert.equal(0.25, value(text, "kinesis_exporter_redis_clock_offset_seconds"))
    assert.is_nil(text:find("last_export", 1, true))
  end)

  it("escapes labels", function()
    local text = prometheus.write(report { stream = 'a"b\\c\nd' })
    assert.is_truthy(text:find([[stream="a\"b\\c\nd"]], 1, true))
  end)

  it("says no more than that Redis is away", function()
    local text = prometheus.write(down "away")
    assert.equal(0, value(text, "kinesis_exporter_up"))
    assert.is_nil(text:find("pending", 1, true))
  end)
end)
