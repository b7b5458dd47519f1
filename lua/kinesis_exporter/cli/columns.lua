-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Results of commands: a count, or a list with one row for each item.
-- @module kinesis_exporter.cli.columns

local columns = {}

local MOST_SHOWN = 200

--- The result of a command that counts.
-- @tparam string name of the count
-- @tparam int|nil n
-- @tparam string|nil message when n is nil
-- @treturn table|nil
-- @treturn string|nil
function columns.counted(name, n, message)
  if not n then return nil, message end
  return { text = ("%d"):format(n), fields = { { name, n } } }
end

--- The beginning of a long text. It never ends in the middle of a UTF-8 character.
-- @tparam string text
-- @treturn string
function columns.shortened(text)
  if #text <= MOST_SHOWN then return text end
  local begin = text:sub(1, MOST_SHOWN):gsub("[\192-\255]?[\128-\191]*$", "")
  return ("%s... (%d bytes)"):format(begin, #text)
end

--- A text with its control characters escaped, because a terminal would obey them.
-- @tparam string text
-- @treturn string
function columns.printable(text)
  return (text:gsub("%c", function(char) return ("\\x%02x"):format(char:byte()) end))
end

--- A row.
-- @tparam {string,...} cells
-- @treturn string
function columns.row(cells)
  local out = {}
  for i, cell in ipairs(cells) do out[i] = columns.printable(columns.shortened(cell)) end
  return table.concat(out, "\t")
end

--- The result of a command that lists.
-- @tparam string name of the list
-- @tparam {table,...}|nil list
-- @tparam string|nil message when there is no list
-- @tparam {string,...} shown the fields of an item that a row shows
-- @treturn table|nil
-- @treturn string|nil
function columns.listed(name, list, message, shown)
  if not list then return nil, message end
  local lines, items = {}, {}
  for i, item in ipairs(list) do
    local cells, fields = {}, {}
    for j, column in ipairs(shown) do
      cells[j] = tostring(item[column])
      fields[j] = { column, item[column] }
    end
    lines[i], items[i] = columns.row(cells), fields
  end
  return { text = #lines > 0 and table.concat(lines, "\n") or nil, fields = { { name, items } } }
end

return columns
