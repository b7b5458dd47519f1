-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

local kx = require "kxtest"

local EVENT = '{"service":"1006","cinstance":"a60","metric":"255","value":"12","period":"hour",'
  .. '"timestamp":"20151130 10:00","time_gen":"20151130 10:05:20"}'

local valid = { "{}", "[]", "0", "-0", "1", "-1", "10", "0.5", "1.25e10", "1E+2", "1e-2", "-0.0e0",
  "true", "false", "null", '""', '"a"',
  " \t\r\n1 \t\r\n", "[1,2]", "[ 1 , [ ] , { } ]", '{"":0}',
  '{ "a" : 1 , "b" : [ null ] }', '{"a":1,"a":2}', '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"\\u00e9\\uABcd"', '"\\ud83d\\ude00"', '"\127"',
  '"\195\169 \226\130\172 \240\159\152\128"', EVENT }

local invalid = { "", " ", "{", "}", "[", "]", "{]", "[}", "[1}", '{"a":1]', "[1", '{"a":1', '{"a"',
  '{"a":', "{a:1}", "{1:2}", "{'a':1}", '{"a" 1}', '{"a"=1}', '{"a":1,}', "{,}", '{,"a":1}', "[1,]",
  "[,1]", "[,]", "[1 2]", "[1,,2]", '{"a":1 "b":2}', "01", "-", "-a", "+1", ".5", "1.", "1.e1",
  "1e", "1e+", "0x1", "00", "-01", "1a", "NaN", "Infinity", "tru", "truee", "True", "nul",
  "nullx", '"', '"a', '"a\\"', '"\\x"', '"\\', '"\\u"', '"\\u00"', '"\\u00g0"', '"\\u 123"',
  '"a\nb"', '"a\0b"', '"\31"', '"\t"', "1 2", "{} {}", "{}x", "{}\0", "\239\187\191{}", "// x\n{}",
  "[1]]", "{}}", "1\12", "\r-", "\13\13", "\0" }

local function nested(depth, open, close)
  return open:rep(depth) .. close:rep(depth)
end

describe("json", function()
  after_each(function() kx.fail_allocation() end)

  it("accepts what RFC 8259 allows", function()
    for _, text in ipairs(valid) do
      assert.equal(text .. " true", text .. " " .. tostring(kx.json_valid(text)))
    end
  end)

  it("refuses what RFC 8259 does not allow", function()
    for _, text in ipairs(invalid) do
      assert.equal(text .. " false", text .. " " .. tostring(kx.json_valid(text)))
    end
  end)

  it("refuses every beginning of a text", function()
    for i = 0, #EVENT - 1 do
      assert.is_false(kx.json_valid(EVENT:sub(1, i)))
    end
  end)

  it("refuses control characters at every place in a string", function()
    for length = 1, 20 do
      for at = 1, length do
        for _, control in ipairs { "\0", "\n", "\31" } do
          local text = ("x"):rep(at - 1) .. control .. ("x"):rep(length - at)
          assert.is_false(kx.json_valid('"' .. text .. '"'))
        end
      end
    end
  end)

  it("takes every other byte of ASCII as it is, at every place", function()
    for byte = 32, 127 do
      local character = string.char(byte)
      if character ~= '"' and character ~= "\\" then
        for before = 0, 9 do
          local text = ("x"):rep(before) .. character .. "end"
          assert.equal(text, kx.json_string('"' .. text .. '"'))
        end
      end
    end
  end)

  it("nests 64 deep and no deeper", function()
    assert.is_true(kx.json_valid(nested(64, "[", "]")))
    assert.is_false(kx.json_valid(nested(65, "[", "]")))
    assert.is_true(kx.json_valid(('{"a":'):rep(63) .. "{}" .. ("}"):rep(63)))
    assert.is_false(kx.json_valid(('{"a":'):rep(64) .. "{}" .. ("}"):rep(64)))
    assert.is_false(kx.json_valid(("["):rep(1000000)))
  end)

  describe("check_object", function()
    it("finds nothing wrong with an object", function()
      for _, text in ipairs { "{}", EVENT, "\n { \n } \n", '{"a":"\195\169"}',
        '{"a":{"b":[{"c":null}]}}' } do
        assert.is_nil(kx.json_check(text))
      end
    end)

    it("says that a value is not an object", function()
      for _, text in ipairs { "[]", "1", '"{}"', "null", " true " } do
        assert.equal("not a JSON object", kx.json_check(text))
      end
    end)

    it("says that it is not JSON", function()
      for _, text in ipairs { "", "{", "{}{}", "hello", '{"a":1,}', "\239\187\191{}",
        "\195\169" } do
        assert.equal("not valid JSON", kx.json_check(text))
      end
    end)

    it("says that it is not UTF-8, inside a string and outside", function()
      for _, text in ipairs { '{"a":"\255"}', '{"\195":1}', "\255", '{"a":1}\128',
        '{"a":"\237\160\128"}' } do
        assert.equal("not valid UTF-8", kx.json_check(text))
      end
    end)

    it("says that there is a NUL character, in a value, in a name, at any depth", function()
      for _, text in ipairs { '{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":"x\\\\\\u0000"}',
        '{"a":"\\n\\u0000z","b":"\\u0001"}', '{"a":[[{"b":{"c":["d","e\\u0000f"]}}]]}' } do
        assert.equal("not free of NUL characters", kx.json_check(text))
      end
      for _, text in ipairs { '{"a":"\\\\u0000"}', '{"a":"u0000"}',
        '{"a":"\\u00010000"}', '{"a":"\\u0001"}' } do
        assert.not_equal("not free of NUL characters", kx.json_check(text))
      end
    end)
  end)

  describe("string", function()
    it("resolves escapes", function()
      assert.equal('"\\/\b\f\n\r\t', kx.json_string('"\\"\\\\\\/\\b\\f\\n\\r\\t"'))
      assert.equal("A\195\169\226\130\172", kx.json_string('"\\u0041\\u00E9\\u20ac"'))
      assert.equal("a\0b", kx.json_string('"a\\u0000b"'))
      assert.equal("\127\194\128\223\191\224\160\128\239\191\191",
        kx.json_string('"\\u007f\\u0080\\u07ff\\u0800\\uffff"'))
    end)

    it("joins surrogate pairs", function()
      assert.equal("\240\144\128\128", kx.json_string('"\\ud800\\udc00"'))
      assert.equal("\244\143\191\191", kx.json_string('"\\uDBFF\\uDFFF"'))
      assert.equal("x\240\159\152\128y", kx.json_string('"x\\ud83d\\ude00y"'))
    end)

    it("refuses lone surrogates, and appends nothing", function()
      for _, text in ipairs { "\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800\\ud800", "\\ud800x",
        "\\ud800\\n", "\\ud800\\u0041", "\\ud800\\ue000", "\\ud800\\u", "\\ud800\\udc0" } do
        assert.same({ nil, "" }, { kx.json_string('"before' .. text .. '"') })
        assert.is_false(kx.json_valid('"' .. text .. '"'))
      end
    end)

    it("is not read when there is no string", function()
      for _, text in ipairs { "1", "", "x", '"a', '"a" "b"' } do
        assert.is_nil((kx.json_string(text)))
      end
    end)
  end)

  describe("integer", function()
    it("is read up to 64 bits", function()
      for _, text in ipairs { "0", "7", "-7", "1234567890", "9223372036854775807",
        "-9223372036854775808" } do
        assert.equal(text, kx.json_integer(text))
      end
      assert.equal("0", kx.json_integer(" -0 "))
    end)

    it("is nothing but a whole number of 64 bits", function()
      for _, text in ipairs { "1.0", "1e2", "1E0", "9223372036854775808", "-9223372036854775809",
        "99999999999999999999", "01", "-", "", '"1"', "true", "1x", "0.", "+1" } do
        assert.is_nil(kx.json_integer(text))
      end
    end)
  end)

  it("knows a value's type by its first byte", function()
    local types = { ["{"] = "object", ["["] = "array", ['"'] = "string", ["-"] = "number",
      ["9"] = "number", t = "true", f = "false", n = "null", ["  {"] = "object", [""] = "none",
      ["]"] = "none", [","] = "none", ["+"] = "none", ["\255"] = "none" }
    for text, name in pairs(types) do
      assert.equal(name, kx.json_type(text))
    end
  end)

  it("walks a reply", function()
    local trace, done = kx.json_walk [[
      {"FailedPutCount": 1, "Encrypted": false,
       "RequestResponses": [{"RecordId": "a\u00e9"}, {"ErrorCode": "x", "n": -3}, [], {}]} ]]
    assert.is_true(done)
    assert.equal("{ FailedPutCount= 1 Encrypted= word RequestResponses= [ "
      .. "{ RecordId= <a\195\169> } { ErrorCode= <x> n= -3 } [ ] { } ] } ", trace)
  end)

  it("gives names as they stand in the text", function()
    assert.equal("{ a\\n= 1 } ", (kx.json_walk '{"a\\n":1}'))
  end)

  it("ends a walk at the first error", function()
    for _, text in ipairs { '{"a":1,}', "[1,]", "[1 2]", '{"a":[1}', "[", '{"a":{"b":1}',
      "[1.5]" } do
      local _, done = kx.json_walk(text)
      assert.is_false(done)
    end
  end)

  it("is not done inside an object or array", function()
    assert.is_false(kx.json_opened("["))
    assert.is_false(kx.json_opened("[ "))
  end)

  it("finds a member after others", function()
    assert.equal('{"x":[1]}', kx.json_find('{"a":"b","c":[{"want":1}],"want":{"x":[1]}}', "want"))
    assert.is_nil(kx.json_find('{"a":1}', "want"))
    assert.is_nil(kx.json_find('{"a":?,"want":1}', "want"))
  end)

  it("returns false from every call after a failure", function()
    for _, text in ipairs { "{}", "[]", '"a"', "1", "", "}", '"a":1' } do
      assert.is_true(kx.json_sticky(text))
    end
  end)

  describe("quote", function()
    it("escapes what RFC 8259 demands and nothing else", function()
      assert.equal('"a\\"b\\\\c/d"', kx.json_quote('a"b\\c/d'))
      assert.equal('"\\b\\f\\n\\r\\t"', kx.json_quote("\b\f\n\r\t"))
      assert.equal('"\\u0000\\u0001\\u001f\127"', kx.json_quote("\0\1\31\127"))
      assert.equal('"caf\195\169 \240\159\152\128"', kx.json_quote("caf\195\169 \240\159\152\128"))
      assert.equal('""', kx.json_quote(""))
    end)

    it("is read back unchanged", function()
      local bytes = {}
      for byte = 0, 127 do bytes[#bytes + 1] = string.char(byte) end
      local text = table.concat(bytes) .. "\195\169"
      assert.equal(text, kx.json_string(kx.json_quote(text)))
    end)

    it("marks the buffer as failed when there is no memory", function()
      kx.fail_allocation(1)
      assert.is_nil(kx.json_quote("x"))
    end)
  end)

  describe("UTF-8", function()
    local well_formed = { "", "a", "\0", "\127", "\194\128", "\223\191", "\224\160\128",
    "\236\191\191",
      "\237\128\128", "\237\159\191", "\238\128\128", "\239\191\191", "\240\144\128\128",
      "\243\191\191\191", "\244\143\191\191" }
    local malformed = { "\128", "\191", "\192\128", "\193\191", "\194", "\194a", "\194\192", "\223",
      "\224\159\191", "\224\160", "\225\128", "\225\128a", "\237\160\128", "\237\191\191",
      "\240\143\191\191", "\240\144\128", "\241\128\128a", "\244\144\128\128", "\245\128\128\128",
      "\248\136\128\128\128", "\254", "\255", "\195\169\169" }

    it("is what RFC 3629 allows, at every place", function()
      for before = 0, 17 do
        for _, text in ipairs(well_formed) do
          local padded = ("x"):rep(before) .. text
          assert.is_true(kx.utf8_valid(padded) and kx.utf8_valid(padded .. "xxxxxxxxx"))
        end
        for _, text in ipairs(malformed) do
          local padded = ("x"):rep(before) .. text
          assert.is_false(kx.utf8_valid(padded) or kx.utf8_valid(padded .. "xxxxxxxxx"))
        end
      end
    end)

    it("ends with the text, with any bytes after it in memory", function()
      for _, character in ipairs { "\194\128", "\224\160\128", "\240\144\128\128" } do
        for len = 1, #character - 1 do
          assert.is_false(kx.utf8_valid(character, len))
        end
        assert.is_true(kx.utf8_valid(character .. "\128", #character))
      end
    end)

    it("is required in strings", function()
      for before = 0, 9 do
        for _, text in ipairs(malformed) do
          assert.is_false(kx.json_valid('"' .. ("x"):rep(before) .. text .. '"'))
        end
      end
    end)
  end)
end)
