-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

describe("backoff", function()
  it("waits a random time, up to twice as long after each failure, up to the cap", function()
    for attempts, most in pairs { [1] = 100, [2] = 200, [5] = 1600, [9] = 20000, [1000] = 20000 } do
      local longest = 0
      for _ = 1, 100 do longest = math.max(longest, kx.backoff_ms(100, 20000, attempts, -1)) end
      assert.is_true(longest <= most and longest > most / 4, longest)
    end
  end)

  it("has full jitter: short waits come as often as long ones", function()
    local short = 0
    for _ = 1, 1000 do
      short = short + (kx.backoff_ms(50, 2000, 20, -1) < 1000 and 1 or 0)
    end
    assert.is_true(short > 300 and short < 700, short)
  end)

  it("waits as long as the other side asks for, up to the cap", function()
    assert.equal(5000, kx.backoff_ms(100, 20000, 1, 5000))
    assert.equal(20000, kx.backoff_ms(100, 20000, 1, 3600000))
    assert.is_true(kx.backoff_ms(100, 20000, 1, 0) >= 0)
  end)
end)
