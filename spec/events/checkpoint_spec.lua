-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

describe("checkpoint", function()
  it("settles entries in the order of drawing, not of ending", function()
    assert.same({ 1, 2, 3 }, kx.checkpoint_settle(3, { 1, 2, 3 }))
    assert.same({ 0, 0, 3 }, kx.checkpoint_settle(3, { 3, 2, 1 }))
    assert.same({ 0, 2, 2, 4 }, kx.checkpoint_settle(4, { 2, 1, 4, 3 }))
  end)
end)
