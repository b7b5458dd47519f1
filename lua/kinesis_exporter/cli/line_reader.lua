-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Reads newline-delimited text in slices. A slice has a limited number of lines and bytes, and a
-- line is at most `LINE_BYTES` long, so memory stays bounded.
-- @module kinesis_exporter.cli.line_reader

local line_reader = {
  -- The most lines and bytes of a slice. The last line may exceed the limit of bytes.
  SLICE_LINES = 5000,
  SLICE_BYTES = 4 * 1024 * 1024,
  -- The most bytes of a line: more than Kinesis takes in a record.
  LINE_BYTES = 16 * 1024 * 1024,
}

local BLOCK = 64 * 1024

-- Some editors put this before UTF-8.
local BYTE_ORDER_MARK = "\239\187\191"

local Reader = {}
Reader.__index = Reader

--- Makes a reader of an open file. `reader.number` is the number of the last line that was read,
-- `reader.left_out` counts the lines that were too long, and `reader.first_left_out` is the number
-- of the first of them.
-- @tparam file file
-- @treturn table with `slice`
function line_reader.reader(file)
  return setmetatable({
    file = file, text = "", at = 1, number = 0, left_out = 0, parts = {}, part_bytes = 0,
  }, Reader)
end

-- Reads the next block. Returns false at the end; nil and why when reading fails.
local function next_block(self)
  local text, why = self.file:read(BLOCK)
  self.text, self.at = text or "", 1
  if not self.begun and text and text:sub(1, 3) == BYTE_ORDER_MARK then self.at = 4 end
  self.begun = true
  if text then return true end
  if why then return nil, why end
  return false
end

-- Keeps a part of a line. When the line is too long, only its length is kept.
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

-- The line whose last part was just kept, or nil when it is too long or blank.
local function complete(self)
  local text, bytes = table.concat(self.parts), self.part_bytes
  self.parts, self.part_bytes = {}, 0
  self.number = self.number + 1
  if bytes > line_reader.LINE_BYTES then return leave_out(self) end
  text = text:gsub("\r$", "")
  if text:find "%S" then return text end
end

-- Takes the block up to its next newline. Returns a line or nil, and whether the block is used up.
local function take(self)
  local newline = self.text:find("\n", self.at, true)
  keep(self, self.text:sub(self.at, (newline or 0) - 1))
  if not newline then return nil, true end
  self.at = newline + 1
  return complete(self)
end

-- Adds lines of the block to the slice. Returns true when the slice is full.
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

--- The next lines without their line ends. Blank lines, and a byte order mark at the file's
-- beginning, are skipped.
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
