-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- What somebody may have meant who wrote a word that does not exist.
-- @module kinesis_exporter.util.suggestion

local suggestion = {}

local function minimum(a, b, c)
  return math.min(a, math.min(b, c))
end

-- How many letters must be changed, added or dropped to turn one word into another (Levenshtein's
-- distance).
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], minimum(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    end
  end
  return row[#b]
end

--- The word of a list that is most like another word.
-- @tparam string word
-- @tparam {string,...} words
-- @treturn string|nil nil when none is close
function suggestion.nearest(word, words)
  local best, least = nil, math.max(3, math.floor(#word / 2))
  for _, candidate in ipairs(words) do
    local n = distance(word, candidate)
    if n < least then best, least = candidate, n end
  end
  return best
end

--- The end of a message about an unknown word.
-- @tparam string word
-- @tparam {string,...} words the known ones
-- @treturn string a question, or nothing when no known word is close
function suggestion.hint(word, words)
  local near = suggestion.nearest(word, words)
  return near and (", did you mean '%s'?"):format(near) or ""
end

return suggestion
