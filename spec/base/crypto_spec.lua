-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

describe("crypto", function()
  after_each(function() kx.fail_allocation() end)

  it("hashes as the examples of FIPS 180-4 do", function()
    local cases = {
      [""] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      ["abc"] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"] =
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      [("a"):rep(1000000)] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    }
    for text, hash in pairs(cases) do
      assert.equal(hash, kx.sha256(text))
    end
  end)

  it("makes the SHA-1 of the example of FIPS 180-4", function()
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d",
      require("kinesis_exporter.core").sha1 "abc")
  end)

  it("authenticates as the test cases of RFC 4231 do", function()
    assert.equal("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      kx.hmac(("\11"):rep(20), "Hi There"))
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      kx.hmac("Jefe", "what do ya want for nothing?"))
    assert.equal("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      kx.hmac(("\170"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First"))
  end)

  it("authenticates nothing under an empty key", function()
    assert.equal("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
      kx.hmac("", ""))
  end)

  describe("base64", function()
    local examples = { -- RFC 4648, section 10
      [""] = "", ["f"] = "Zg==", ["fo"] = "Zm8=", ["foo"] = "Zm9v", ["foob"] = "Zm9vYg==",
      ["fooba"] = "Zm9vYmE=", ["foobar"] = "Zm9vYmFy", ["\251\255\254"] = "+//+",
    }

    it("encodes and decodes as in RFC 4648", function()
      for text, encoded in pairs(examples) do
        assert.equal(encoded, kx.base64_encode(text))
        assert.equal(text, kx.base64_decode(encoded))
      end
    end)

    it("is decoded to the same bytes at every length", function()
      local text = {}
      for i = 0, 299 do
        local whole = table.concat(text)
        assert.equal(whole, kx.base64_decode(kx.base64_encode(whole)))
        text[#text + 1] = string.char(i * 7 % 256)
      end
    end)

    it("is appended, in pieces of three bytes or in one", function()
      assert.equal("Zm9vYmFyYg==", kx.base64_encode("foo", "", "bar", "b"))
    end)

    it("encodes megabytes", function()
      local encoded = kx.base64_encode(("abc"):rep(1000000))
      assert.equal(4000000, #encoded)
      assert.equal(("YWJj"):rep(1000000), encoded)
    end)

    it("refuses what is not base64, and appends nothing", function()
      local wrong = { "Z", "Zg", "Zg=", "Zg===", "====", "=", "Zg==Zg==", "Z=g=", "Zm9v\n", " Zm9v",
        "Zm9 ", "Zm9\0", "Zm9-", "Zm9_", "Zm9v====", "Zm\2559", "Zm9vZ===" }
      for _, text in ipairs(wrong) do
        assert.same({ false, "" }, { kx.base64_decode(text) })
      end
    end)

    it("marks the buffer as failed when there is no memory", function()
      kx.fail_allocation(1)
      assert.is_nil(kx.base64_encode("foo"))
      assert.is_nil(kx.base64_decode("Zm9v"))
    end)
  end)

  it("gives tokens of 128 bits, all different", function()
    local seen = {}
    for _ = 1, 1000 do
      local token = kx.random_token()
      assert.is_truthy(token:match("^" .. ("[0-9a-f]"):rep(32) .. "$"))
      assert.is_nil(seen[token])
      seen[token] = true
    end
  end)

  it("gives all numbers below the bound", function()
    local seen = {}
    for _ = 1, 1000 do
      seen[kx.random_below(7)] = true
    end
    assert.same({ [0] = true, true, true, true, true, true, true }, seen)
    assert.equal(0, kx.random_below(1))
  end)

  it("wipes memory", function()
    assert.equal("00000000", hex(kx.wiped("abcd")))
  end)
end)
