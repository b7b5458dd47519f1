-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Commands and servers for the specs, with nothing but io and os. A server runs until stop(), or
-- until this Lua ends in any way (see supervisor.py).

local processes = {}

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"

-- The Lua for programs that specs start: a suite names it when it is not the plain one.
processes.interpreter = os.getenv "KX_LUA" or (rawget(_G, "jit") and "luajit" or "lua5.4")

-- Keeps the handles: a server whose handle is collected stops.
local running = {}

function processes.here()
  return here
end

-- One shell word. A list becomes several.
function processes.quote(words)
  if type(words) ~= "table" then
    return "'" .. tostring(words):gsub("'", "'\\''") .. "'"
  end
  local quoted = {}
  for i = 1, #words do quoted[i] = processes.quote(words[i]) end
  return table.concat(quoted, " ")
end

function processes.sleep(seconds)
  os.execute("sleep " .. seconds)
end

function processes.read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

function processes.write_file(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- What a command writes to its standard output, without the final newline.
function processes.output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return (text:gsub("\n$", ""))
end

function processes.temporary_directory()
  return processes.output("mktemp -d /tmp/kinesis-exporter-spec.XXXXXX")
end

function processes.remove_directory(path)
  assert(path:match("^/tmp/."), "not a temporary directory: " .. path)
  os.execute("rm -rf " .. processes.quote(path))
end

-- Calls `test` until it gives something true and returns that; an error after `seconds` (20).
function processes.wait_until(test, seconds, what)
  local deadline = os.time() + (seconds or 20)
  repeat
    local result = test()
    if result then return result end
    processes.sleep(0.02)
  until os.time() > deadline
  error(("waited %d s for %s, which did not come"):format(seconds or 20, what or "a condition"), 2)
end

local function with_environment(command, env)
  local words = { "env" }
  for name, value in pairs(env) do
    -- false removes a variable; env wants its options first.
    if value == false then
      table.insert(words, 2, "-u " .. name)
    else
      words[#words + 1] = processes.quote(name .. "=" .. value)
    end
  end
  return table.concat(words, " ") .. " " .. command
end

-- Runs a command (a list of words, or shell text) to its end: exit code, standard output, standard
-- error. A signal shows as 128 + its number. Options: `stdin` text; `env` names and values, false
-- for unset; `seconds` after which it is ended, with code 124.
function processes.run(command, options)
  options = options or {}
  local directory = processes.temporary_directory()
  local text = type(command) == "table" and processes.quote(command)
    or "sh -c " .. processes.quote(command)
  if options.seconds then text = "timeout -k 2 " .. options.seconds .. " " .. text end
  if options.env then text = with_environment(text, options.env) end
  processes.write_file(directory .. "/in", options.stdin or "")
  os.execute(("{ %s ; } < %s/in > %s/out 2> %s/err ; echo $? > %s/code")
    :format(text, directory, directory, directory, directory))
  local code = tonumber(processes.read_file(directory .. "/code"))
  local out = processes.read_file(directory .. "/out")
  local err = processes.read_file(directory .. "/err")
  processes.remove_directory(directory)
  return code, out, err
end

local function close(server)
  if not running[server] then return end
  running[server]:close()
  running[server] = nil
end

local function output_of(directory)
  return (processes.read_file(directory .. "/out") or "")
    .. (processes.read_file(directory .. "/err") or "")
end

-- Starts a server and waits until `ready(server)` is true. `{port}` and `{port2}` in its words
-- become free ports. Options: `directory` for its files (else a temporary one, removed with it).
-- The server: pid, port, port2, directory, stop(), signal(name), alive(), output().
function processes.start(words, ready, options)
  local given = options and options.directory
  local directory = given or processes.temporary_directory()
  os.remove(directory .. "/started")
  local supervisor = { "/usr/bin/python3", "-IS", here .. "servers/supervisor.py", directory,
                   given and "keep" or "remove" }
  local server = { directory = directory }
  running[server] = assert(io.popen("exec " .. processes.quote(supervisor) .. " "
    .. processes.quote(words), "w"))

  function server.stop() close(server) end
  function server.output() return output_of(directory) end
  function server.signal(name) os.execute(("kill -%s %d"):format(name, server.pid)) end
  function server.alive()
    return processes.output(("kill -0 %d 2>/dev/null && echo yes"):format(server.pid)) == "yes"
  end

  local function started()
    local text = processes.read_file(directory .. "/started")
    if not text then return false end
    server.pid, server.port, server.port2 = text:match("(%d+) (%d+) (%d+)")
    return ready(server)
  end
  local fine, problem = pcall(processes.wait_until, started, 30, words[1] .. " to start")
  if not fine then
    local said = output_of(directory)
    close(server)
    error(problem .. "\n" .. said, 2)
  end
  return server
end

return processes
