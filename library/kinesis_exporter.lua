---@meta kinesis_exporter

-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Definitions of kinesis_exporter for lua-language-server: what editors complete and show. The folder
-- that holds this file belongs into the setting `workspace.library`. The file has more than 400
-- lines, because each method is declared twice: as a method, and as a function of the module.

---@alias kinesis_exporter.Code
---| "redis" # Redis is away, or answered with an error
---| "http" # the endpoint gave no usable answer: name, connection, TLS, timeout
---| "aws" # the service refused the call; the message has its code
---| "credentials" # there are no credentials, or the service does not accept them
---| "reply" # an answer cannot be read
---| "lost" # the lock expired or was taken during the export
---| "memory" # an allocation failed
---| "config" # a setting is missing or makes no sense
---| "timeout" # nginx: the process is ending, or a function given as an option did not return
---| "backpressure" # nginx: the buffer is full, or too many calls wait for the engine
---| "phase" # nginx: the call waits, and this phase cannot wait
---| "rejected" # `record`: the event was put among the rejected events

---@alias kinesis_exporter.Outcome
---| "disabled" # exporting is off: nothing was done
---| "locked" # another exporter holds the lock: nothing was done
---| "partial" # some events were not sent: they are pending

---@alias kinesis_exporter.Event table<string, string|number|boolean>

---@alias kinesis_exporter.Log fun(level: "debug"|"info"|"warn"|"error", message: string, fields: table<string, any>)

---@class kinesis_exporter.Credentials
---@field access_key_id string
---@field secret_access_key string
---@field session_token? string for temporary credentials

---@class kinesis_exporter.Report
---@field service_id string|integer
---@field application_id? string|integer
---@field user_id? string|integer
---@field usage table<string, integer> how much is added to each metric
---@field response_code? integer
---@field timestamp? number seconds since the epoch; default: now

---@class kinesis_exporter.Options
---@field redis? string Where flag, lock and counters are: `redis://[[user]:password@]host[:port][/db]`, `unix://...`, or `redis+sentinel://...`; `rediss` for TLS. Default: `redis://127.0.0.1:6379/0`
---@field analytics_redis? string Where pending events and buckets are. Default: the value of `redis`
---@field queue_redis? string Where the queue, its workers and the failed jobs are. Default: the value of `redis`
---@field redis_ca_file? string PEM file of the certificate authorities for `rediss`. Default: the system's
---@field redis_cert_file? string PEM file of a client certificate for Redis. No default
---@field redis_key_file? string PEM file of its key, without a passphrase. No default
---@field redis_sentinel_user? string User name for sentinels. No default
---@field redis_sentinel_password? string Password for sentinels. No default
---@field key_prefix? string Text before every key, at most 100 bytes. No default
---@field min_replicas? integer Replicas that must have a write before it counts as written. Default: 0
---@field min_replicas_timeout_ms? integer Milliseconds to wait for these replicas. Default: 1000
---@field redis_timeout_ms? integer Milliseconds to connect to Redis, and for each answer. Default: 2000
---@field sink? "firehose"|"streams" The service: Firehose delivery streams, or Kinesis data streams. Default: `firehose`
---@field stream? string Name of the stream. Exports need it. No default
---@field region? string AWS region. Exports need it. Default: the profile's
---@field profile? string Profile of the AWS files that gives credentials and region. No default
---@field endpoint? string URL of the service. Default: the region's
---@field credentials? kinesis_exporter.Credentials|fun(still_wanted: fun(): boolean): kinesis_exporter.Credentials?, string? AWS credentials, or a function that returns them. Default: they are looked for where AWS's programs look
---@field lock_resource? string Name of the lock. Default: `ThreeScale::Backend::Analytics::Kinesis::Exporter`
---@field lock_ttl_seconds? integer Seconds after which the lock expires if nobody renews it. Default: 360
---@field concurrency? integer Calls to Kinesis at the same time, 1 to 64. Default: 4
---@field events_per_record? integer Events in a record at most; 0: no limit. Default: 0
---@field record_bytes? integer Bytes in a record at most, before base64; 0: the service's limit. Default: 0
---@field batch_bytes? integer Bytes in a call's records at most, before base64; 0: the service's limit. Default: 0
---@field batch_records? integer Records in a call at most; 0: the service's limit. Default: 0
---@field max_attempts? integer Attempts in a row that bring nothing before a flush gives up a batch. Default: 8
---@field connect_timeout_ms? integer Milliseconds to connect to the endpoint, TLS included. Default: 5000
---@field request_timeout_ms? integer Milliseconds for a whole call. Default: 60000
---@field ca_file? string PEM file of certificate authorities for the endpoint. Default: the system's
---@field proxy? string URL of a proxy. Default: libcurl's environment variables
---@field partition_key? string Partition key of all records, data streams only, at most 256 bytes. Default: random for each record
---@field queue? string Name of the Resque queue of the jobs. Default: `stats`
---@field bucket_interval_seconds? integer Seconds that a bucket lasts: a divisor of 60, at most 30. Default: 10
---@field max_buckets? integer Buckets that a job reads at most. Default: 60
---@field min_export_events? integer Pending events that a job needs to export them; 0: it always exports. Default: 1000
---@field max_pending_events? integer Pending events above which a job switches buckets off. Default: 600000
---@field buffer_bytes? integer nginx: bytes of events and counters that a worker process holds at most. Default: 16777216
---@field linger_ms? integer nginx: milliseconds that an event waits for others before it is stored. Default: 50
---@field report_interval_ms? integer nginx: milliseconds in which reports are merged. Default: 1000
---@field drain_timeout_ms? integer nginx: milliseconds that an exiting worker process may take to store its buffer. Default: 2000
---@field log? kinesis_exporter.Log Called with each log message. Default: none; in nginx: its error log
---@field log_level? "debug"|"info"|"warn"|"error" The least level to log. Default: `info`

---@class kinesis_exporter.TaskOptions
---@field progress? fun(done: integer, total: integer): boolean? Called about ten times a second; when it returns false the task ends early

---@class kinesis_exporter.LoopOptions
---@field queue? string Name of the queue. Default: the exporter's
---@field poll_seconds? number Seconds between two looks at an empty queue. Default: 1
---@field worker_ttl_seconds? number Seconds that a worker may be silent before others take its job back. Default: 60
---@field stop? fun(): boolean? Called often; when it returns true the loop ends in order. No default

---@class kinesis_exporter.WorkOptions: kinesis_exporter.LoopOptions
---@field once? boolean Perform at most one job, then return; do not wait for Redis. Default: false

---@class kinesis_exporter.RunOptions: kinesis_exporter.LoopOptions
---@field every_seconds? number Seconds between two jobs. Default: 120

---@class kinesis_exporter.Status
---@field enabled boolean exporting is on
---@field lock? string who holds the lock
---@field lock_ttl_ms? integer milliseconds until the lock expires
---@field pending integer number of pending events
---@field rejected integer number of rejected events
---@field buckets integer number of buckets
---@field latest_bucket? string name of the newest bucket that was read

---@class kinesis_exporter.Stats
---@field events_added integer stored by add_pending_events or record
---@field events_accepted integer accepted by Kinesis
---@field events_refused integer refused by Kinesis; they are pending again
---@field events_rejected integer put among the rejected events
---@field records_sent integer in all calls, repeats included
---@field records_refused integer refused by Kinesis, one by one
---@field batches integer made
---@field calls integer to Kinesis
---@field retries integer calls that repeat an earlier one
---@field throttled integer answers that ask to slow down
---@field unknown_outcomes integer calls that may or may not have arrived
---@field splits integer batches sent in halves
---@field clock_corrections integer corrections of the time in signatures
---@field credential_refreshes integer times that fresh credentials were needed during an export
---@field bytes_sent integer bytes of request bodies
---@field flushes integer begun with the lock
---@field reports integer written
---@field counters_written integer written for them, equal counters merged
---@field counters_left_out integer that Redis could not count up
---@field jobs integer begun with the lock
---@field buckets_read integer by jobs
---@field late_buckets_read integer buckets read that were late
---@field marker_ahead integer seconds that the newest bucket read lies in the future
---@field events_taken integer made of counters by jobs
---@field keys_skipped integer keys of weeks and of eternity
---@field keys_expired integer counters that had expired before they were read
---@field keys_invalid integer keys that are not stats keys, or whose counter is not an integer
---@field emergencies integer times that a job switched buckets off
---@field in_flight integer calls under way now
---@field concurrency integer calls allowed at the same time now
---@field export_failures integer tasks that ended with an error
---@field [string] integer in nginx also the figures of the buffer

---@class kinesis_exporter.FailedJob
---@field job string the text that was queued
---@field error string why the job failed
---@field time string when it failed
---@field attempts integer

---@class kinesis_exporter.RejectedEvent
---@field event string
---@field reason string
---@field time string when it was rejected

---@class kinesis_exporter.FailedJobs
local FailedJobs = {}

---Counts the failed jobs.
---@return integer? n
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function FailedJobs:size() end

---The oldest failed jobs.
---@param n? integer at most this number; default: 100
---@return kinesis_exporter.FailedJob[]? jobs
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function FailedJobs:list(n) end

---Queues all failed jobs again, as if they had never failed.
---@return integer? n # number of jobs queued
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function FailedJobs:retry() end

---Deletes all failed jobs.
---@return integer? n # number of jobs deleted
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function FailedJobs:delete_all() end

---@class kinesis_exporter.RejectedEvents
local RejectedEvents = {}

---Counts the rejected events.
---@return integer? n
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function RejectedEvents:size() end

---The oldest rejected events.
---@param n? integer at most this number; default: 100
---@return kinesis_exporter.RejectedEvent[]? events
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function RejectedEvents:list(n) end

---Makes those events pending again that can be exported now, for example after `record_bytes` was
---raised. The others stay.
---@return integer? n # number of events that are pending again
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function RejectedEvents:retry() end

---Deletes all rejected events.
---@return integer? n # number of events deleted
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function RejectedEvents:delete_all() end

---@class kinesis_exporter.Buckets
local Buckets = {}

---Counts the buckets.
---@return integer? n
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:size() end

---The names of the buckets, oldest first: 14 digits, the UTC time at which each begins.
---@return string[]? names
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:list() end

---Lets producers fill buckets.
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:enable() end

---Keeps producers from filling buckets until `enable`. The existing buckets stay.
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:disable() end

---Tells whether producers fill buckets.
---@return boolean? on
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:enabled() end

---Tells whether an emergency switched buckets off: too many buckets, or too many pending events.
---@return boolean? emergency
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:emergency() end

---Switches buckets off and deletes all of them. Their changes are exported only when the counters
---change again.
---@return integer? n # number of buckets deleted
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Buckets:delete_all() end

---@class kinesis_exporter.Exporter
local Exporter = {}

---Turns exporting on for all exporters that share this Redis.
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:enable() end

---Turns exporting off for all exporters that share this Redis. Running exports stop before their
---next call; their events stay pending.
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:disable() end

---Tells whether exporting is on.
---@return boolean? on
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:enabled() end

---Queues an export job for a worker, if exporting is on and no job is queued or under way.
---@return string|false|nil lock_key # the key with which the job holds the lock; false when no job was queued
---@return string? reason # `"disabled"` or `"locked"` when no job was queued; or the message
---@return kinesis_exporter.Code? code
function Exporter:schedule_job() end

---Releases the lock that a job held.
---@param lock_key string what `schedule_job` returned
---@return boolean? released # false when this key does not hold the lock
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:job_finished(lock_key) end

---Counts the events that are stored and not yet accepted by Kinesis.
---@return integer? events
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:num_pending_events() end

---Stores events to be exported. An event that is not a JSON object, or is larger than a record, is
---put among the rejected events.
---@param list (kinesis_exporter.Event|string)[] flat tables, or JSON objects as text
---@return integer? stored
---@return integer|string|nil rejected # number of events rejected; or the message
---@return kinesis_exporter.Code? code
---@return integer? stored_before # after a failure: number of events stored before it
function Exporter:add_pending_events(list) end

---Stores one event. In nginx it goes into a buffer in memory and is stored soon, without waiting.
---@param event kinesis_exporter.Event|string a flat table, or a JSON object as text
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:record(event) end

---Sends pending events to Kinesis, even when they do not fill a record.
---@param limit? integer sends at most this number of events; default: all that are pending
---@param options? kinesis_exporter.TaskOptions
---@return integer? accepted # number of events that Kinesis accepted
---@return kinesis_exporter.Outcome|string|nil outcome # nil when all is sent; or the message
---@return kinesis_exporter.Code? code
---@return integer? accepted_before # after a failure: number of events accepted before it
function Exporter:flush_pending_events(limit, options) end

---Counts the use of an API: adds to the counters of every period, and puts their keys into the
---current bucket, from which a job makes events.
---@param report kinesis_exporter.Report|kinesis_exporter.Report[] one report, or a list that is written in one go
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
---@return integer? written_before # after a failure: number of reports of the list that were surely written before it
function Exporter:report(report) end

---Performs a job now: makes events of the counters that changed in the buckets that are due, then
---exports the pending events if there are enough of them (`min_export_events`).
---@param end_time? number|string reads buckets up to this time: seconds since the epoch, or text like `2026-11-22 18:30:50 UTC`; default: all that are due
---@param lock_key? string the lock key of a queued job, which is performed under its lock
---@param options? kinesis_exporter.TaskOptions
---@return integer? events # number of events made of counters
---@return kinesis_exporter.Outcome|string|nil outcome # nil when all is sent; or the message
---@return kinesis_exporter.Code? code
---@return integer? events_before # after a failure: number of events made before it; they are pending
function Exporter:perform_job(end_time, lock_key, options) end

---Takes jobs from the queue and performs them until `stop` returns true. It blocks: use it in a
---process of its own.
---@param options? kinesis_exporter.WorkOptions
---@return integer? jobs # number of jobs performed
---@return integer|string|nil events # number of events made of counters; or the message
---@return integer|kinesis_exporter.Code|nil failures # number of attempts that failed; or the code
---@return string? last_failure # why the last attempt failed
function Exporter:work(options) end

---Schedules a job at once and then at regular intervals, and performs queued jobs as `work` does.
---@param options? kinesis_exporter.RunOptions
---@return integer? jobs # number of jobs performed
---@return integer|string|nil events # number of events made of counters; or the message
---@return integer|kinesis_exporter.Code|nil failures # number of attempts that failed; or the code
---@return string? last_failure # why the last attempt failed
function Exporter:run(options) end

---The jobs that failed three times or cannot be read.
---@return kinesis_exporter.FailedJobs jobs
function Exporter:failed_jobs() end

---The buckets: sets of the counters that changed, one for each interval.
---@return kinesis_exporter.Buckets buckets
function Exporter:buckets() end

---The events that cannot be exported as they are.
---@return kinesis_exporter.RejectedEvents events
function Exporter:rejected_events() end

---Reads flag, lock and counts from Redis.
---@return kinesis_exporter.Status? status
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:status() end

---What this exporter has done since it was made.
---@return kinesis_exporter.Stats? stats
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function Exporter:stats() end

---Releases the connections. It may be called more than once; any other method raises afterwards.
---@return true done
function Exporter:close() end

---@class kinesis_exporter
---@field _VERSION string
local kinesis_exporter = {}

---Makes an exporter. It connects at its first use.
---@param options? kinesis_exporter.Options
---@return kinesis_exporter.Exporter? exporter
---@return string? message # what is wrong with a URL, a file or the environment
---@return kinesis_exporter.Code? code
function kinesis_exporter.new(options) end

---Sets up the default exporter, with which the module's functions work. It replaces an earlier one.
---@param options? kinesis_exporter.Options
---@return true? done
---@return string? message # what is wrong with a URL, a file or the environment
---@return kinesis_exporter.Code? code
function kinesis_exporter.configure(options) end

---The default exporter: the one of `configure`, or one that the environment configures.
---@return kinesis_exporter.Exporter? exporter
---@return string? message # what is wrong with the environment
---@return kinesis_exporter.Code? code
function kinesis_exporter.default() end

---Releases the default exporter and forgets its options. The next use makes a new one.
---@return true done
function kinesis_exporter.close() end

---Turns exporting on for all exporters that share this Redis.
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.enable() end

---Turns exporting off for all exporters that share this Redis. Running exports stop before their
---next call; their events stay pending.
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.disable() end

---Tells whether exporting is on.
---@return boolean? on
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.enabled() end

---Queues an export job for a worker, if exporting is on and no job is queued or under way.
---@return string|false|nil lock_key # the key with which the job holds the lock; false when no job was queued
---@return string? reason # `"disabled"` or `"locked"` when no job was queued; or the message
---@return kinesis_exporter.Code? code
function kinesis_exporter.schedule_job() end

---Releases the lock that a job held.
---@param lock_key string what `schedule_job` returned
---@return boolean? released # false when this key does not hold the lock
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.job_finished(lock_key) end

---Counts the events that are stored and not yet accepted by Kinesis.
---@return integer? events
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.num_pending_events() end

---Stores events to be exported. An event that is not a JSON object, or is larger than a record, is
---put among the rejected events.
---@param list (kinesis_exporter.Event|string)[] flat tables, or JSON objects as text
---@return integer? stored
---@return integer|string|nil rejected # number of events rejected; or the message
---@return kinesis_exporter.Code? code
---@return integer? stored_before # after a failure: number of events stored before it
function kinesis_exporter.add_pending_events(list) end

---Stores one event. In nginx it goes into a buffer in memory and is stored soon, without waiting.
---@param event kinesis_exporter.Event|string a flat table, or a JSON object as text
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.record(event) end

---Sends pending events to Kinesis, even when they do not fill a record.
---@param limit? integer sends at most this number of events; default: all that are pending
---@param options? kinesis_exporter.TaskOptions
---@return integer? accepted # number of events that Kinesis accepted
---@return kinesis_exporter.Outcome|string|nil outcome # nil when all is sent; or the message
---@return kinesis_exporter.Code? code
---@return integer? accepted_before # after a failure: number of events accepted before it
function kinesis_exporter.flush_pending_events(limit, options) end

---Counts the use of an API: adds to the counters of every period, and puts their keys into the
---current bucket, from which a job makes events.
---@param report kinesis_exporter.Report|kinesis_exporter.Report[] one report, or a list that is written in one go
---@return true? done
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
---@return integer? written_before # after a failure: number of reports of the list that were surely written before it
function kinesis_exporter.report(report) end

---Performs a job now: makes events of the counters that changed in the buckets that are due, then
---exports the pending events if there are enough of them (`min_export_events`).
---@param end_time? number|string reads buckets up to this time: seconds since the epoch, or text like `2026-11-22 18:30:50 UTC`; default: all that are due
---@param lock_key? string the lock key of a queued job, which is performed under its lock
---@param options? kinesis_exporter.TaskOptions
---@return integer? events # number of events made of counters
---@return kinesis_exporter.Outcome|string|nil outcome # nil when all is sent; or the message
---@return kinesis_exporter.Code? code
---@return integer? events_before # after a failure: number of events made before it; they are pending
function kinesis_exporter.perform_job(end_time, lock_key, options) end

---Takes jobs from the queue and performs them until `stop` returns true. It blocks: use it in a
---process of its own.
---@param options? kinesis_exporter.WorkOptions
---@return integer? jobs # number of jobs performed
---@return integer|string|nil events # number of events made of counters; or the message
---@return integer|kinesis_exporter.Code|nil failures # number of attempts that failed; or the code
---@return string? last_failure # why the last attempt failed
function kinesis_exporter.work(options) end

---Schedules a job at once and then at regular intervals, and performs queued jobs as `work` does.
---@param options? kinesis_exporter.RunOptions
---@return integer? jobs # number of jobs performed
---@return integer|string|nil events # number of events made of counters; or the message
---@return integer|kinesis_exporter.Code|nil failures # number of attempts that failed; or the code
---@return string? last_failure # why the last attempt failed
function kinesis_exporter.run(options) end

---The jobs that failed three times or cannot be read.
---@return kinesis_exporter.FailedJobs jobs
function kinesis_exporter.failed_jobs() end

---The buckets: sets of the counters that changed, one for each interval.
---@return kinesis_exporter.Buckets buckets
function kinesis_exporter.buckets() end

---The events that cannot be exported as they are.
---@return kinesis_exporter.RejectedEvents events
function kinesis_exporter.rejected_events() end

---Reads flag, lock and counts from Redis.
---@return kinesis_exporter.Status? status
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.status() end

---What this exporter has done since it was made.
---@return kinesis_exporter.Stats? stats
---@return string? message # what went wrong, for people
---@return kinesis_exporter.Code? code # what went wrong, for programs
function kinesis_exporter.stats() end

return kinesis_exporter
