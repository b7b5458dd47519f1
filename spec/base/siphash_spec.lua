-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- The bytes 0, 1, 2 and so on: the key and the input of the reference's vectors.
local function counted(n)
  local bytes = {}
  for i = 1, n do bytes[i] = string.char(i - 1) end
  return table.concat(bytes)
end

describe("SipHash-1-3", function()
  -- openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:8 \
  --   -macopt c-rounds:1 -macopt d-rounds:3 -in FILE SIPHASH
  it("hashes as OpenSSL does", function()
    local cases = {
      [0] = "dcc40f055801acab",
      [1] = "93ca577df39bf4c9",
      [7] = "4011b19b987d92d3",
      [8] = "8e9a298d11959036",
      [9] = "e43d066cb38ea425",
      [15] = "5699512a6dd820d3",
      [16] = "668b907d1add4fcc",
      [17] = "0cd8db639068f29c",
      [63] = "a8b3bbb76290199d",
    }
    for length, hash in pairs(cases) do
      assert.equal(hash, hex(kx.siphash(counted(16), counted(length))), length .. " bytes")
    end
  end)

  it("gives another hash with another key", function()
    assert.not_equal(kx.siphash(counted(16), "key"), kx.siphash(("\0"):rep(16), "key"))
  end)
end)
