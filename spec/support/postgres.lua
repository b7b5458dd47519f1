-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- A private PostgreSQL for specs of the importing side, and the printed scripts run in it.

local cjson = require "cjson"
local processes = require "processes"
local redshift = require "kinesis_exporter.redshift"

local postgres = {}

local programs = "/usr/lib/postgresql/15/bin/"
local nobody = "65534"

-- PostgreSQL refuses to run as root. The signal is set once more because it is cleared with the
-- user's change.
local function unprivileged(words)
  if processes.output("id -u") ~= "0" then return words end
  local out = { "setpriv", "--reuid=" .. nobody, "--regid=" .. nobody, "--clear-groups",
                "--pdeathsig=KILL", "--" }
  for _, word in ipairs(words) do out[#out + 1] = word end
  return out
end

local function make_cluster(directory)
  if processes.output("id -u") == "0" then
    assert(processes.run { "chown", nobody .. ":" .. nobody, directory } == 0)
  end
  local code, out, err = processes.run(unprivileged { programs .. "initdb", "-D",
    directory .. "/data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale",
    "--no-sync", "--no-instructions" })
  assert(code == 0, out .. err)
end

local function server_words(directory)
  local words = { programs .. "postgres", "-D", directory .. "/data", "-k", directory }
  for _, setting in ipairs { "listen_addresses=", "fsync=off", "synchronous_commit=off",
    "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB", "max_connections=20",
    "dynamic_shared_memory_type=mmap", "timezone=Europe/Madrid" } do
    words[#words + 1] = "-c"
    words[#words + 1] = setting
  end
  return unprivileged(words)
end

-- Loading and asking, for a server that has `psql`.
local function add_tables(server)
  local number = 0

  -- Runs SQL, which must succeed. Gives what psql prints: rows, columns parted by a |.
  function server.execute(sql)
    local code, out, err = server.psql(sql)
    if code ~= 0 then error(err, 2) end
    return out
  end

  -- The rows of a query: a list of tables by column name, null as cjson.null.
  function server.query(select)
    local out = server.execute("SELECT COALESCE(json_agg(q), '[]') FROM (" .. select .. ") AS q")
    return cjson.decode(out)
  end

  -- Makes the tables; options as those of redshift.create.
  function server.create(options)
    options = options or {}
    options.dialect = "postgresql"
    server.execute(assert(redshift.create(options)))
  end

  -- The printed script that loads; options as those of redshift.load. Without `path` each call
  -- has one of its own.
  function server.script(options)
    local complete = { dialect = "postgresql" }
    for name, value in pairs(options or {}) do complete[name] = value end
    number = number + 1
    complete.path = complete.path or ("s3://bucket/load-%04d/"):format(number)
    return assert(redshift.load(complete))
  end

  -- Loads a file of JSON lines with the printed script. Gives psql's exit status, standard output
  -- and standard error.
  function server.load(file, options)
    return server.psql(server.script(options), assert(processes.read_file(file)))
  end

  -- Loads a list of JSON texts, which must succeed.
  function server.load_lines(lines, options)
    local text = table.concat(lines, "\n") .. "\n"
    local code, _, err = server.psql(server.script(options), text)
    if code ~= 0 then error(err, 2) end
  end
end

-- A PostgreSQL of its own, on a socket in its directory; it keeps nothing when it stops. Its time
-- zone is one whose clocks change, so that nobody takes it for UTC. Gives pid, directory, stop(),
-- signal(name), alive(), output(); client, the words of a psql that stops at the first error;
-- psql(sql [, stdin]) -> exit status, standard output, standard error; and what add_tables gives
-- it.
function postgres.start()
  local directory = processes.temporary_directory()
  make_cluster(directory)
  local ready = { programs .. "pg_isready", "-q", "-h", directory }
  local server = processes.start(server_words(directory), function()
    return os.execute(processes.quote(ready)) == (_VERSION == "Lua 5.1" and 0 or true)
  end, { directory = directory })
  server.client = { programs .. "psql", "-h", directory, "-U", "postgres", "-d", "postgres", "-X",
                    "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1" }

  -- Not with processes.run: a directory for each run would take longer than the run.
  local in_directory = ("cd %s && %s -f script.sql < in > said 2> failed; echo $? > status")
    :format(processes.quote(directory), processes.quote(server.client))
  local function written(name) return processes.read_file(directory .. "/" .. name) end

  function server.psql(sql, stdin)
    processes.write_file(directory .. "/script.sql", sql)
    processes.write_file(directory .. "/in", stdin or "")
    os.execute(in_directory)
    return tonumber(written "status"), written "said", written "failed"
  end

  add_tables(server)
  local stop = server.stop
  function server.stop()
    stop()
    processes.remove_directory(directory)
  end
  return server
end

return postgres
