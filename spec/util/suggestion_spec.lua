-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What somebody may have meant who wrote a word that does not exist.

local suggestion = require "kinesis_exporter.util.suggestion"

describe("a suggestion", function()
  it("is the word that is most like the one that was written", function()
    assert.equal("flush", suggestion.nearest("flsh", { "add", "flush", "help" }))
    assert.equal("add", suggestion.nearest("add", { "bad", "add" }))
  end)

  it("is not made where no word is close", function()
    assert.is_nil(suggestion.nearest("quit", { "enable", "disable" }))
    assert.is_nil(suggestion.nearest("quit", {}))
  end)

  it("ends a message about an unknown word", function()
    assert.equal(", did you mean 'flush'?", suggestion.hint("flsh", { "add", "flush" }))
    assert.equal("", suggestion.hint("quit", { "enable" }))
  end)
end)
