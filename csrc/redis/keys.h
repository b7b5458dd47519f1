/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys in Redis. Those with a counterpart in the Ruby exporter keep its
 * names; ours carry the pending set's name as their hash tag, so that all of
 * them live in one slot of a Redis Cluster and one script may touch them. */

#ifndef KX_REDIS_KEYS_H
#define KX_REDIS_KEYS_H

#include "base/kx.h"

/* string "1": exporting is on (main Redis) */
#define KX_KEY_ENABLED "send_to_kinesis:enabled"
/* string: the newest bucket exported (analytics Redis) */
#define KX_KEY_LATEST_BUCKET "send_to_kinesis:latest_bucket_read"
/* sorted set: the buckets there are (analytics Redis) */
#define KX_KEY_BUCKETS "keys_changed_set"
/* sets: the keys of counters that changed; the bucket's name is added */
#define KX_KEY_BUCKET "{stats_bucket}:"
/* strings "1": producers may fill buckets; the last one who forbade it was the
 * emergency (main Redis) */
#define KX_KEY_BUCKETS_ENABLED "stats:enabled"
#define KX_KEY_BUCKETS_EMERGENCY "stats:disabled_emergency"
/* set: events that wait, one member an event; shared with the Ruby exporter */
#define KX_KEY_PENDING "send_to_kinesis:pending_events"
/* set: events of the pending set in the hands of an export */
#define KX_KEY_CLAIMED "{send_to_kinesis:pending_events}:claimed"
/* hash: who exports (owner, and fence, the number of its lock), and how far the claimed
 * set is settled (run_id, cursor, settled) */
#define KX_KEY_CLAIM "{send_to_kinesis:pending_events}:claim"
/* list: chunks of events that wait; string: how many events they hold */
#define KX_KEY_INBOX "{send_to_kinesis:pending_events}:inbox"
#define KX_KEY_INBOX_EVENTS "{send_to_kinesis:pending_events}:inbox:events"
/* the same for chunks in the hands of an export */
#define KX_KEY_INBOX_CLAIMED "{send_to_kinesis:pending_events}:inbox:claimed"
#define KX_KEY_INBOX_CLAIMED_EVENTS "{send_to_kinesis:pending_events}:inbox:claimed:events"
/* the same again for events that a job has taken from buckets, see counters/job.h */
#define KX_KEY_OUTBOX "{send_to_kinesis:pending_events}:outbox"
#define KX_KEY_OUTBOX_EVENTS "{send_to_kinesis:pending_events}:outbox:events"
#define KX_KEY_OUTBOX_CLAIMED "{send_to_kinesis:pending_events}:outbox:claimed"
#define KX_KEY_OUTBOX_CLAIMED_EVENTS "{send_to_kinesis:pending_events}:outbox:claimed:events"
/* strings: the number of the last write of a process that writes once (see redis/write_id.h),
 * of events and of reports (main Redis); the writer's name is added */
#define KX_KEY_EVENTS_WRITER "{send_to_kinesis:pending_events}:writer:"
#define KX_KEY_REPORTS_WRITER "send_to_kinesis:reports:writer:"
/* list: what a job has made of its buckets and not committed yet; the token of the
 * job's lock is added */
#define KX_KEY_STAGE "{send_to_kinesis:pending_events}:stage:"
/* hash: what all processes have done; list: samples of that, see exporter/history.h */
#define KX_KEY_TOTALS "{send_to_kinesis:pending_events}:totals"
#define KX_KEY_HISTORY "{send_to_kinesis:pending_events}:history"
/* list: dead letters, see events/rejected_events.h */
#define KX_KEY_REJECTED "{send_to_kinesis:pending_events}:rejected"

/* A literal as a slice, usable in initializers. */
#define KX_LIT(s) \
  { s, sizeof(s) - 1 }

#endif
