-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The definitions for lua-language-server in library/: they declare what the module has, no less
-- and no more.

local Exporter = require "kinesis_exporter"
local config = require "kinesis_exporter.config"

local function content(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local definitions = content "library/kinesis_exporter.lua"
for _, name in ipairs { "doctor", "nginx", "redshift" } do
  definitions = definitions .. content("library/kinesis_exporter/" .. name .. ".lua")
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function found(text, pattern)
  local set = {}
  for name in text:gmatch(pattern) do set[name] = true end
  return sorted(set)
end

-- The functions that the definitions declare: "Buckets:" gives the methods of a class.
local function declared(owner)
  return found(definitions, "\nfunction " .. owner .. "([%w_]+)%(")
end

local function functions_of(object)
  local set = {}
  for name, value in pairs(object) do
    if type(value) == "function" and not name:find "^__" then set[name] = true end
  end
  return sorted(set)
end

-- The fields that the definitions declare for a class, those of its base left out.
local function fields(class)
  local block = definitions:match("\n%-%-%-@class kinesis_exporter%." .. class .. "[: ]?[%w_. ]*\n"
    .. "(.-)\n\n")
  return found("\n" .. block .. "\n", "\n%-%-%-@field ([%w_]+)"), block
end

local function names_in(path, pattern)
  return found(content(path), pattern)
end

describe("the definitions for editors", function()
  local exporter = assert(Exporter.new())

  it("declare every function of the module", function()
    assert.same(functions_of(Exporter), declared "kinesis_exporter%.")
    assert.same(functions_of(require "kinesis_exporter.doctor"), declared "doctor%.")
    assert.same(functions_of(require "kinesis_exporter.redshift"), declared "redshift%.")
    assert.same(names_in("lua/kinesis_exporter/nginx.lua", "\nfunction nginx%.([%w_]+)"),
      declared "nginx%.")
  end)

  it("declare every method of every object", function()
    assert.same(functions_of(getmetatable(exporter)), declared "Exporter:")
    assert.same(functions_of(getmetatable(exporter:buckets())), declared "Buckets:")
    assert.same(functions_of(getmetatable(exporter:failed_jobs())), declared "FailedJobs:")
    assert.same(functions_of(getmetatable(exporter:rejected_events())), declared "RejectedEvents:")
  end)

  it("give the module's functions the parameters and results of the methods", function()
    local methods, comment = {}, {}
    for line in definitions:gmatch "([^\n]*)\n" do
      local owner, name, parameters = line:match "^function ([%w_]+[.:])([%w_]+)(%(.*)$"
      local text = table.concat(comment, "\n") .. (parameters or "")
      if owner == "Exporter:" then methods[name] = text end
      if owner == "kinesis_exporter." and name ~= "close" and methods[name] then
        assert.equal(methods[name], text)
      end
      if line:find "^%-%-%-" then comment[#comment + 1] = line else comment = {} end
    end
  end)

  it("declare every option with its type and its default", function()
    local names, block = fields "Options"
    assert.same(config.names(), names)
    local getenv = stub(os, "getenv")
    local defaults = assert(config.complete {})
    getenv:revert()
    defaults.analytics_redis, defaults.queue_redis = nil, nil -- those of redis
    for _, name in ipairs(names) do
      local kind, rest = block:match("@field " .. name .. "%? (%S+) ([^\n]+)")
      local default = defaults[name]
      assert.truthy(rest:find "[Dd]efault", name)
      if type(default) == "number" then
        assert.equal("integer", kind, name)
        assert.equal(("%d"):format(default), rest:match "Default: (%d+)$", name)
      elseif default then
        assert.equal(default, rest:match "Default: `(.+)`$", name)
      end
    end
  end)

  it("declare every option of work, run and start", function()
    local expected = names_in("lua/kinesis_exporter/jobs/options.lua", "\n  ([%l_]+) = {")
    local names = {}
    for _, class in ipairs { "LoopOptions", "WorkOptions", "RunOptions" } do
      for _, name in ipairs(fields(class)) do names[name] = true end
    end
    assert.same(expected, sorted(names))
    names = { every = true, exporter = true }
    for _, name in ipairs(fields "LoopOptions") do names[name] = true end
    assert.same(sorted(names), (fields "StartOptions"))
  end)

  it("declare every code", function()
    local set = { phase = true, rejected = true }
    for _, code in ipairs(names_in("csrc/base/error.c", ': return "(%l+)"')) do
      if code ~= "ok" then set[code] = true end
    end
    local block = definitions:match "@alias kinesis_exporter.Code\n(.-)\n\n"
    assert.same(sorted(set), found(block, '%-%-%-| "(%l+)"'))
  end)

  it("declare what stats returns", function()
    assert.same(sorted(assert(exporter:stats())), (fields "Stats"))
  end)

  it("are Lua that compiles", function()
    for _, path in ipairs { "kinesis_exporter", "kinesis_exporter/doctor", "kinesis_exporter/nginx",
      "kinesis_exporter/redshift" } do
      assert(loadfile("library/" .. path .. ".lua"))
    end
  end)
end)
