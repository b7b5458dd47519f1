-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- Small line charts over time, as SVG.
-- @module kinesis_exporter.status.chart

local escape = require "kinesis_exporter.status.escape"
local numbers = require "kinesis_exporter.util.numbers"

local chart = {}

-- The size of the picture, and the area of the lines in it.
local WIDTH, HEIGHT = 900, 180
local LEFT, RIGHT, TOP, BOTTOM = 64, 890, 10, 154

local CLASSES = { "one", "two" }

-- The end of a scale that is easy to read: 1, 2 or 5 times a power of ten.
local function round_up(most)
  local step = 10 ^ math.floor(math.log(math.max(most, 1)) / math.log(10))
  for _, times in ipairs { 1, 2, 5, 10 } do
    if step * times >= most then return step * times end
  end
end

local function x_of(time, first, last)
  return LEFT + (RIGHT - LEFT) * (time - first) / math.max(last - first, 1)
end

local function y_of(value, most)
  return BOTTOM - (BOTTOM - TOP) * math.max(value, 0) / most
end

local function line_of(points, first, last, most)
  local out = {}
  for i, point in ipairs(points) do
    out[i] = numbers.fixed(x_of(point[1], first, last), 1) .. ","
      .. numbers.fixed(y_of(point[2], most), 1)
  end
  return table.concat(out, " ")
end

local function label(x, y, anchor, text)
  return ('<text x="%d" y="%d" text-anchor="%s">%s</text>'):format(x, y, anchor,
    escape.html(text))
end

local function frame(first, last, most)
  local parts = {}
  for i = 0, 2 do
    local y = y_of(most * i / 2, most)
    parts[#parts + 1] = ('<line class="grid" x1="%d" x2="%d" y1="%s" y2="%s"/>'):format(LEFT,
      RIGHT, numbers.fixed(y, 1), numbers.fixed(y, 1))
    parts[#parts + 1] = label(LEFT - 8, y + 4, "end", escape.count(most * i / 2))
  end
  parts[#parts + 1] = label(LEFT, HEIGHT - 8, "start", os.date("!%H:%M", first))
  parts[#parts + 1] = label(RIGHT, HEIGHT - 8, "end", os.date("!%H:%M UTC", last))
  return table.concat(parts)
end

local function draw(lines, first, last, filled)
  local most = 1
  for _, points in ipairs(lines) do
    for _, point in ipairs(points) do most = math.max(most, point[2]) end
  end
  most = math.max(round_up(most), 2)
  local parts = { ('<svg viewBox="0 0 %d %d" role="img">'):format(WIDTH, HEIGHT),
                  frame(first, last, most) }
  for i, points in ipairs(lines) do
    local line = line_of(points, first, last, most)
    if filled then
      parts[#parts + 1] = ('<polygon class="area" points="%d,%d %s %d,%d"/>'):format(LEFT, BOTTOM,
        line, RIGHT, BOTTOM)
    end
    parts[#parts + 1] = ('<polyline class="%s" points="%s"/>'):format(CLASSES[i], line)
  end
  return table.concat(parts) .. "</svg>"
end

--- A chart of a number over time.
-- @tparam {table,...} samples at least two, oldest first, each with `time`
-- @tparam string name of the number to show
-- @treturn string
function chart.levels(samples, name)
  local points = {}
  for i, sample in ipairs(samples) do points[i] = { sample.time, sample[name] } end
  return draw({ points }, samples[1].time, samples[#samples].time, true)
end

local function rates_of(samples, name)
  local points = {}
  for i = 2, #samples do
    local span = math.max(samples[i].time - samples[i - 1].time, 1)
    local more = math.max(samples[i][name] - samples[i - 1][name], 0)
    points[i - 1] = { samples[i].time, more / span }
  end
  return points
end

--- A chart of how fast counters grew.
-- @tparam {table,...} samples as above
-- @tparam {string,...} names of one or two counters
-- @treturn string
function chart.rates(samples, names)
  local lines = {}
  for i, name in ipairs(names) do lines[i] = rates_of(samples, name) end
  return draw(lines, samples[1].time, samples[#samples].time, false)
end

return chart
