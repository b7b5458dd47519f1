-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Objects with a private part. Users see and print the object; the core, the settings and the
-- current task are in the private part.
-- @module kinesis_exporter.util.object

local core = require "kinesis_exporter.core"

local object = {}

local inside = setmetatable({}, { __mode = "k" })

--- Makes an object of a class.
-- @tparam table class its metatable
-- @tparam table this the private part
-- @treturn table
function object.new(class, this)
  local self = setmetatable({}, class)
  inside[self] = this
  return self
end

--- The private part of an object.
-- @tparam table self
-- @treturn table `core`, `settings`
-- @raise when the value is not one of these objects
function object.private(self)
  local this = inside[self]
  if not this then core.raise "expected an exporter: call its methods with a colon" end
  return this
end

return object
