-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Checks arguments. A wrong argument raises an error that names the line which called the public
-- function.
-- @module kinesis_exporter.util.check

local core = require "kinesis_exporter.core"
local numbers = require "kinesis_exporter.util.numbers"

local check = {
  -- The largest number of events. Larger numbers are not exact in every Lua.
  MOST = 2 ^ 53,
}

--- What is wrong with a text that goes into a header, a URL, a key or a path: for example a newline
-- at its end, as in files with secrets. The message does not show the text, which may be secret.
-- @tparam string text
-- @tparam[opt] boolean blanks whether the text may begin and end with blanks
-- @treturn string|nil nil when it is right
function check.text_fault(text, blanks)
  if text:find "%c" then return "must not hold a control character (a newline at its end?)" end
  if blanks then return end
  if text:find "^ " or text:find " $" then return "must not begin or end with a blank" end
end

--- Checks a number of events.
-- @tparam string name of the argument
-- @param n
-- @treturn int|nil nil for no limit
function check.count(name, n)
  if n == nil then return nil end
  if type(n) ~= "number" or n ~= math.floor(n) or n < 0 or n - n ~= 0 then
    local got = type(n) == "number" and numbers.text(n) or "a " .. type(n)
    core.raise(name .. " must be a whole number that is not negative, got " .. got)
  end
  return n < check.MOST and n or nil
end

--- Checks the options of a task and returns the progress function.
-- @tparam table|nil options
-- @tparam string task for the message: "flush", "job"
-- @treturn function|nil
function check.progress(options, task)
  if options == nil then return nil end
  if type(options) ~= "table" then
    core.raise(("expected a table of %s options, got a %s"):format(task, type(options)))
  end
  for name in pairs(options) do
    if name ~= "progress" then
      core.raise(("unknown %s option '%s', there is 'progress'"):format(task, tostring(name)))
    end
  end
  local kind = type(options.progress)
  if kind ~= "nil" and kind ~= "function" then
    core.raise("option 'progress' must be a function, got a " .. kind)
  end
  return options.progress
end

return check
