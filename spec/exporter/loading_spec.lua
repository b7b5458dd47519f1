-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The module as the dynamic linker sees it: what it exports, which OpenSSL it finds in a program,
-- and whether it stays loaded when Lua is closed. The programs are compiled here (host.c).

local helper = require "helper"
local processes = require "processes"

local lua = rawget(_G, "jit") and "luajit" or "lua5.4"
local sanitized = package.cpath:find "build/asan" ~= nil
local compiler = { os.getenv "CC" or "gcc" }
if sanitized then compiler[2] = "-fsanitize=address" end
compiler = helper.quote(compiler) .. " "
local sources = processes.here() .. "harness/host"
local old_definitions =
  "-DNUMBER=0x1010117fL '-DNAME=\"1.1.1w  11 Sep 2023\"' '-DCURLS=\"1.1.1w\"'"

describe("loading", function()
  local directory, core, plain

  local function compile(name, options)
    local path = directory .. "/" .. name
    local code, _, err = helper.run(compiler .. " -o " .. path .. " " .. options)
    assert(code == 0, err)
    return path
  end

  -- A program whose own symbols libraries see, with more sources and options if need be.
  local function program(name, more)
    return compile(name, ("%s.c -rdynamic %s $(pkg-config --cflags --libs %s)")
      :format(sources, more or "", lua))
  end

  -- A library to be found before all others.
  local function library(definitions)
    return compile("libother.so", "-shared -fPIC " .. definitions .. " " .. sources .. "_openssl.c")
  end

  -- Runs Lua code in a program: exit code, what was mapped in the end, standard error.
  local function run(path, code, preload)
    local runtime = sanitized and processes.output "gcc -print-file-name=libasan.so" .. " " or ""
    return helper.run({ path, code }, { seconds = 60, env = {
      LUA_PATH = package.path, LUA_CPATH = package.cpath,
      LD_PRELOAD = preload and runtime .. preload,
    } })
  end

  local function expect_refusal(words, path, preload)
    local code, _, err = run(path, "require 'kinesis_exporter'", preload)
    assert.equal(1, code, err)
    for _, word in ipairs(words) do assert.truthy(err:find(word, 1, true), err) end
    assert.truthy(err:find "^[^\n]+\n$", err)
  end

  setup(function()
    directory = helper.temporary_directory()
    plain = program "host"
    core = package.cpath:match("[^;]+"):gsub("%?", "kinesis_exporter/core")
  end)

  teardown(function()
    helper.remove_directory(directory)
  end)

  it("goes well in a program that has no OpenSSL of its own", function()
    local code, _, err = run(plain, "assert(require 'kinesis_exporter')")
    assert.same({ 0, "" }, { code, err })
  end)

  it("goes well with an OpenSSL that has more than the one it was built for", function()
    local newer = library "-DNUMBER=0x39000000L"
    local code, _, err = run(plain, "assert(require 'kinesis_exporter')", newer)
    assert.same({ 0, "" }, { code, err })
  end)

  it("goes well beside libraries of another major version, which the linker keeps apart", function()
    helper.write_file(directory .. "/versions", "OPENSSL_1_1_0 { global: *; };")
    local old = library(old_definitions .. " -Wl,--version-script=" .. directory .. "/versions")
    local code, _, err = run(plain, "assert(require 'kinesis_exporter')", old)
    assert.same({ 0, "" }, { code, err })
  end)

  it("is refused in a program that exports an OpenSSL of its own", function()
    local own = sources .. "_openssl.c " .. old_definitions
    expect_refusal({ "built for the libraries of OpenSSL 3", directory .. "/own",
                     "(OpenSSL 1.1.1w  11 Sep 2023)", "use one that is linked to" },
      program("own", own))
  end)

  it("is refused in a program that exports only a part of libssl", function()
    local path = program("tls", sources .. "_openssl.c -DTLS")
    expect_refusal({ "cannot run in " .. path }, path)
  end)

  it("is refused on the libraries of another major version", function()
    local old = library(old_definitions)
    expect_refusal({ "built for OpenSSL 3", "runs on OpenSSL 1.1.1w  11 Sep 2023 here",
                     "(" .. old .. ")", "luarocks make CRYPTO_DIR=" }, plain, old)
  end)

  it("is refused when libcurl has another OpenSSL than the module", function()
    local other = library "'-DNAME=\"3.0.1 1 Jan 2022\"' '-DCURLS=\"1.1.1\"'"
    expect_refusal({ "runs on OpenSSL 3.0.1 1 Jan 2022 here and libcurl on OpenSSL 1.1.1:" },
      plain, other)
  end)

  it("ends with Lua, unless the module was pinned", function()
    local function stays(code)
      local status, maps, err = run(plain, code)
      assert.same({ 0, "" }, { status, err })
      return maps:find("kxtest.so", 1, true) and maps:find("libcurl.so", 1, true) and true or false
    end
    -- For the sanitizer modules are linked so that they stay.
    assert.equal(sanitized, stays "require 'kxtest'")
    assert.is_true(stays "local kx = require 'kxtest' assert(kx.pin() and kx.pin())")
  end)

  it("exports only the function that Lua calls, and how to unwind its stack", function()
    local names, address = {}, nil
    for at, name in processes.output("nm -D --defined-only " .. core):gmatch "(%x+) %a (%S+)" do
      if not name:find "^__" then names[#names + 1], address = name, at end
    end
    assert.same({ "luaopen_kinesis_exporter_core" }, names)
    -- Without that LuaJIT panics where an error passes through.
    local frames = processes.output("readelf --debug-dump=frames " .. core)
    assert.truthy(frames:find("pc=" .. address .. "..", 1, true))
  end)
end)
