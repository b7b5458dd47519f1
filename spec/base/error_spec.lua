-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local HTTP = 2
local ROOM = 511 -- bytes of text that an error holds

describe("error", function()
  it("keeps the text and returns the code", function()
    local text, code = kx.fail(HTTP, "http: connection refused")
    assert.equal("http: connection refused", text)
    assert.equal(HTTP, code)
  end)

  it("returns the code when there is no buffer for the text", function()
    assert.equal(HTTP, kx.fail_nowhere(HTTP))
  end)

  it("may be filled again with its old text as an argument", function()
    assert.equal("flush: refused", kx.fail_again("refused", "flush"))
  end)

  it("turns control characters into spaces and keeps the rest", function()
    assert.equal("a b c d e", (kx.fail(HTTP, "a\nb\tc\027d\127e")))
    assert.equal("caf\195\169 ~", (kx.fail(HTTP, "caf\195\169 ~")))
  end)

  it("keeps a text that just fits", function()
    local text = ("x"):rep(ROOM)
    assert.equal(text, (kx.fail(HTTP, text)))
    assert.equal(text, (kx.fail(HTTP, text .. "y")))
  end)

  it("cuts only between the characters of UTF-8", function()
    for _, character in ipairs { "\195\169", "\226\130\172", "\240\159\152\128" } do
      for before = ROOM - 5, ROOM do
        local text = (kx.fail(HTTP, ("x"):rep(before) .. character:rep(3)))
        local whole = math.min(3, math.floor((ROOM - before) / #character))
        assert.equal(("x"):rep(before) .. character:rep(whole), text)
      end
    end
  end)

  it("cuts bytes that are not UTF-8 without losing the text", function()
    assert.is_true(#kx.fail(HTTP, ("\128"):rep(600)) >= ROOM - 3)
  end)

  it("has a text for memory that ran out", function()
    local _, text, code = kx.fail_memory()
    assert.equal("out of memory", text)
    assert.equal("memory", code)
  end)

  it("has the names that Lua callers see", function()
    local names = { [0] = "ok", "redis", "http", "aws", "credentials", "reply", "lost", "memory",
      "config", "timeout" }
    for code, name in pairs(names) do
      assert.equal(name, kx.status_name(code))
    end
  end)
end)
