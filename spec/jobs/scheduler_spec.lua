-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local scheduler = require "kinesis_exporter.jobs.scheduler"

describe("the timetable of run", function()
  local now, said, answer, scheduled, chore

  local function log(_, text) said[#said + 1] = text end

  before_each(function()
    now, said, answer, scheduled = 1000, {}, { "key" }, 0
    chore = scheduler.chore({ schedule_job = function()
      scheduled = scheduled + 1
      return answer[1], answer[2], answer[3]
    end }, 120, log, function() return now end)
  end)

  local function at(seconds)
    now = 1000 + seconds
    chore()
    return scheduled
  end

  it("has a job at once and every so often, and none to catch up with", function()
    assert.same({ 1, 1, 1, 2, 2, 3, 3, 4 },
      { at(0), at(1), at(119), at(121), at(239), at(600), at(719), at(720) })
  end)

  it("says why no job is scheduled, once", function()
    answer = { false, "locked" }
    at(0)
    at(120)
    answer = { false, "disabled" }
    at(240)
    assert.same({ "no job is scheduled: one is queued or under way",
      "no job is scheduled: exporting is off" }, said)
  end)

  it("stays due when it failed", function()
    answer = { nil, "no connection", "redis" }
    assert.same({ nil, "no connection", "redis" }, { chore() })
    answer = { "key" }
    assert.is_true(chore())
    assert.equal(2, scheduled)
  end)
end)
