-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- The SQL as text: what differs between Redshift and PostgreSQL, which parameters are refused, and
-- the commands that print it. redshift_spec.lua runs it.

local helper = require "helper"
local redshift = require "kinesis_exporter.redshift"

local role = "arn:aws:iam::123456789012:role/reader"
local hour = "s3://bucket/2026/11/23/10/"

describe("the SQL for Redshift", function()
  local function scripts(name, options)
    local out = {}
    for _, dialect in ipairs { "redshift", "postgresql" } do
      local complete = { dialect = dialect }
      for key, value in pairs(options or {}) do complete[key] = value end
      out[#out + 1] = assert(redshift[name](complete))
    end
    return out[1], out[2]
  end

  -- A script without comments.
  local function bare(sql)
    return (sql:gsub("%-%-[^\n]*\n", ""))
  end

  local load = { path = hour, iam_role = role, region = "eu-west-1" }

  it("differs from PostgreSQL's in how events get into the staging table, and in nothing else",
    function()
      local ours, theirs = scripts("load", load)
      local mark = "\n-- From here the text is the same for Redshift and for PostgreSQL.\n"
      local at, from = ours:find(mark, 1, true), theirs:find(mark, 1, true)
      assert.equal(ours:sub(at), theirs:sub(from))
      local copy = ours:find("\nCOPY ", 1, true)
      local staging = theirs:find("\nCREATE TEMPORARY TABLE kinesis_exporter_lines ", 1, true)
      assert.equal(bare(ours:sub(1, copy)), bare(theirs:sub(1, staging)))
      assert.equal([[

COPY kinesis_exporter_arriving (service, cinstance, uinstance, metric, response_code, value, period,
  "timestamp", time_gen)
FROM 's3://bucket/2026/11/23/10/'
IAM_ROLE 'arn:aws:iam::123456789012:role/reader'
REGION 'eu-west-1'
FORMAT AS JSON 'auto' TRUNCATECOLUMNS MAXERROR 1000 COMPUPDATE OFF STATUPDATE OFF;
]], ours:sub(copy, at - 1))
    end)

  it("creates the same tables, with a key for the rows' places", function()
    local ours, theirs = scripts "create"
    local without = ours:gsub("\nDISTKEY %(service%)\nCOMPOUND SORTKEY %([^)]+%)", "")
      :gsub("SYSDATE", "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')")
    assert.equal(theirs, without)
    assert.is_nil(theirs:find("DISTKEY", 1, true))
    assert.truthy(ours:find(")\nDISTKEY (service)\n", 1, true))
  end)

  it("checks in the same words", function()
    local ours, theirs = scripts "check"
    assert.equal(theirs, ours)
  end)

  it("is one transaction that begins with the lock", function()
    local sql = bare(assert(redshift.load(load)))
    assert.truthy(sql:find '^BEGIN;%s+LOCK "backend"."events", "backend".loaded_paths;')
    assert.truthy(sql:find "COMMIT;%s*$")
    assert.equal(2, select(2, sql:gsub("%f[%w]BEGIN;", "")) + select(2, sql:gsub("COMMIT;", "")))
  end)

  it("uses nothing that Redshift lacks", function()
    local sql = bare(redshift.create() .. redshift.load { path = hour, iam_role = "default" }
      .. redshift.check())
    for _, words in ipairs { "ON CONFLICT", "MERGE INTO", "DISTINCT ON", "RETURNING", "ON COMMIT",
                             "::", "->>", "\\", "TEXT" } do
      assert.is_nil(sql:find(words, 1, true), words)
    end
  end)

  it("names the role and the region only where they are given", function()
    local sql = redshift.load { path = hour, iam_role = "default" }
    assert.truthy(sql:find("\nIAM_ROLE DEFAULT\nFORMAT AS JSON 'auto'", 1, true))
  end)

  it("has no word that was left unfilled", function()
    for _, name in ipairs { "create", "load", "check" } do
      local ours, theirs = scripts(name, name == "load" and load or nil)
      assert.is_nil((ours .. theirs):find "%$%l")
    end
  end)

  describe("refuses", function()
    local attempts = { "'; DROP TABLE events; --", "x' OR '1'='1", "a\\", "a\nb", "a\0b", "", 5 }

    for name, prefix in pairs { schema = "", table = "", dialect = "", path = "s3://bucket/",
                                iam_role = role, region = "eu-west-1" } do
      it("an odd " .. name, function()
        for _, attempt in ipairs(attempts) do
          local value = attempt
          if value ~= 5 and value ~= "" then value = prefix .. value end
          local options = { path = hour, iam_role = role, [name] = value }
          local sql, message, code = redshift.load(options)
          assert.same({ nil, "config" }, { sql, code })
          assert.equal(name .. " must be ", message:sub(1, #name + 9))
        end
      end)
    end

    it("names that no identifier has", function()
      for _, name in ipairs { "Events", "1st", "a-b", "a.b", '"a"', "é", ("x"):rep(64) } do
        assert.is_nil((redshift.create { schema = name }))
        assert.is_nil((redshift.check { table = name }))
      end
      assert.is_nil((redshift.create { table = "loaded_paths" }))
      assert.is_string((redshift.create { schema = "_a1", table = ("x"):rep(63) }))
    end)

    it("roles and regions that are none, and takes those that are", function()
      for value, fine in pairs {
        [role] = true, [role .. "," .. role] = true, default = true,
        ["arn:aws-cn:iam::123456789012:role/path/a+b=c,d.e@f-g"] = true,
        ["arn:aws:iam::123456789012:user/x"] = false, DEFAULT = false,
      } do
        assert.equal(fine, redshift.load { path = hour, iam_role = value } ~= nil, value)
      end
      for value, fine in pairs { ["us-gov-west-1"] = true, ["ap-southeast-2"] = true, eu = false,
                                 ["EU-WEST-1"] = false } do
        assert.equal(fine, redshift.load { path = hour, iam_role = role, region = value } ~= nil)
      end
    end)

    it("paths for Redshift that are not a folder of S3", function()
      for _, path in ipairs { "today", "/tmp/events/", "s3://bucket/", "s3://bucket/2026/11/23/1",
                              "s3://Bucket/x/", "http://bucket/x/" } do
        local _, message = redshift.load { path = path, iam_role = role }
        assert.truthy(tostring(message):find "^path must be like s3://bucket/", path)
      end
    end)

    it("a load without what it needs", function()
      assert.same({ nil, "path is missing: like s3://bucket/2026/11/23/10/", "config" },
        { redshift.load {} })
      local _, message = redshift.load { path = hour }
      assert.truthy(message:find "^iam_role is missing")
      assert.is_string((redshift.load { path = "today", dialect = "postgresql" }))
    end)

    it("a switch that is none", function()
      local _, message = redshift.load { path = hour, iam_role = role, skip_minutes = "no" }
      assert.equal("skip_minutes must be true or false, got a string", message)
    end)

    it("options that it does not have: it raises", function()
      local fine, message = pcall(redshift.create, { scema = "x" })
      assert.is_false(fine)
      assert.truthy(message:find("unknown option 'scema', did you mean 'schema'?", 1, true))
      assert.is_false((pcall(redshift.create, { path = hour })))
    end)
  end)
end)

describe("kinesis-exporter redshift-sql", function()
  -- Runs the command with a list of words.
  local function run(words)
    local program = { helper.interpreter, "bin/kinesis-exporter", "redshift-sql" }
    return helper.run(helper.quote(program) .. " " .. helper.quote(words), { seconds = 60, env = {
      LUA_PATH = package.path, LUA_CPATH = package.cpath,
      KINESIS_EXPORTER_REDIS = "redis://127.0.0.1:1", AWS_REGION = "us-east-1",
    } })
  end

  it("prints what the functions give", function()
    local options = { schema = "other", table = "things", path = hour, iam_role = role,
      region = "eu-west-1", skip_minutes = true }
    assert.same({ 0, redshift.load(options), "" }, { run { "load", "--schema", "other",
      "--table", "things", "--path", hour, "--iam-role", role, "--region", "eu-west-1",
      "--skip-minutes" } })
    options = { path = hour, iam_role = "default" }
    assert.same({ 0, redshift.load(options), "" },
      { run { "load", "--path", hour, "--iam-role", "default" } })
    assert.same({ 0, redshift.create(), "" }, { run { "create" } })
    assert.same({ 0, redshift.check(), "" }, { run { "check" } })
    local _, out = run { "create", "--dialect=postgresql", "--json" }
    assert.same({ sql = redshift.create { dialect = "postgresql" } }, helper.json.decode(out))
  end)

  for words, why in pairs {
    [""] = "'redshift-sql' needs a second word: redshift-sql create, redshift-sql load, "
      .. "redshift-sql check",
    ["load"] = "'redshift-sql load' needs --path, like s3://bucket/2026/11/23/10/",
    ["load --path s3://bucket/2026/11/23/10/"] = "--iam-role is missing: the ARN of a role",
    ["load --path /tmp/events/ --iam-role default"] = "--path must be like s3://",
    ["load --path ';DROP --iam-role default"] = "--path must be letters, digits",
    ["load --path s3://bucket/x/ --iam-role default --region x'"] = "--region must be letters,",
    ["create --schema A"] = "--schema must be lower-case letters, digits and _",
    ["create --path x"] = "--path is not an option of 'redshift-sql create'",
    ["check now"] = "'redshift-sql check' takes nothing",
  } do
    it("ends with status 2: " .. words, function()
      local list = {}
      for word in words:gmatch "%S+" do list[#list + 1] = word end
      local code, out, err = run(list)
      assert.same({ 2, "" }, { code, out })
      assert.truthy(err:find("^kinesis%-exporter: [^\n]+\n$"), err)
      assert.truthy(err:find(why, 1, true), err)
    end)
  end
end)
