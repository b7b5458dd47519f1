-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Arguments that make no sense: the message names the argument and what it may be.

local Exporter = require "kinesis_exporter"
local times = require "kinesis_exporter.util.times"

local inf, nan = 1 / 0, 0 / 0

describe("a wrong argument is named:", function()
  local own

  before_each(function() own = assert(Exporter.new { redis = "unix:///nowhere" }) end)
  after_each(function() own:close() end)

  local function refused(text, method, ...)
    local fine, message = pcall(method, ...)
    assert.is_false(fine, text)
    assert.truthy(message:find(text, 1, true), message)
  end

  it("the end time of a job", function()
    for value, got in pairs { [1e300] = "1e+300", [inf] = "inf", [-inf] = "-inf", [-1] = "-1",
                              [2 ^ 70] = "1.1805916207174113e+21", [253402300800] = "253402300800",
                              ["2026-13-01 00:00:00 UTC"] = "another text", soon = "another text",
                              [true] = "a boolean" } do
      refused("end_time must be seconds since the epoch, before the year 10000, or a text like "
        .. "'2026-11-22 18:30:50 UTC', got " .. got, own.perform_job, own, value)
    end
    refused("end_time must be", own.perform_job, own, nan)
    refused("end_time must be", own.perform_job, own, {})
  end)

  it("numbers of events and of entries", function()
    local failed, rejected = own:failed_jobs(), own:rejected_events()
    for value, got in pairs { [0.5] = "0.5", [-1] = "-1", [inf] = "inf", [-inf] = "-inf",
                              ["1"] = "a string", [true] = "a boolean" } do
      local text = " must be a whole number that is not negative, got " .. got
      refused("limit" .. text, own.flush_pending_events, own, value)
      refused("n" .. text, failed.list, failed, value)
      refused("n" .. text, rejected.list, rejected, value)
    end
    refused("limit must be a whole number", own.flush_pending_events, own, nan)
    refused("n must be a whole number", failed.list, failed, nan)
    refused("n must be a whole number", rejected.list, rejected, nan)
  end)

  it("the times of a worker", function()
    for _, name in ipairs { "poll_seconds", "worker_ttl_seconds", "every_seconds" } do
      for _, value in ipairs { nan, inf, -inf, 0, -1, 1e300, 2 ^ 62 } do
        refused(("option '%s' must be from"):format(name), own.run, own, { [name] = value })
      end
    end
  end)

  it("the options of an exporter", function()
    for _, value in ipairs { nan, inf, -inf, 0.5, -1, 1e300, 2 ^ 62 } do
      refused("option 'concurrency' must be ", Exporter.new, { concurrency = value })
      refused("option 'max_pending_events' must be ", Exporter.new, { max_pending_events = value })
    end
  end)

  it("the numbers of a report and of an event", function()
    for _, value in ipairs { nan, inf, -inf, -1, 1e300, 2 ^ 62 } do
      refused("timestamp must be a number from", own.report, own,
        { service_id = 1, usage = { m = 1 }, timestamp = value })
      refused("usage must be whole numbers", own.report, own,
        { service_id = 1, usage = { m = value } })
      refused("response_code must be a number from", own.report, own,
        { service_id = 1, response_code = value })
    end
    refused("field 'a' must be a string, a finite number", own.record, own, { a = nan })
    refused("field 'a' must be a string, a finite number", own.record, own, { a = inf })
  end)
end)

describe("a time as text", function()
  it("is one that a calendar has", function()
    for text, bucket in pairs {
      ["2026-11-22 18:30:50 UTC"] = "20261122183050", ["2024-02-29T00:00:00Z"] = "20240229000000",
      ["2000-02-29 23:59:59.5 UTC"] = "20000229235959",
      ["2016-12-31 23:59:60 UTC"] = "20161231235960",
    } do
      assert.equal(bucket, times.bucket(text))
      assert.truthy(times.epoch(text))
    end
    for _, text in ipairs {
      "2026-13-01 00:00:00 UTC", "2026-00-01 00:00:00 UTC", "2026-01-00 00:00:00 UTC",
      "2026-04-31 00:00:00 UTC", "2026-02-29 00:00:00 UTC", "1900-02-29 00:00:00 UTC",
      "2026-01-01 24:00:00 UTC", "2026-01-01 00:60:00 UTC", "2026-01-01 00:00:61 UTC",
      "2026-01-01 00:00:00.. UTC", "2026-01-01 00:00 UTC", "", "99999999999999",
    } do
      assert.is_nil(times.bucket(text))
      assert.is_nil(times.epoch(text))
    end
  end)
end)
