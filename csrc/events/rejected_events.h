/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Rejected events (dead letters) cannot be exported as they are. They must not delay the others,
 * and must not be lost. An entry of their list is a line of JSON that says why and when the event
 * was rejected, and then the event's bytes, unchanged. */

#ifndef KX_EVENTS_REJECTED_EVENTS_H
#define KX_EVENTS_REJECTED_EVENTS_H

#include "base/buf.h"
#include "redis/redis.h"

/* Reasons, as entries hold them. */
#define KX_REJECTED_LARGE "larger than a record"
#define KX_REJECTED_EMPTY "empty"

/* The parts of an entry: slices of it. */
typedef struct kx_rejected_event {
  kx_slice reason;
  kx_slice time; /* "2026-11-23 01:02:03 UTC" */
  kx_slice event;
} kx_rejected_event;

/* Appends the entry for an event to `out`. */
void kx_rejected_events_write(kx_buf *out, kx_slice event, const char *reason, int64_t seconds);

/* Splits an entry into its parts. A text that is not an entry is an event without a reason. */
void kx_rejected_events_read(kx_slice entry, kx_rejected_event *out);

/* Adds an event to the list. */
kx_status kx_rejected_events_add(kx_redis *redis, kx_slice event, const char *reason,
                                 int64_t seconds, kx_error *err);

/* The same for an event that leaves another key; works also when Redis is full. */
kx_status kx_rejected_events_move(kx_redis *redis, kx_slice event, const char *reason,
                                  int64_t seconds, kx_error *err);

/* Counts the entries. */
kx_status kx_rejected_events_size(kx_redis *redis, int64_t *out, kx_error *err);

/* Reads at most `n` entries from the entry `first` on, oldest first. The reply is an array of
 * entries; the caller frees it. */
kx_status kx_rejected_events_list(kx_redis *redis, int64_t first, int64_t n, kx_reply **out,
                                  kx_error *err);

/* Moves the event of an entry to the inbox, in one step. `*moved` is false when the entry is not
 * in the list any more. */
kx_status kx_rejected_events_retry(kx_redis *redis, kx_slice entry, bool *moved, kx_error *err);

/* Deletes all entries. `*out` is their number. */
kx_status kx_rejected_events_delete_all(kx_redis *redis, int64_t *out, kx_error *err);

#endif
