---@meta kinesis_exporter.nginx

-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Definitions of kinesis_exporter.nginx for lua-language-server.

---@class kinesis_exporter.StartOptions
---@field every? number Seconds between two jobs. Default: 120
---@field exporter? kinesis_exporter.Exporter Default: the module's default exporter
---@field queue? string Name of the queue. Default: the exporter's
---@field poll_seconds? number Seconds between two looks at an empty queue. Default: 1
---@field worker_ttl_seconds? number Seconds that a worker may be silent before others take its job back. Default: 60
---@field stop? fun(): boolean? Called often; when it returns true the loop ends in order. No default

---@class kinesis_exporter.StatusOptions
---@field exporter? kinesis_exporter.Exporter Default: the module's default exporter

---@class kinesis_exporter.nginx
local nginx = {}

---Lets this worker process schedule and perform jobs. Call it in init_worker_by_lua.
---@param options? kinesis_exporter.StartOptions
---@return true? done
---@return string? message # what is wrong with the options of the default exporter
---@return kinesis_exporter.Code? code
function nginx.start(options) end

---Answers a request with the status: a page, JSON or Prometheus's text. Call it in content_by_lua.
---@param options? kinesis_exporter.StatusOptions
function nginx.status(options) end

return nginx
