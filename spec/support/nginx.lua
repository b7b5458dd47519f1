-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A real nginx with its Lua module for the specs, as a process of its own on a free port. It loads
-- the LuaJIT build of the module, whichever Lua runs the specs.

local cjson = require "cjson"
local processes = require "processes"

local nginx = {}

local quote = processes.quote
local root = processes.output("cd " .. quote(processes.here() .. "../..") .. " && pwd")
local modules = "/usr/lib/nginx/modules/"
local needed = {
  modules .. "ndk_http_module.so", modules .. "ngx_http_lua_module.so",
  "/usr/share/lua/5.1/resty/core.lua", root .. "/build/luajit/kinesis_exporter/core.so",
}

local template = [[
daemon off;
master_process on;
user root root;
pid %(dir)/nginx.pid;
error_log %(dir)/error.log info;
worker_processes %(workers);
worker_shutdown_timeout 10s;
load_module %(modules)ndk_http_module.so;
load_module %(modules)ngx_http_lua_module.so;
%(env)
%(main)
events { worker_connections 256; }
http {
  access_log off;
  lua_package_path "%(root)/lua/?.lua;%(root)/spec/support/?.lua;;";
  lua_package_cpath "%(root)/build/luajit/?.so;;";
  client_body_temp_path %(dir)/body;
  proxy_temp_path %(dir)/proxy;
  fastcgi_temp_path %(dir)/fastcgi;
  uwsgi_temp_path %(dir)/uwsgi;
  scgi_temp_path %(dir)/scgi;
  %(configure)
  %(http)
  server {
    listen 127.0.0.1:{port};
    location = /_ready { return 204; }
    location = /_run { content_by_lua_block {
      local code = ngx.var.http_x_code:gsub("%x%x", function(digits)
        return string.char(tonumber(digits, 16))
      end)
      local function answer(...)
        local list = {}
        for i = 1, select("#", ...) do
          local item = select(i, ...)
          list[i] = item == nil and ngx.null or item
        end
        ngx.print(require("cjson").encode { list })
      end
      answer(assert(loadstring(code, "=run"))())
    } }
    %(server)
  }
}
]]

-- The ports are known only when the server is about to start; the brackets keep the supervisor from
-- putting them into these words.
local launch = [[sed "s/{[p]ort}/$1/g; s/{[p]ort2}/$2/g" "$3/nginx.conf.in" > "$3/nginx.conf" &&
  exec env -u LUA_PATH -u LUA_CPATH "${@:4}" nginx -p "$3" -c "$3/nginx.conf" -e "$3/error.log"]]

-- A value as Lua source.
function nginx.literal(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local fields = {}
  for name, field in pairs(value) do
    fields[#fields + 1] = ("[%s] = %s"):format(nginx.literal(name), nginx.literal(field))
  end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

local function init_worker(options)
  local code = options.init_worker or ""
  if options.configure then
    code = ('assert(require("kinesis_exporter").configure %s)\n%s')
      :format(nginx.literal(options.configure), code)
  end
  return code ~= "" and ("init_worker_by_lua_block {\n%s\n}"):format(code) or ""
end

local function environment(env)
  local words, directives = {}, {}
  for name, value in pairs(env or {}) do
    words[#words + 1] = name .. "=" .. value
    directives[#directives + 1] = "env " .. name .. ";"
  end
  return words, table.concat(directives, "\n")
end

local function configuration(options, directory, directives)
  local given = {
    root = root, modules = modules, workers = tostring(options.workers or 1), env = directives,
    main = options.main or "", http = options.http or "", server = options.server or "",
    configure = init_worker(options), dir = directory,
  }
  return (template:gsub("%%%((%a+)%)", given):gsub("{dir}", directory))
end

local function numbers(text)
  local list = {}
  for number in text:gmatch "%d+" do list[#list + 1] = tonumber(number) end
  return list
end

local function alive(pid)
  return processes.output(("kill -0 %d 2>/dev/null && echo yes"):format(pid)) == "yes"
end

-- A request with curl: its status and body, or 0 and why there was no answer.
local function get(url, headers)
  local words = { "curl", "-q", "-sS", "-k", "-g", "--noproxy", "*", "--max-time", "60",
                  "-w", "\n%{http_code}" }
  for name, value in pairs(headers or {}) do
    words[#words + 1] = "-H"
    words[#words + 1] = name .. ": " .. value
  end
  words[#words + 1] = url
  local code, out, err = processes.run(words)
  if code ~= 0 then return 0, err end
  local body, status = out:match "^(.*)\n(%d+)$"
  return tonumber(status), body
end

local function add_requests(server)
  server.url = "http://127.0.0.1:" .. server.port

  function server.get(path, headers)
    return get(server.url .. path, headers)
  end

  -- `count` requests one after the other on one connection; `{n}` in the path becomes 1, 2, ...
  function server.get_many(path, count)
    local url = server.url .. path:gsub("{n}", ("[1-%d]"):format(count))
    local code, _, err = processes.run { "curl", "-q", "-sS", "--noproxy", "*", "--max-time", "60",
                                         "--fail", "-o", "/dev/null", url }
    assert(code == 0, err)
  end
end

-- Results in the order of a JSON list, null being nil.
local function unpack_list(list, i)
  if i > #list then return end
  local item = list[i]
  if item == cjson.null then item = nil end
  return item, unpack_list(list, i + 1)
end

local function add_running(server)
  -- Runs Lua code in a content handler: what it returns, numbers and tables as JSON makes them.
  function server.run(code)
    local hex = code:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
    local status, body = server.get("/_run", { ["X-Code"] = hex })
    assert(status == 200, body .. server.log():sub(-2000))
    return unpack_list(cjson.decode(body)[1], 1)
  end
end

local function add_processes(server)
  server.master = tonumber(server.pid)

  -- The workers; after a HUP also the old ones, until they have ended.
  function server.pids()
    return numbers(processes.output("ps -o pid= --ppid " .. server.master))
  end

  function server.wait_gone(pid)
    processes.wait_until(function() return not alive(pid) end, 20, "the end of process " .. pid)
  end
end

local function add_ending(server, directory)
  local stop = server.stop
  local last_words

  -- The error log; still to be had after stop().
  function server.log()
    return last_words or processes.read_file(directory .. "/error.log") or ""
  end

  function server.stop()
    if last_words then return end
    local all = server.pids()
    all[#all + 1] = server.master
    if alive(server.master) then server.signal "QUIT" end
    local fine, problem = pcall(function()
      for _, pid in ipairs(all) do server.wait_gone(pid) end
    end)
    for _, pid in ipairs(all) do
      if alive(pid) then os.execute("kill -KILL " .. pid) end
    end
    stop()
    last_words = server.log()
    processes.remove_directory(directory)
    assert(fine, problem)
  end
end

-- Why there can be no nginx here; nil when there can.
function nginx.why_not()
  if processes.output "command -v nginx" == "" then return "no nginx is installed" end
  for _, path in ipairs(needed) do
    local file = io.open(path, "rb")
    if not file then return path .. " is missing" end
    file:close()
  end
end

-- Starts one and waits until a worker answers. Options: `workers` (1); `main`, `http` and `server`,
-- text for those blocks, where {port}, {port2} and {dir} are replaced; `configure`, options of the
-- default exporter of each worker, and `init_worker`, Lua code that runs after that; `env`, names
-- and values. Gives url, port, port2, directory, master (a pid), pids(), get(path [, headers]),
-- get_many(path, count), run(code), signal(name) to the master, log(), wait_gone(pid), stop().
function nginx.start(options)
  local directory = processes.temporary_directory()
  local env, directives = environment(options.env)
  processes.write_file(directory .. "/nginx.conf.in",
    configuration(options, directory, directives))
  local words = { "bash", "-c", launch, "nginx", "{port}", "{port2}", directory }
  for _, word in ipairs(env) do words[#words + 1] = word end
  local fine, server = pcall(processes.start, words, function(started)
    return (get(("http://127.0.0.1:%s/_ready"):format(started.port))) == 204
      or not started.alive() and error "nginx has ended"
  end, { directory = directory })
  if not fine then
    error(server .. (processes.read_file(directory .. "/error.log") or ""), 2)
  end
  add_requests(server)
  add_running(server)
  add_processes(server)
  add_ending(server, directory)
  return server
end

return nginx
