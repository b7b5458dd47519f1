-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Reads newline-delimited text in slices, so that memory stays bounded whatever
-- comes: so many lines or bytes a slice, and no line beyond `LINE_BYTES`.
-- @module kinesis_exporter.cli.line_reader

local line_reader = {
  -- The most lines and bytes of a slice; the last line may exceed the bytes.
  SLICE_LINES = 5000,
  SLICE_BYTES = 4 * 1024 * 1024,
  -- Larger than any record that Kinesis takes.
  LINE_BYTES = 16 * 1024 * 1024,
}

local BLOCK = 64 * 1024

-- What some editors put before UTF-8.
local BYTE_ORDER_MARK = "\239\187\191"

local Reader = {}
Reader.__index = Reader

--- Makes a reader of an open file. `reader.number` is the number of the last line
-- taken, `reader.left_out` how many lines were too long, `reader.first_left_out`
-- the number of the first of those.
-- @tparam file file
-- @treturn table with `slice`
function line_reader.reader(file)
  return setmetatable({
    file = file, text = "", at = 1, number = 0, left_out = 0, parts = {}, part_bytes = 0,
  }, Reader)
end

-- False at the end; nil and why when reading fails.
local function next_block(self)
  local text, why = self.file:read(BLOCK)
  self.text, self.at = text or "", 1
  if not self.begun and text and text:sub(1, 3) == BYTE_ORDER_MARK then self.at = 4 end
  self.begun = true
  if text then return true end
  if why then return nil, why end
  return false
end

-- Of a line that is too long only the length is kept.
local function keep(self, part)
  self.part_bytes = self.part_bytes + #part
  if self.part_bytes > line_reader.LINE_BYTES then
    self.parts = {}
  elseif part ~= "" then
    self.parts[#self.parts + 1] = part
  end
end

local function leave_out(self)
  self.left_out = self.left_out + 1
  self.first_left_out = self.first_left_out or self.number
end

-- The line that its last part has come of, or nil when it is left out or blank.
local function complete(self)
  local text, bytes = table.concat(self.parts), self.part_bytes
  self.parts, self.part_bytes = {}, 0
  self.number = self.number + 1
  if bytes > line_reader.LINE_BYTES then return leave_out(self) end
  text = text:gsub("\r$", "")
  if text:find "%S" then return text end
end

-- Takes the block up to its next newline: a line or nil, and whether the block is used up.
local function take(self)
  local newline = self.text:find("\n", self.at, true)
  keep(self, self.text:sub(self.at, (newline or 0) - 1))
  if not newline then return nil, true end
  self.at = newline + 1
  return complete(self)
end

-- Adds to the slice from the block; true when the slice is full.
local function fill(self, slice)
  local line, used_up
  repeat
    line, used_up = take(self)
    if line then
      slice[#slice + 1] = line
      slice.numbers[#slice] = self.number
      slice.bytes = slice.bytes + #line
    end
  until used_up or #slice >= line_reader.SLICE_LINES or slice.bytes >= line_reader.SLICE_BYTES
  return not used_up
end

-- The last line may lack its newline.
local function close(self, slice)
  local line = self.part_bytes > 0 and complete(self)
  if line then
    slice[#slice + 1] = line
    slice.numbers[#slice] = self.number
  end
  self.ended = true
  return #slice > 0 and slice or nil
end

--- The next lines without their line ends; blank ones are skipped, and a byte order mark
-- at the file's beginning.
-- @treturn {string,...}|nil nil at the end, or when reading failed; `numbers` is the list
-- of the lines' numbers
-- @treturn string|nil why reading failed
function Reader:slice()
  local slice = { bytes = 0, numbers = {} }
  if self.ended then return nil end
  while not fill(self, slice) do
    local more, why = next_block(self)
    if more == nil then return nil, why end
    if not more then return close(self, slice) end
  end
  return slice
end

return line_reader
