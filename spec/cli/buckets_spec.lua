-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The commands about buckets, run as a program against a real Redis.

local command_line = require "command_line"

local ON, EMERGENCY = "stats:enabled", "stats:disabled_emergency"
local A, B = "20151130100510", "20151130100520"

describe("kinesis-exporter", function()
  local world = command_line.world { firehose = false }
  local keys = world.keys
  local run, expect, json_of = world.run, world.expect, world.json_of

  setup(world.start)
  teardown(world.stop)
  before_each(world.reset)

  -- Two buckets, and the values of the switches; false leaves one out.
  local function given(exporting_is_on, on, emergency)
    world.change(B, { ["stats/{service:1}/metric:2/day:20151130"] = 1 })
    world.change(A, { ["stats/{service:1}/metric:3/day:20151130"] = 1 })
    if not exporting_is_on then world.redis.cli("DEL", keys.enabled) end
    if on then world.redis.cli("SET", ON, "1") end
    if emergency then world.redis.cli("SET", EMERGENCY, "1") end
  end

  -- Whether exporting is on, buckets are, and an emergency switched them off; how many there are.
  local function state()
    return world.exists(keys.enabled) == 1, world.exists(ON) == 1, world.exists(EMERGENCY) == 1,
      world.exists(keys.bucket .. A, keys.bucket .. B)
  end

  describe("buckets size", function()
    it("prints their number", function()
      expect(0, "0\n", "", "buckets", "size")
      given(true, true)
      expect(0, "2\n", "", "buckets", "size")
      assert.same({ buckets = 2 }, json_of("buckets", "size"))
    end)
  end)

  describe("buckets list", function()
    it("prints their names, oldest first", function()
      given(true, true)
      expect(0, A .. "\n" .. B .. "\n", "", "buckets", "list")
      assert.same({ buckets = { { name = A }, { name = B } } }, json_of("buckets", "list"))
    end)

    it("prints nothing when there are none, and an empty list as JSON", function()
      expect(0, "", "", "buckets", "list")
      expect(0, '{"buckets":[]}\n', "", "buckets", "list", "--json")
    end)
  end)

  describe("buckets enable", function()
    it("switches them on while exporting is on", function()
      given(true)
      expect(0, "buckets are on\n", "", "buckets", "enable")
      assert.same({ true, true, false, 2 }, { state() })
      assert.same({ enabled = true }, json_of("buckets", "enable"))
    end)

    it("fails while exporting is off, and changes nothing", function()
      given(false, false, true)
      expect(1, "", "buckets enable: exporting is off, and buckets would pile up: "
        .. "run kinesis-exporter enable first", "buckets", "enable")
      assert.same({ false, false, true, 2 }, { state() })
      expect(1, "", "buckets enable: exporting is off, and buckets would pile up: "
        .. "run kinesis-exporter enable first", "--json", "buckets", "enable")
    end)
  end)

  describe("buckets disable", function()
    it("switches them off and ends an emergency; the buckets stay", function()
      given(true, true, true)
      expect(0, "buckets are off\n", "", "buckets", "disable")
      assert.same({ true, false, false, 2 }, { state() })
      assert.same({ enabled = false }, json_of("buckets", "disable"))
    end)

    it("works while exporting is off", function()
      given(false, true)
      expect(0, "buckets are off\n", "", "buckets", "disable")
      assert.same({ false, false, false, 2 }, { state() })
    end)
  end)

  describe("buckets emergency", function()
    it("says whether the last switch-off was one", function()
      expect(0, "no emergency\n", "", "buckets", "emergency")
      assert.same({ emergency = false }, json_of("buckets", "emergency"))
      given(true, false, true)
      expect(0, "the last switch-off was an emergency\n", "", "buckets", "emergency")
      assert.same({ emergency = true }, json_of("buckets", "emergency"))
      assert.same({ true, false, true, 2 }, { state() })
    end)
  end)

  describe("buckets delete", function()
    it("is wrong usage without --yes, and changes nothing", function()
      given(true, true)
      expect(2, "", "'buckets delete' cannot be undone: add --yes: "
        .. "see 'kinesis-exporter help buckets delete'", "buckets", "delete")
      assert.same({ true, true, false, 2 }, { state() })
    end)

    it("switches them off and deletes all", function()
      given(true, true)
      expect(0, "2\n", "", "buckets", "delete", "--yes")
      assert.same({ true, false, false, 0 }, { state() })
      assert.equal(0, world.exists(keys.buckets))
      given(false)
      assert.same({ deleted = 2 }, json_of("buckets", "delete", "--yes"))
    end)
  end)

  describe("disable", function()
    it("fails while buckets are on, and changes nothing", function()
      given(true, true)
      expect(1, "", "disable: buckets are on and would pile up: "
        .. "run kinesis-exporter buckets disable first", "disable")
      assert.same({ true, true, false, 2 }, { state() })
    end)

    it("works when they are off, no matter what switched them off", function()
      given(true, false, true)
      expect(0, "exporting is off\n", "", "disable")
      assert.same({ false, false, true, 2 }, { state() })
    end)
  end)

  it("buckets by themselves are wrong usage", function()
    local why = "'buckets' needs a second word: buckets size, buckets list, buckets enable, "
      .. "buckets disable, buckets emergency, buckets delete: see 'kinesis-exporter help'"
    expect(2, "", why, "buckets")
    expect(2, "", why, "buckets", "sise")
    expect(2, "", "'buckets list' takes nothing: see 'kinesis-exporter help buckets list'",
      "buckets", "list", "5")
  end)

  it("fails in one line when Redis is away", function()
    world.environment.KINESIS_EXPORTER_REDIS = "redis://:hunter2@127.0.0.1:1"
    for _, name in ipairs { "size", "list", "enable", "disable", "emergency" } do
      local code, out, err = run("buckets", name)
      assert.same({ 1, "" }, { code, out })
      assert.truthy(err:find("^kinesis%-exporter: buckets " .. name .. ": redis 127.0.0.1:1: "
        .. "Connection refused[^\n]*\n$"), err)
    end
    assert.equal(1, (run("buckets", "delete", "--yes")))
    assert.equal(1, (run "disable"))
  end)

  it("help tells of each", function()
    for _, name in ipairs { "size", "list", "enable", "disable", "emergency", "delete" } do
      local code, out, err = run("help", "buckets", name)
      assert.same({ 0, "" }, { code, err })
      assert.truthy(out:find("kinesis-exporter buckets " .. name, 1, true), out)
    end
  end)
end)
