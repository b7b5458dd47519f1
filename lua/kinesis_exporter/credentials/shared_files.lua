-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The files that AWS programs share, ~/.aws/config and ~/.aws/credentials: profiles.
-- @module kinesis_exporter.credentials.shared_files

local core = require "kinesis_exporter.core"
local environment = require "kinesis_exporter.credentials.environment"

local variable = environment.variable

local shared_files = {}

-- The most bytes of a file, so that a wrong file does not fill the memory.
local LONGEST = 1024 * 1024

-- The error numbers of an absent file: ENOENT and ENOTDIR.
local ABSENT = { [2] = true, [20] = true }

--- A file's path with ~/ replaced.
-- @tparam string path
-- @treturn string
function shared_files.expand(path)
  local home = variable "HOME"
  return home and path:gsub("^~/", function() return home .. "/" end) or path
end

--- The content of a file.
-- @tparam string path
-- @treturn string|nil
-- @treturn string|nil why not
-- @treturn int|nil the system's error number
function shared_files.read(path)
  local file, why, number = io.open(shared_files.expand(path), "rb")
  if not file then return nil, why, number end
  local text
  text, why, number = file:read(LONGEST + 1)
  file:close()
  if why then return nil, path .. ": " .. why, number end
  if text and #text > LONGEST then
    return nil, ("%s is longer than %d bytes"):format(path, LONGEST)
  end
  return text or ""
end

-- A file that cannot be read counts as empty, as in AWS's programs. `notes` says so in the message
-- when no credentials are found.
local function sections_of(path, notes)
  local text, why, number = shared_files.read(path)
  if not text then
    if not ABSENT[number] then notes[#notes + 1] = why end
    return {}, {}
  end
  local sections, names = core.aws_ini(text)
  if not sections then return nil, ("%s: %s"):format(path, names) end
  return sections, names
end

-- The sections with titles like "KIND NAME", by name. Quotes around a name are dropped; of two
-- sections with the same name the later one counts, as in botocore.
local function named(sections, names, kind)
  local list = {}
  for _, name in ipairs(names) do
    local found = name:match("^" .. kind .. "%s+(.+)$")
    if found then
      list[found:match '^"(.*)"$' or found:match "^'(.*)'$" or found] = sections[name]
    end
  end
  return list
end

-- In the configuration file a profile's section is called [profile NAME]; [default] alone may leave
-- out the word, and [profile default] takes precedence (AWS SDKs and Tools Reference Guide, "Shared
-- config and credentials files").
local function profiles_of(sections, names)
  local profiles = named(sections, names, "profile")
  profiles.default = profiles.default or sections.default
  return profiles
end

local function merge(...)
  local merged = {}
  for _, profiles in ipairs { ... } do
    for name, settings in pairs(profiles) do
      merged[name] = merged[name] or {}
      for key, value in pairs(settings) do merged[name][key] = value end
    end
  end
  return merged
end

--- Reads both files. An absent file counts as empty.
-- @treturn table|nil `config`, `credentials` and `merged`: profiles by name (in `merged` the
-- credentials file takes precedence); `sessions`: SSO sessions by name; `where`: the files' names
-- @treturn string|nil what is wrong with a file
function shared_files.load()
  local fault = environment.fault("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
  if fault then return nil, fault end
  local config_path = variable "AWS_CONFIG_FILE" or "~/.aws/config"
  local credentials_path = variable "AWS_SHARED_CREDENTIALS_FILE" or "~/.aws/credentials"
  local notes = {}
  local sections, names = sections_of(config_path, notes)
  if not sections then return nil, names end
  local credentials, message
  credentials, message = sections_of(credentials_path, notes)
  if not credentials then return nil, message end
  local config = profiles_of(sections, names)
  return {
    config = config, credentials = credentials, merged = merge(config, credentials),
    sessions = named(sections, names, "sso%-session"),
    where = config_path .. " and " .. credentials_path
      .. (notes[1] and (" (%s)"):format(table.concat(notes, "; ")) or ""),
  }
end

--- The name of the profile that is used.
-- @tparam table settings
-- @treturn string
-- @treturn boolean whether an option or a variable names it
function shared_files.profile_name(settings)
  local name = settings.profile or variable "AWS_DEFAULT_PROFILE" or variable "AWS_PROFILE"
  return name or "default", name ~= nil
end

--- The region that the profile names. Faults of the files are reported later, when they are read
-- for credentials.
-- @tparam table settings
-- @treturn string|nil
-- @treturn string|nil where it was found
function shared_files.region(settings)
  local loaded, name = shared_files.load(), shared_files.profile_name(settings)
  local profile = loaded and loaded.merged[name]
  local region = profile and profile.region
  if not region or region == "" then return nil end
  return region, ("region of profile %q"):format(name)
end

return shared_files
