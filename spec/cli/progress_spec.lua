-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The progress bar with a clock of its own: what stands on the terminal when.

local progress = require "kinesis_exporter.cli.progress"

describe("progress", function()
  local bar, now, written

  before_each(function()
    now, written = 100, ""
    bar = progress.new(function(text) written = written .. text end, function() return now end)
  end)

  local function update(seconds, done, total)
    now, written = 100 + seconds, ""
    bar:update(done, total)
    return written
  end

  local function finish(seconds, done)
    now, written = 100 + seconds, ""
    bar:finish(done)
    return written
  end

  -- Expects the patterns in a text, one after the other.
  local function expect(text, ...)
    local at = 1
    for _, pattern in ipairs { ... } do
      local _, stop = text:find(pattern, at)
      assert.truthy(stop, ("no %q in %q"):format(pattern, text:sub(at)))
      at = stop + 1
    end
  end

  it("draws nothing before the first update, nor at an end without one", function()
    assert.equal("", written)
    assert.equal("", finish(1, 0))
  end)

  it("shows percent, events, events a second and the time left", function()
    expect(update(0, 0, 600000), "^\r  0%% %[%-+%] 0", "600,000", " 0/s", "%-%-:%-%-")
    expect(update(2, 150000, 600000), "^\r 25%% %[##+%-+%] 150,000", "600,000", " 75,000/s", "0:06")
  end)

  it("says 100% when everything is sent and not before", function()
    expect(update(10, 599999, 600000), "^\r 99%% %[#+%-%] 599,999")
    expect(update(10, 600000, 600000), "^\r100%% %[#+%] 600,000")
  end)

  it("is full when more was sent than there was at the start", function()
    expect(update(1, 12, 10), "^\r100%% %[#+%] 12", "12", " 12/s", "0:00")
  end)

  it("writes long times as hours, and none that nobody would wait for", function()
    expect(update(10, 10, 7210), " 1/s", "2:00:00")
    expect(update(1000, 1, 1000000), " 0/s", "%-%-:%-%-")
  end)

  it("covers a longer line by a shorter one", function()
    assert.equal(#update(1, 1, 1000000), #update(2, 2, 3))
  end)

  it("stays within 80 columns", function()
    assert.is_true(#update(9, 12345678, 99999999) <= 80)
  end)

  it("ends with the number sent and a new line, once", function()
    update(1, 5, 10)
    expect(finish(2, 10), "10", " 5/s", "\n$")
    assert.equal("", finish(2, 10))
  end)

  it("does not make an interrupted run look done", function()
    update(1, 5, 10)
    local last = finish(1, 5)
    expect(last, "5", "\n$")
    assert.is_nil(last:find("100%", 1, true))
    update(1, 5, 10)
    expect(finish(1), "^[\r\n ]+$")
  end)
end)
