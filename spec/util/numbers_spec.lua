-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Numbers as text: short, exact, and with a point in every locale that the program has set.

local worlds = require "worlds"
local helper = require "helper"
local numbers = require "kinesis_exporter.util.numbers"

local texts = {
  ["0"] = 0, ["1"] = 1.0, ["-12"] = -12, ["0.1"] = 0.1, ["0.3"] = 0.3, ["-1.5"] = -1.5,
  ["0.30000000000000004"] = 0.1 + 0.2, ["0.3333333333333333"] = 1 / 3, ["123456.789"] = 123456.789,
  ["1e-07"] = 1e-7, ["1e+300"] = 1e300, ["4.94065645841247e-324"] = 2 ^ -1074,
  ["1.7976931348623157e+308"] = 1.7976931348623157e308, ["1000000000000000"] = 1e15,
  ["9007199254740992"] = 2 ^ 53, ["20151130100520"] = 20151130100520, ["1e+16"] = 1e16,
}

-- Two locales, one with a comma, one with a character of two bytes.
local MAP = [[
<code_set_name> SMALL
<mb_cur_max> 2
<escape_char> /
<comment_char> %
CHARMAP
]]

local function make_locale(directory, name, point)
  local map = { MAP, "<U066B> /xd9/xab x\n" }
  for i = 0, 127 do map[#map + 1] = ("<U%04X> /x%02x x\n"):format(i, i) end
  map[#map + 1] = "END CHARMAP\n"
  helper.write_file(directory .. "/map", table.concat(map))
  helper.write_file(directory .. "/source", ([[
LC_NUMERIC
decimal_point "%s"
thousands_sep ""
grouping -1
END LC_NUMERIC
]]):format(point))
  helper.run { "localedef", "-c", "-i", directory .. "/source", "-f", directory .. "/map",
               directory .. "/" .. name }
end

-- The C library itself leaks what it reads of LOCPATH.
local NO_LEAKS = "detect_leaks=0"

-- Writes numbers in every way that there is: into events, JSON, metrics, charts, messages.
local WRITER = [[
  local place, redis = ...
  local numbers = require "kinesis_exporter.util.numbers"
  local json = require "kinesis_exporter.util.json"
  local prometheus = require "kinesis_exporter.status.prometheus"
  local Exporter = require "kinesis_exporter"
  assert(os.setlocale(place, "numeric"))
  io.stderr:write(("%.1f"):format(0.5))
  print(numbers.text(0.1), numbers.text(-1.5e-9), numbers.fixed(-2.3, 1), numbers.fixed(3, 1))
  print(json.value(0.1))
  print((prometheus.write {
    version = "1", up = true, backlog = {}, totals = {}, redis_clock_offset = 0.25,
  }):match "\n(kinesis_exporter_redis_clock_offset_seconds [^\n]*)")
  local own = assert(Exporter.new { redis = redis })
  print((select(2, pcall(own.flush_pending_events, own, 1.5))))
  print((select(2, pcall(own.work, own, { poll_seconds = 0.001 }))))
  print((select(2, pcall(Exporter.new, { concurrency = 0.5 }))))
  assert(own:record { a = 0.1, b = 1e300, c = 12, time_gen = -0.5 })
]]

describe("numbers", function()
  local world = worlds.world()
  local directory

  setup(function()
    world.start()
    directory = helper.temporary_directory()
    make_locale(directory, "comma", ",")
    make_locale(directory, "arabic", "<U066B>")
  end)

  teardown(function()
    world.stop()
    helper.remove_directory(directory)
  end)

  it("are the shortest texts that read back the same", function()
    for text, number in pairs(texts) do
      assert.equal(text, numbers.text(number))
      assert.equal(number, tonumber(text))
    end
    local most = rawget(math, "maxinteger")
    if most then assert.equal("9223372036854775807", numbers.text(most)) end
  end)

  it("read back the same, whatever they are", function()
    local seed = 20151130
    for _ = 1, 20000 do
      seed = seed * 48271 % 2147483647
      local number = (seed - 2 ^ 30) / 2 ^ (seed % 60) * 10 ^ (seed % 40 - 20)
      assert.equal(number, tonumber(numbers.text(number)))
    end
  end)

  it("have a point in every locale", function()
    for name, point in pairs { comma = ",", arabic = "\217\171", C = "." } do
      world.reset()
      local code, out, err = helper.run(
        { helper.interpreter, "-", name, world.redis.unix_url },
        { stdin = WRITER, env = { LUA_PATH = package.path, LUA_CPATH = package.cpath,
                                  LOCPATH = directory, ASAN_OPTIONS = NO_LEAKS } })
      assert.equal(0, code, err)
      assert.truthy(err == "0" .. point .. "5" or (rawget(_G, "jit") and err == "0.5"), err)
      local lines = {}
      for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
      assert.same({
        "0.1\t-1.5e-09\t-2.3\t3.0", "0.1", "kinesis_exporter_redis_clock_offset_seconds 0.25",
      }, { lines[1], lines[2], lines[3] })
      assert.matches("limit must be a whole number that is not negative, got 1%.5$", lines[4])
      assert.matches("'poll_seconds' must be from 0%.01 to 3600, got 0%.001$", lines[5])
      assert.matches("'concurrency' must be a whole number, got the number 0%.5$", lines[6])
      assert.equal('{"time_gen":"-0.5","a":"0.1","b":"1e+300","c":"12"}\n',
        world.redis.cli("LINDEX", world.keys.inbox, "0")[1] .. "\n")
    end
  end)
end)
