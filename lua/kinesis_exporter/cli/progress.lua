-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The progress bar of an export, on one line of a terminal.
-- @module kinesis_exporter.cli.progress

local progress = {}

local CELLS = 20
local LONGEST_WAIT = 100 * 3600

-- A whole number with its digits in groups of three.
local function grouped(n)
  local backwards = ("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,")
  return (backwards:reverse():gsub("^,", ""))
end

-- Seconds as minutes and seconds, with hours when there are any.
local function duration(seconds)
  if not seconds or seconds >= LONGEST_WAIT then return "--:--" end
  local whole = math.floor(seconds + 0.5)
  local minutes = math.floor(whole / 60)
  if minutes < 60 then return ("%d:%02d"):format(minutes, whole % 60) end
  return ("%d:%02d:%02d"):format(math.floor(minutes / 60), minutes % 60, whole % 60)
end

local function remaining(done, total, seconds)
  if done <= 0 then return nil end
  return seconds * (total - done) / done
end

-- The share is rounded down: 100% means that everything is done.
local function line(done, total, seconds)
  local share = total > 0 and done / total or 1
  local full = math.floor(share * CELLS)
  local rate = seconds > 0 and math.floor(done / seconds) or 0
  return ("%3d%% [%s%s] %s of %s, %s/s, %s left"):format(
    math.floor(share * 100), ("#"):rep(full), ("-"):rep(CELLS - full), grouped(done),
    grouped(total), grouped(rate), duration(remaining(done, total, seconds)))
end

---@class kinesis_exporter.Bar
local Bar = {}
Bar.__index = Bar

--- Draws the bar over its last state.
-- @tparam int done
-- @tparam int total as far as it is known: it may grow; 0 while it is unknown
function Bar:update(done, total)
  if total == 0 and self.drawn == 0 then return end
  self.total = math.max(done, total)
  local text = line(done, self.total, self.clock() - self.began)
  self.write("\r" .. text .. (" "):rep(self.drawn - #text))
  self.drawn = #text
end

--- Ends the bar in its last state and goes to the next line. Does nothing when no bar was drawn.
-- @tparam[opt] int done
function Bar:finish(done)
  if self.drawn == 0 then return end
  if done then self:update(done, self.total) end
  self.write("\n")
  self.drawn = 0
end

--- A bar for work that begins now. The first update draws it.
-- @tparam function write shows a text immediately
-- @tparam function clock gives seconds
-- @treturn kinesis_exporter.Bar
function progress.new(write, clock)
  return setmetatable({ write = write, clock = clock, began = clock(), drawn = 0 }, Bar)
end

return progress
