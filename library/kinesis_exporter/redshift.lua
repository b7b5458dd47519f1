---@meta kinesis_exporter.redshift

-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Definitions of kinesis_exporter.redshift for lua-language-server.

---@class kinesis_exporter.TableOptions
---@field schema? string Schema of the tables. Default: `backend`
---@field table? string Table of the events. Default: `events`
---@field dialect? "redshift"|"postgresql" Default: `redshift`

---@class kinesis_exporter.LoadOptions: kinesis_exporter.TableOptions
---@field path string Folder of S3 with the events, like `s3://bucket/2026/11/23/10/`. No default
---@field iam_role? string ARN of a role that may read the path, or `default`; Redshift needs it. No default
---@field region? string Region of the bucket. Default: the cluster's
---@field skip_minutes? boolean Leave out events of the period minute. Default: false

---@class kinesis_exporter.redshift
local redshift = {}

---SQL that creates the schema and the tables. Running it again changes nothing.
---@param options? kinesis_exporter.TableOptions
---@return string? sql
---@return string? message # what is wrong with an option
---@return "config"? code
function redshift.create(options) end

---SQL that merges the events under a path into the table.
---@param options kinesis_exporter.LoadOptions
---@return string? sql
---@return string? message # what is wrong with an option
---@return "config"? code
function redshift.load(options) end

---SQL that counts the events with more than one row, and shows what was loaded last.
---@param options? kinesis_exporter.TableOptions
---@return string? sql
---@return string? message # what is wrong with an option
---@return "config"? code
function redshift.check(options) end

---What is wrong with the value of an option.
---@param name "schema"|"table"|"dialect"|"path"|"iam_role"|"region"|"skip_minutes"
---@param value any
---@return string? fault
function redshift.fault(name, value) end

return redshift
