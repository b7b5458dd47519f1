-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The progress bar of an export, on one line of a terminal.
-- @module kinesis_exporter.progress

local progress = {}

-- One less than a terminal has: a line that fills the last column makes some go to the next one.
local COLUMNS = 79
local LEAST_CELLS = 5
local LONGEST_ETA = 100 * 3600

local function rate_of(events, seconds)
  return seconds > 0 and math.floor(events / seconds) or 0
end

--- A whole number with its digits in groups of three.
-- @tparam int n
-- @treturn string
function progress.grouped(n)
  local backwards = ("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,")
  return (backwards:reverse():gsub("^,", ""))
end

--- Seconds as minutes and seconds, with hours when there are any.
-- @tparam number|nil seconds
-- @treturn string "--:--" when it is not known
function progress.duration(seconds)
  if not seconds or seconds >= LONGEST_ETA then return "--:--" end
  local whole = math.floor(seconds + 0.5)
  local minutes = math.floor(whole / 60)
  if minutes < 60 then return ("%d:%02d"):format(minutes, whole % 60) end
  return ("%d:%02d:%02d"):format(math.floor(minutes / 60), minutes % 60, whole % 60)
end

local function remaining(done, total, seconds)
  if done <= 0 then return nil end
  return seconds * (total - done) / done
end

-- A bar that fills what the figures leave of the line, or nothing.
local function cells(share, room)
  local n = room - #"[] "
  if n < LEAST_CELLS then return "" end
  local full = math.floor(share * n)
  return "[" .. ("#"):rep(full) .. ("-"):rep(n - full) .. "] "
end

--- The line for a state of things. It says 100% when everything is sent and not before.
-- @tparam int done events sent
-- @tparam int total events there are to send, as far as it is known
-- @tparam number seconds since the beginning
-- @tparam[opt=79] int columns most characters of the line
-- @treturn string
function progress.line(done, total, seconds, columns)
  columns = columns or COLUMNS
  total = math.max(done, total)
  local share = total > 0 and done / total or 1
  local percent = ("%3d%% "):format(math.floor(share * 100))
  local figures = ("%s/%s events  %s/s  ETA %s"):format(
    progress.grouped(done), progress.grouped(total), progress.grouped(rate_of(done, seconds)),
    progress.duration(remaining(done, total, seconds)))
  return (percent .. cells(share, columns - #percent - #figures) .. figures):sub(1, columns)
end

--- The line that stays when it is over.
-- @tparam int done events sent
-- @tparam number seconds it took
-- @treturn string
function progress.summary(done, seconds)
  return ("%s events in %s, %s/s"):format(
    progress.grouped(done), progress.duration(seconds), progress.grouped(rate_of(done, seconds)))
end

---@class kinesis_exporter.Bar
local Bar = {}
Bar.__index = Bar

--- Draws the bar over its last state.
-- @tparam int done events sent
-- @tparam int total events there are to send
function Bar:update(done, total)
  local line = progress.line(done, total, self.clock() - self.began, self.columns)
  self.write("\r" .. line .. (" "):rep(self.drawn - #line))
  self.drawn = #line
end

--- Takes the bar away; where one was, a summary stays if it is known how many were sent.
-- @tparam[opt] int done events sent
function Bar:finish(done)
  if self.drawn == 0 then return end
  self.write("\r" .. (" "):rep(self.drawn) .. "\r")
  self.drawn = 0
  if done then self.write(progress.summary(done, self.clock() - self.began) .. "\n") end
end

--- A bar for work that begins now. Nothing is drawn before the first update.
-- @tparam function write shows a text at once
-- @tparam function clock gives seconds
-- @tparam[opt=79] int columns most characters of a line
-- @treturn kinesis_exporter.Bar
function progress.new(write, clock, columns)
  local self = { write = write, clock = clock, columns = columns, began = clock(), drawn = 0 }
  return setmetatable(self, Bar)
end

return progress
