/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys in Redis. Keys that the Ruby exporter has, too, keep its names. Our own keys have the
 * name of the pending set as their hash tag. So they all live in one slot of a Redis Cluster, and
 * one script may touch them. Types only. */

#ifndef KX_REDIS_KEYS_H
#define KX_REDIS_KEYS_H

#include "base/kx.h"

/* string "1": exporting is on (main Redis) */
#define KX_KEY_ENABLED "send_to_kinesis:enabled"
/* string: the newest bucket that is exported (analytics Redis) */
#define KX_KEY_LATEST_BUCKET "send_to_kinesis:latest_bucket_read"
/* sorted set: the buckets that exist (analytics Redis) */
#define KX_KEY_BUCKETS "keys_changed_set"
/* sets: the keys of counters that changed; the name of the bucket follows */
#define KX_KEY_BUCKET "{stats_bucket}:"
/* strings "1": producers may fill buckets; buckets were last switched off by the emergency (main
 * Redis) */
#define KX_KEY_BUCKETS_ENABLED "stats:enabled"
#define KX_KEY_BUCKETS_EMERGENCY "stats:disabled_emergency"
/* set: events that wait, one event each; shared with the Ruby exporter */
#define KX_KEY_PENDING "send_to_kinesis:pending_events"
/* set: events of the pending set that an export has claimed */
#define KX_KEY_CLAIMED "{send_to_kinesis:pending_events}:claimed"
/* hash: who exports (owner, and fence: the number of its lock), and how much of the claimed set is
 * settled (run_id, cursor, settled) */
#define KX_KEY_CLAIM "{send_to_kinesis:pending_events}:claim"
/* list: chunks of events that wait; string: their number of events */
#define KX_KEY_INBOX "{send_to_kinesis:pending_events}:inbox"
#define KX_KEY_INBOX_EVENTS "{send_to_kinesis:pending_events}:inbox:events"
/* the same for chunks that an export has claimed */
#define KX_KEY_INBOX_CLAIMED "{send_to_kinesis:pending_events}:inbox:claimed"
#define KX_KEY_INBOX_CLAIMED_EVENTS "{send_to_kinesis:pending_events}:inbox:claimed:events"
/* the same for events that a job has made from buckets, see counters/job.h */
#define KX_KEY_OUTBOX "{send_to_kinesis:pending_events}:outbox"
#define KX_KEY_OUTBOX_EVENTS "{send_to_kinesis:pending_events}:outbox:events"
#define KX_KEY_OUTBOX_CLAIMED "{send_to_kinesis:pending_events}:outbox:claimed"
#define KX_KEY_OUTBOX_CLAIMED_EVENTS "{send_to_kinesis:pending_events}:outbox:claimed:events"
/* strings: the number of a writer's last write (see redis/write_id.h), of events and of reports
 * (main Redis); the name of the writer follows */
#define KX_KEY_EVENTS_WRITER "{send_to_kinesis:pending_events}:writer:"
#define KX_KEY_REPORTS_WRITER "send_to_kinesis:reports:writer:"
/* list: events that a job has made and not committed; the token of the job's lock follows */
#define KX_KEY_STAGE "{send_to_kinesis:pending_events}:stage:"
/* hash: totals of all processes; list: samples of them, see exporter/history.h */
#define KX_KEY_TOTALS "{send_to_kinesis:pending_events}:totals"
#define KX_KEY_HISTORY "{send_to_kinesis:pending_events}:history"
/* list: dead letters, see events/rejected_events.h */
#define KX_KEY_REJECTED "{send_to_kinesis:pending_events}:rejected"

/* A literal as a slice, for initializers. */
#define KX_LIT(s) \
  { s, sizeof(s) - 1 }

#endif
