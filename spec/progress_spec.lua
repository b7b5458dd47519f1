-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The progress bar with a clock of its own: what stands on the terminal when.

local progress = require "kinesis_exporter.progress"

describe("progress", function()
  local bar, now, written

  local function start(columns)
    now, written = 100, ""
    bar = progress.new(function(text) written = written .. text end, function() return now end,
      columns)
  end

  before_each(function() start(60) end)

  local function update(seconds, done, total)
    now, written = 100 + seconds, ""
    bar:update(done, total)
    return written
  end

  it("draws nothing before the first update, nor at an end without one", function()
    assert.equal("", written)
    bar:finish(0)
    assert.equal("", written)
  end)

  it("shows percent, events, events a second and the time left", function()
    assert.equal("\r  0% [--------------------] 0/600,000 events  0/s  ETA --:--",
      update(0, 0, 600000))
    assert.equal("\r 25% [##---------] 150,000/600,000 events  75,000/s  ETA 0:06",
      update(2, 150000, 600000))
    assert.equal("\r 99% [##########-] 599,999/600,000 events  59,999/s  ETA 0:00",
      update(10, 599999, 600000))
  end)

  it("says 100% when everything is sent and not before", function()
    assert.equal("100%", progress.line(600000, 600000, 1):sub(1, 4))
    assert.equal(" 99%", progress.line(599999, 600000, 1):sub(1, 4))
  end)

  it("is full when more was sent than there was at the start", function()
    assert.truthy(update(1, 12, 10):find("^\r100%% %[#+%] 12/12 events  12/s  ETA 0:00$"))
  end)

  it("writes long times as hours, and none that nobody would wait for", function()
    assert.equal("0:00", progress.duration(0))
    assert.equal("0:59", progress.duration(59.4))
    assert.equal("1:00", progress.duration(59.6))
    assert.equal("59:59", progress.duration(3599))
    assert.equal("2:00:05", progress.duration(7205))
    assert.equal("--:--", progress.duration(360000))
    assert.equal("--:--", progress.duration())
  end)

  it("groups digits", function()
    for text, n in pairs { ["0"] = 0, ["999"] = 999, ["1,000"] = 1000, ["12,345,678"] = 12345678 } do
      assert.equal(text, progress.grouped(n))
    end
  end)

  it("fills a line of 79 columns, and never more, whatever the numbers", function()
    for _, n in ipairs { 0, 1, 1000, 12345678, 9007199254740991 } do
      assert.is_true(#progress.line(n, n * 2, 3) <= 79)
      assert.is_true(#progress.line(n, n * 2, 3, 20) <= 20)
    end
    assert.equal(79, #progress.line(5, 10, 1))
  end)

  it("covers a longer line by a shorter one", function()
    start(1)
    local line = progress.line
    finally(function() progress.line = line end)
    local lines = { "a long line", "short" }
    progress.line = function() return table.remove(lines, 1) end
    assert.equal("\ra long line", update(1, 1, 2))
    assert.equal("\rshort      ", update(1, 1, 2))
  end)

  it("gives way to a summary at the end, once", function()
    local width = #update(1, 5, 10) - 1
    now, written = 102, ""
    bar:finish(10)
    assert.equal("\r" .. (" "):rep(width) .. "\r10 events in 0:02, 5/s\n", written)
    written = ""
    bar:finish(10)
    assert.equal("", written)
  end)

  it("gives way to nothing when it is not known how many were sent", function()
    local width = #update(1, 5, 10) - 1
    written = ""
    bar:finish()
    assert.equal("\r" .. (" "):rep(width) .. "\r", written)
  end)
end)
