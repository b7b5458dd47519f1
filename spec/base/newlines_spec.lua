-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

describe("newlines", function()
  it("are counted as a loop counts them, at every length and alignment", function()
    local text = ("\n\n\11x\9\10\0\138\n\255y"):rep(20)
    for from = 1, 9 do
      for len = 0, 80 do
        local part = text:sub(from, from + len - 1)
        assert.equal(select(2, part:gsub("\n", "")), kx.newlines_count(part))
      end
    end
  end)
end)
