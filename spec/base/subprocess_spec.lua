-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Commands whose output is read in steps, and the files of AWS.

local core = require "kinesis_exporter.core"
local helper = require "helper"
local processes = require "processes"

describe("a command #valgrind", function()
  local function finish(process)
    if type(process) == "string" then process = assert(core.process(process, 30000)) end
    local status, text, code
    repeat status, text, code = process:step(20) until status ~= false
    process:close()
    return status, text, code
  end

  it("gives its exit status and its output", function()
    assert.same({ 0, "one two\n" }, { finish "echo one two; echo three >&2" })
    assert.same({ 3, "" }, { finish "exit 3" })
    assert.same({ 143, "" }, { finish "kill -TERM $$" })
    assert.same({ 0, "" }, { finish "cat" })
    assert.equal(127, (finish "/nonexistent/command"))
  end)

  it("is awaited when it has closed its output", function()
    assert.same({ 5, "x" }, { finish "printf x; exec >&-; sleep 0.1; exit 5" })
  end)

  it("may write 64 KiB and no more", function()
    local status, text = finish "head -c 65536 /dev/zero"
    assert.same({ 0, 65536 }, { status, #text })
    assert.same({ nil, "it wrote more than 65536 bytes", "reply" },
      { finish "head -c 65537 /dev/zero" })
    assert.same({ nil, "it wrote more than 65536 bytes", "reply" }, { finish "yes" })
  end)

  it("has none of this process's descriptors, whichever of them are closed", function()
    local script = [[local core = require "kinesis_exporter.core"
      local process, code, text = core.process("ls /proc/$$/fd", 30000)
      repeat code, text = process:step(20) until code ~= false
      io.stderr:write(text)]]
    for _, closed in ipairs { "", "0<&-", "0<&- 1>&-" } do
      local _, _, out = helper.run(("exec %s -e %s 9</dev/null %s"):format(os.getenv "KX_LUA",
        processes.quote(script), closed))
      assert.equal("0\n1\n2\n", out)
    end
  end)

  it("is ended with what it started when its time is over, or nobody wants it", function()
    local directory = helper.temporary_directory()
    finally(function() helper.remove_directory(directory) end)
    local started = "sh -c 'echo $$ > " .. directory .. "/pid; exec sleep 60' & "
    local function there()
      return (helper.read_file(directory .. "/pid") or ""):find "\n"
    end
    local function gone()
      local pid = helper.read_file(directory .. "/pid"):match "%d+"
      os.remove(directory .. "/pid")
      return helper.wait_until(function()
        local state = (helper.read_file("/proc/" .. pid .. "/stat") or "x) Z"):match "%) (%a)"
        return state == "Z" or state == "X"
      end)
    end
    -- The second command ends before the process that it has started.
    for _, rest in ipairs { "wait", "until [ -s " .. directory .. "/pid ]; do :; done" } do
      local process = core.process(started .. rest, 30000)
      helper.wait_until(there)
      assert.is_false(process:step(100))
      process:close()
      assert.is_true(gone())
      process = core.process(started .. rest, 200)
      helper.wait_until(there)
      assert.same({ nil, "it took too long", "timeout" }, { finish(process) })
      assert.is_true(gone())
    end
  end)
end)

describe("the AWS files #valgrind", function()
  it("have sections and settings, in either case and with either sign", function()
    assert.same({
      default = { region = "eu-west-1", aws_access_key_id = "a = b" },
      ["profile x"] = { role_arn = "arn:aws:iam::1:role/r", empty = "" }, none = {},
    }, (core.aws_ini("# c\n\n[default]\r\nRegion=eu-west-1\r\nAWS_Access_Key_Id : a = b\r\n"
      .. "[ profile x ] # y\nrole_arn = arn:aws:iam::1:role/r\n;c\nempty=\n[none]")))
  end)

  it("have blocks, which are skipped", function()
    assert.same({ a = { s3 = "", x = "1", y = "2", deep = "3" } },
      (core.aws_ini "[a]\ns3 =\n  x = nothing\n\tno setting\nx = 1\n[a]\n  y = 2\n  deep = 3\n"))
  end)

  it("come with the names of the sections, in their order", function()
    assert.same({ "b", "profile z", "a" },
      (select(2, core.aws_ini "[b]\nx = 1\n[profile z]\n[a]\n[b]\ny = 2\n")))
  end)

  it("are refused with the number of the line, whose text is not shown", function()
    local function refused(text) return { core.aws_ini(text) } end
    assert.same({ nil, "line 2 is neither a [section] nor name = value", "config" },
      refused "[a]\nsecret\n")
    assert.same({ nil, "line 2 is neither a [section] nor name = value", "config" },
      refused "[a]\n= secret\n")
    assert.same({ nil, "line 1 stands before the first [section]", "config" },
      refused "secret = x\n")
    for _, text in ipairs { "[secret\n", "[ ]\n" } do
      assert.same({ nil, "line 1 begins with [ but is not a [section]", "config" }, refused(text))
    end
  end)
end)

describe("JSON members #valgrind", function()
  it("are texts, whole numbers and objects of them", function()
    assert.same({ a = "é\n", b = 12, c = { d = "" }, h = {} },
      core.json_members '{"a":"\\u00e9\\n","b":12,"c":{"d":""},"e":[1],"f":null,"g":1.5,"h":{}}')
  end)

  it("do not exist when there is no object", function()
    for _, text in ipairs { "", "[]", "{", '{"a":"', '{"a":1}x', '"a"', '{"a":{}' ,
                            ('{"a":'):rep(100) .. "1" .. ("}"):rep(100) } do
      assert.is_nil(core.json_members(text))
    end
  end)
end)
