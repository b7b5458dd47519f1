-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What is behind the objects that users see and print: the core, the settings
-- and whether a task runs are kept away from them.
-- @module kinesis_exporter.util.object

local core = require "kinesis_exporter.core"

local object = {}

local inside = setmetatable({}, { __mode = "k" })

--- Makes an object of a class.
-- @tparam table class its metatable
-- @tparam table this what is behind it
-- @treturn table
function object.new(class, this)
  local self = setmetatable({}, class)
  inside[self] = this
  return self
end

--- What is behind an object.
-- @tparam table self
-- @treturn table `core`, `settings`
-- @raise when it is no such object
function object.private(self)
  local this = inside[self]
  if not this then core.raise "expected an exporter: call its methods with a colon" end
  return this
end

return object
