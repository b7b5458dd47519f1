-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

--- The keys in Redis that status, metrics and doctor read: the same as in csrc/redis/keys.h.
-- @module kinesis_exporter.util.redis_keys

local keys = {
  ENABLED = "send_to_kinesis:enabled",
  LATEST_BUCKET = "send_to_kinesis:latest_bucket_read",
  BUCKETS = "keys_changed_set",
  BUCKETS_ENABLED = "stats:enabled",
  BUCKETS_EMERGENCY = "stats:disabled_emergency",
  PENDING = "send_to_kinesis:pending_events",
  CLAIMED = "{send_to_kinesis:pending_events}:claimed",
  CLAIM = "{send_to_kinesis:pending_events}:claim",
  INBOX = "{send_to_kinesis:pending_events}:inbox",
  INBOX_EVENTS = "{send_to_kinesis:pending_events}:inbox:events",
  INBOX_CLAIMED = "{send_to_kinesis:pending_events}:inbox:claimed",
  INBOX_CLAIMED_EVENTS = "{send_to_kinesis:pending_events}:inbox:claimed:events",
  OUTBOX = "{send_to_kinesis:pending_events}:outbox",
  OUTBOX_EVENTS = "{send_to_kinesis:pending_events}:outbox:events",
  OUTBOX_CLAIMED = "{send_to_kinesis:pending_events}:outbox:claimed",
  OUTBOX_CLAIMED_EVENTS = "{send_to_kinesis:pending_events}:outbox:claimed:events",
  STAGE = "{send_to_kinesis:pending_events}:stage:",
  TOTALS = "{send_to_kinesis:pending_events}:totals",
  HISTORY = "{send_to_kinesis:pending_events}:history",
  REJECTED = "{send_to_kinesis:pending_events}:rejected",
}

--- The lock's key.
-- @tparam string resource the option lock_resource
-- @treturn string
function keys.lock(resource)
  return resource:lower() .. ":lock"
end

--- The key of the fence: the last number that was drawn with the lock.
-- @tparam string resource the option lock_resource
-- @treturn string
function keys.fence(resource)
  return keys.lock(resource) .. ":fence"
end

--- The list of a queue.
-- @tparam string queue its name
-- @treturn string
function keys.queue(queue)
  return "resque:queue:" .. queue
end

--- A key that the workers keep beside a queue.
-- @tparam string queue its name
-- @tparam string name "workers", "alive:", "working:", "attempts" or "failed"
-- @treturn string
function keys.of_queue(queue, name)
  return ("{%s}:%s"):format(keys.queue(queue), name)
end

return keys
