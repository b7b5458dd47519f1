-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- What specs of the command share: a world in which kinesis-exporter runs as a program, and checks
-- of what it prints where and of its exit status.

local assert = require "luassert"
local helper = require "helper"
local worlds = require "worlds"

local command_line = {}

local program = { helper.interpreter, "bin/kinesis-exporter" }
local secret = worlds.credentials.secret_access_key

-- The words that start the command.
command_line.program = program

-- Without a Firehose there is no stream either.
local function environment_of(world)
  return {
    LUA_PATH = package.path, LUA_CPATH = package.cpath,
    KINESIS_EXPORTER_REDIS = world.redis.unix_url, KINESIS_EXPORTER_ANALYTICS_REDIS = false,
    KINESIS_EXPORTER_STREAM = world.firehose and "backend-events",
    KINESIS_EXPORTER_SINK = false,
    AWS_ACCESS_KEY_ID = worlds.credentials.access_key_id, AWS_SECRET_ACCESS_KEY = secret,
    AWS_SESSION_TOKEN = false, AWS_REGION = "eu-west-1", AWS_DEFAULT_REGION = false,
    AWS_ENDPOINT_URL = false, AWS_ENDPOINT_URL_FIREHOSE = world.firehose and world.firehose.url,
    AWS_ENDPOINT_URL_KINESIS = false, AWS_CA_BUNDLE = false, AWS_MAX_ATTEMPTS = "2",
    AWS_PROFILE = false, AWS_DEFAULT_PROFILE = false, AWS_CONFIG_FILE = "/nonexistent/config",
    AWS_SHARED_CREDENTIALS_FILE = "/nonexistent/credentials", AWS_EC2_METADATA_DISABLED = "true",
    http_proxy = false, HTTP_PROXY = false, https_proxy = false, HTTPS_PROXY = false,
  }
end

local function add_checks(world)
  -- Expects an exit status, standard output and standard error, the latter without the name that
  -- every line of it begins with.
  function world.expect(status, out, err, ...)
    local code, stdout, stderr = world.run(...)
    assert.same({ status, out, err == "" and "" or "kinesis-exporter: " .. err .. "\n" },
      { code, stdout, stderr })
  end

  -- Expects a failure that says `words`, in one line, and nothing on standard output.
  function world.expect_failure(status, words, code, out, err)
    assert.equal(status, code, err)
    assert.equal("", out)
    assert.truthy(err:find("^kinesis%-exporter: [^\n]+\n$"), err)
    assert.truthy(err:find(words, 1, true), err)
    assert.is_nil(err:find(secret, 1, true))
  end

  -- What the command prints with --json, decoded.
  function world.json_of(...)
    local code, out, err = world.run("--json", ...)
    assert.same({ 0, "" }, { code, err })
    assert.truthy(out:find "^%b{}\n$", out)
    return helper.json.decode(out)
  end
end

-- A world of worlds.world with a `directory` for files, and the command's `environment`, which each
-- reset makes new: false takes a variable away.
function command_line.world(options)
  local world = worlds.world(options)
  local start, stop, reset = world.start, world.stop, world.reset

  function world.start()
    start()
    world.directory = helper.temporary_directory()
  end

  function world.stop()
    stop()
    helper.remove_directory(world.directory)
  end

  function world.reset()
    reset()
    world.environment = environment_of(world)
  end

  -- Runs shell text in which `kx` is the command. `kx_here` replaces the shell by the command.
  function world.shell(text, stdin)
    local words = helper.quote(program)
    local functions = ('kx() { %s "$@"; }\nkx_here() { exec %s "$@"; }\n'):format(words, words)
    return helper.run(functions .. text, { env = world.environment, stdin = stdin, seconds = 60 })
  end

  function world.run(...)
    return world.shell("kx " .. helper.quote { ... })
  end

  -- A file of lines.
  function world.file_of(list)
    local path = world.directory .. "/events.ndjson"
    helper.write_file(path, table.concat(list, "\n") .. "\n")
    return path
  end

  add_checks(world)
  return world
end

return command_line
