-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Numbers as text, with a point in every locale. `tostring` and `string.format` use the decimal
-- point of the program's locale instead.
-- @module kinesis_exporter.util.numbers

local core = require "kinesis_exporter.core"

local numbers = {}

--- The shortest text that reads back as the number.
-- @tparam number n
-- @treturn string
function numbers.text(n)
  return core.number_text(n)
end

--- The number with a fixed number of digits after the point.
-- @tparam number n
-- @tparam int places at least 1
-- @treturn string
function numbers.fixed(n, places)
  return (("%." .. places .. "f"):format(n):gsub("[^%d-]+", "."))
end

return numbers
