-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

describe("buf", function()
  local buf

  before_each(function() buf = kx.buf() end)

  after_each(function()
    kx.fail_allocation()
    kx.watch_freed(false)
  end)

  it("is empty when it is new", function()
    assert.equal("", buf:view())
    assert.is_true(buf:ok())
  end)

  it("appends in every way", function()
    buf:append("a\0b")
    buf:puts("cd")
    buf:slice("e\0")
    buf:slice_null()
    buf:putc("f")
    buf:printf("text", -12)
    assert.equal("a\0bcde\0ftext/-12", buf:view())
  end)

  it("prints a text longer than the room it has", function()
    buf:printf(("x"):rep(1000), 7)
    assert.equal(("x"):rep(1000) .. "/7", buf:view())
  end)

  it("allocates seldom: a million bytes one by one", function()
    local before = kx.allocations()
    for _ = 1, 1000000 do buf:putc("x") end
    assert.equal(1000000, (buf:sizes()))
    assert.is_true(kx.allocations() - before <= 20)
  end)

  it("makes room without adding to the content", function()
    assert.is_true(buf:reserve(100))
    local len, cap = buf:sizes()
    assert.equal(0, len)
    assert.is_true(cap >= 100)
    assert.is_true(kx.buf():reserve(0))
  end)

  it("says that no memory is large enough", function()
    buf:puts("x")
    assert.is_false(buf:reserve("max"))
    assert.is_false(buf:ok())
  end)

  it("keeps its memory when cleared", function()
    buf:append(("x"):rep(1000))
    local _, cap = buf:sizes()
    buf:clear()
    local len, kept = buf:sizes()
    assert.same({ 0, cap }, { len, kept })
  end)

  it("frees its memory and can be used again", function()
    buf:append("secret")
    buf:free()
    assert.same({ 0, 0 }, { buf:sizes() })
    buf:append("again")
    assert.equal("again", buf:view())
  end)

  it("is sticky: after a failure nothing is appended until it is cleared", function()
    buf:puts("begun")
    kx.fail_allocation(1)
    buf:append(("x"):rep(1000))
    kx.fail_allocation()
    buf:putc("y")
    buf:printf("z", 1)
    assert.is_false(buf:reserve(1))
    assert.is_false(buf:ok())
    assert.equal("begun", buf:view())
    buf:clear()
    buf:puts("new")
    assert.is_true(buf:ok())
    assert.equal("new", buf:view())
  end)

  it("wipes everything that it has held", function()
    kx.watch_freed(true)
    buf:append("a secret that is long")
    buf:clear()
    buf:append("short")
    local _, cap = buf:sizes()
    buf:wipe()
    assert.equal(("\0"):rep(cap), kx.freed():sub(1, cap))
    assert.same({ 0, 0 }, { buf:sizes() })
  end)

  it("can be wiped when empty", function()
    buf:wipe()
    assert.equal("", buf:view())
  end)
end)
