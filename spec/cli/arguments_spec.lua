-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- How a command line is read, with a small grammar; then the small things around it: JSON that is
-- always valid, and lines that are read in slices.

local arguments = require "kinesis_exporter.cli.arguments"
local helper = require "helper"
local json = require "kinesis_exporter.util.json"
local line_reader = require "kinesis_exporter.cli.line_reader"

local function as_is(text) return text end

local grammar = {
  options = {
    { name = "redis", value = "URL", read = as_is, global = true },
    { name = "json", global = true }, { name = "help", global = true },
    { name = "version", global = true },
    { name = "limit", value = "N", read = arguments.count(0) },
    { name = "yes" },
  },
  commands = {
    { name = "flush", options = { "limit" } },
    { name = "add", operands = { { name = "FILE", read = as_is } } },
    { name = "dead list", operands = { { name = "N", read = arguments.count(1) } } },
    { name = "dead delete", options = { "yes" }, requires = { option = "yes", why = "add --yes" } },
    { name = "version" }, { name = "help" },
  },
}

describe("arguments", function()
  local function read(...)
    local call, fault, words = arguments.parse({ ... }, grammar)
    if not call then return nil, fault, words end
    return { call.command.name, call.options, call.operands }
  end

  local function fault(...)
    local call, why = read(...)
    assert.is_nil(call)
    return why
  end

  it("takes options before and after the command, in both forms", function()
    local expected = { "flush", { redis = "r", limit = 5, json = true }, {} }
    assert.same(expected, read("--redis", "r", "flush", "--limit", "5", "--json"))
    assert.same(expected, read("--limit=5", "--json", "--redis=r", "flush"))
    assert.same(expected, read("flush", "--redis=x", "--redis", "r", "--json", "--limit", "5"))
  end)

  it("takes operands, - and what follows --", function()
    assert.same({ "add", {}, {} }, read("add"))
    assert.same({ "add", {}, { "f" } }, read("add", "f"))
    assert.same({ "add", {}, { "-" } }, read("add", "-"))
    assert.same({ "add", {}, { "--json" } }, read("add", "--", "--json"))
    assert.same({ "dead list", {}, { 7 } }, read("dead", "list", "7"))
    assert.same({ "dead list", { json = true }, {} }, read("dead", "--json", "list"))
  end)

  it("takes values with = in them, empty ones, and any after =", function()
    assert.same({ "flush", { redis = "a=b=c" }, {} }, read("flush", "--redis=a=b=c"))
    assert.same({ "flush", { redis = "" }, {} }, read("flush", "--redis", ""))
    assert.same({ "flush", { redis = "--json" }, {} }, read("flush", "--redis=--json"))
  end)

  it("takes help and version in an option's clothes", function()
    assert.same({ "help", { help = true }, {} }, read("--help"))
    assert.same({ "help", { help = true }, { "flush" } }, read("flush", "-h"))
    assert.same({ "help", {}, { "dead", "list" } }, read("help", "dead", "list"))
    assert.same({ "version", { version = true }, {} }, read("--version", "flush"))
  end)

  it("names unknown commands and the nearest one", function()
    assert.equal("unknown command 'flsh', did you mean 'flush'?", fault("flsh"))
    assert.equal("unknown command 'zzzz'", fault("zzzz"))
    assert.equal("no command", fault())
    assert.equal("no command", fault("--json"))
    assert.equal("'dead' needs a second word: dead list, dead delete", fault("dead"))
    assert.equal("'dead' needs a second word: dead list, dead delete", fault("dead", "lst"))
  end)

  it("names unknown options and the nearest one", function()
    assert.equal("unknown option '--jsno', did you mean '--json'?", fault("flush", "--jsno"))
    assert.equal("unknown option '--zzzzzz'", fault("--zzzzzz=1", "flush"))
    assert.equal("unknown option '-x'", fault("-x", "flush"))
    assert.equal("unknown option '-1'", fault("dead", "list", "-1"))
  end)

  it("shows no word that could hold a password", function()
    assert.equal("unknown command", fault("redis://:hunter2@host"))
    assert.equal("unknown command", fault(("hunter2"):rep(9)))
    assert.equal("unknown option '--redsi', did you mean '--redis'?", fault("--redsi=:hunter2@"))
    assert.equal("'flush' takes nothing", fault("flush", "hunter2"))
  end)

  it("refuses values that are missing, or not wanted, or wrong", function()
    assert.equal("--redis needs a value: URL", fault("flush", "--redis"))
    assert.equal("--redis needs a value: URL", fault("--redis", "--json", "flush"))
    assert.equal("--json takes no value", fault("--json=yes", "flush"))
    for _, wrong in ipairs { "x", "-1", "1.5", "", "0x10", "1e3", " 1", "9999999999999999" } do
      assert.equal("--limit must be a whole number, at least 0",
        fault("flush", "--limit=" .. wrong))
    end
    assert.equal("N must be a whole number, at least 1", fault("dead", "list", "0"))
  end)

  it("refuses what belongs to another command, or is too much, or too little", function()
    assert.equal("--limit is not an option of 'add'", fault("add", "--limit", "1"))
    assert.equal("'add' takes at most one FILE", fault("add", "a", "b"))
    assert.equal("add --yes", fault("dead", "delete"))
    assert.same({ "dead delete", { yes = true }, {} }, read("dead", "delete", "--yes"))
  end)

  it("tells the words that came before the mistake", function()
    local _, _, words = read("flush", "--limit", "x")
    assert.same({ "flush" }, words)
  end)
end)

describe("json", function()
  local function decoded(fields) return helper.json.decode(json.object(fields)) end

  it("keeps the order of members, and null", function()
    assert.equal('{"b":1,"a":true,"c":null,"d":"x","e":[{"f":"g"},{}],"h":[]}', json.object {
      { "b", 1 }, { "a", true }, { "c", nil }, { "d", "x" }, { "e", { { { "f", "g" } }, {} } },
      { "h", {} },
    })
  end)

  it("writes whole numbers without an exponent", function()
    assert.equal('{"n":9007199254740991}', json.object { { "n", 9007199254740991 } })
    assert.equal('{"n":-1}', json.object { { "n", -1 } })
  end)

  it("gives every ASCII character back", function()
    local all = {}
    for byte = 0, 127 do all[#all + 1] = string.char(byte) end
    local text = table.concat(all)
    assert.equal(text, decoded { { "t", text } }.t)
    assert.is_nil(json.object({ { "t", text } }):find "%c")
  end)

  it("keeps UTF-8 and replaces what is none", function()
    local bad = "\239\191\189"
    for text, expected in pairs {
      ["josé 佐藤 \240\159\152\128 \244\143\191\191"] = "josé 佐藤 \240\159\152\128 \244\143\191\191",
      ["\255"] = bad, ["a\128b"] = "a" .. bad .. "b", ["\192\128"] = bad .. bad,
      ["\195"] = bad, ["\195\195\169"] = bad .. "é", ["\237\160\128"] = bad .. bad .. bad,
      ["\224\159\191"] = bad .. bad .. bad, ["\244\144\128\128"] = bad .. bad .. bad .. bad,
      ["\240\143\191\191"] = bad .. bad .. bad .. bad, ["\226\130"] = bad .. bad,
    } do
      assert.equal('{"t":"' .. expected .. '"}', json.object { { "t", text } })
    end
  end)
end)

describe("lines", function()
  -- A file that gives its text in pieces, then fails or ends.
  local function file(pieces, problem)
    local at = 0
    return { read = function()
      at = at + 1
      if pieces[at] then return pieces[at] end
      return nil, problem
    end }
  end

  local function all(reader)
    local out, sizes = {}, {}
    for slice in function() return reader:slice() end do
      sizes[#sizes + 1] = #slice
      for _, line in ipairs(slice) do out[#out + 1] = line end
    end
    return out, sizes
  end

  it("puts lines together from blocks cut anywhere", function()
    local text = "one\ntwo\r\n\n  \nthree\nfour"
    for size = 1, #text do
      local pieces = {}
      for at = 1, #text, size do pieces[#pieces + 1] = text:sub(at, at + size - 1) end
      local reader = line_reader.reader(file(pieces))
      assert.same({ "one", "two", "three", "four" }, (all(reader)))
      assert.equal(6, reader.number)
    end
  end)

  it("gives nothing for nothing", function()
    assert.same({}, (all(line_reader.reader(file {}))))
    assert.same({}, (all(line_reader.reader(file { "\n\n \n" }))))
  end)

  it("cuts slices by lines", function()
    local _, sizes = all(line_reader.reader(file { ("x\n"):rep(12001) }))
    assert.same({ 5000, 5000, 2001 }, sizes)
  end)

  it("cuts slices by bytes", function()
    local line = ("x"):rep(1024 * 1024) .. "\n"
    local _, sizes = all(line_reader.reader(file { line, line, line, line, line, line }))
    assert.same({ 4, 2 }, sizes)
  end)

  it("leaves out a line beyond all bounds and goes on", function()
    local piece, pieces = ("x"):rep(1024 * 1024), { "first\n" }
    for _ = 1, 17 do pieces[#pieces + 1] = piece end
    pieces[#pieces + 1] = "\nlast\n"
    local reader = line_reader.reader(file(pieces))
    assert.same({ "first", "last" }, (all(reader)))
    assert.equal(1, reader.left_out)
    assert.equal(2, reader.first_left_out)
    assert.equal(3, reader.number)
  end)

  it("says why reading failed", function()
    assert.same({ nil, "Is a directory" },
      { line_reader.reader(file({}, "Is a directory")):slice() })
    assert.same({ nil, "broken" }, { line_reader.reader(file({ "a\nb" }, "broken")):slice() })
  end)
end)
