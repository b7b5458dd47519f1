-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The private nginx that the other specs of this folder use.

local nginx = require "nginx"

describe("the private nginx", function()
  it("can be had here", function()
    assert.is_nil(nginx.why_not())
  end)

  it("runs Lua with what it was given, reloads, and is gone with its workers", function()
    local server = nginx.start {
      workers = 2,
      configure = { redis = "redis://127.0.0.1:1/0", stream = "events", region = "eu-west-1" },
      init_worker = "started = true",
      env = { SOME_NAME = "some value" },
      main = "worker_rlimit_nofile 512;",
      http = "server { listen 127.0.0.1:{port2}; return 200 '{dir}'; }",
      server = [[
        location = /env { content_by_lua_block { ngx.print(os.getenv "SOME_NAME", started) } }
        location = /header { return 201 "$http_x_word $arg_n"; }
        location = /flavour { content_by_lua_block {
          ngx.print(package.searchpath("kinesis_exporter.core", package.cpath)) } }
      ]],
    }
    assert.same({ 200, "some valuetrue" }, { server.get "/env" })
    assert.same({ 201, "[it's] 1" }, { server.get("/header?n=1", { ["X-Word"] = "[it's]" }) })
    assert.truthy(select(2, server.get "/flavour"):find("/build/luajit/", 1, true))
    assert.equal(404, (server.get "/nowhere"))
    server.get_many("/header?n={n}", 3)
    assert.has_error(function() server.get_many("/nowhere", 1) end)
    assert.same({ 1, nil, "two\n", { a = { true } } },
      { server.run [[return 1, nil, "two\n", { a = { true } }]] })
    assert.has_error(function() server.run "error 'raised'" end)
    local workers = server.pids()
    assert.equal(2, #workers)
    server.signal "HUP"
    for _, pid in ipairs(workers) do server.wait_gone(pid) end
    assert.equal(204, (server.get "/_ready"))
    workers = server.pids()
    server.stop()
    for _, pid in ipairs(workers) do server.wait_gone(pid) end
    server.wait_gone(server.master)
    assert.equal(0, (server.get "/_ready"))
    assert.truthy(server.log():find("gracefully shutting down", 1, true))
    assert.is_nil(io.open(server.directory))
  end)

  it("says why it does not start", function()
    local fine, problem = pcall(nginx.start, { main = "no_such_directive on;" })
    assert.is_false(fine)
    assert.truthy(problem:find("no_such_directive", 1, true))
  end)
end)
