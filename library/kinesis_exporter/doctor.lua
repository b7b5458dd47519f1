---@meta kinesis_exporter.doctor

-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Definitions of kinesis_exporter.doctor for lua-language-server.

---@class kinesis_exporter.Finding
---@field name string what was looked at
---@field level "ok"|"warning"|"failed"
---@field message string what was found, and what to do

---@class kinesis_exporter.doctor
local doctor = {}

---Checks everything that an export needs, and changes nothing. It blocks: not for nginx.
---@param options? kinesis_exporter.Options
---@return kinesis_exporter.Finding[] findings
function doctor.examine(options) end

return doctor
