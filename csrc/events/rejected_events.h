/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Dead letters: events that cannot be exported as they are. They must not hold
 * up the rest, and must not be lost. An entry of the list is a line of JSON
 * saying why and when, then the event's bytes as they came. */

#ifndef KX_EVENTS_REJECTED_EVENTS_H
#define KX_EVENTS_REJECTED_EVENTS_H

#include "base/buf.h"
#include "redis/redis.h"

/* Reasons, as they stand in an entry. */
#define KX_REJECTED_LARGE "larger than a record"
#define KX_REJECTED_EMPTY "empty"

/* An entry taken apart; slices into the entry. */
typedef struct kx_rejected_event {
  kx_slice reason;
  kx_slice time; /* "2026-11-23 01:02:03 UTC" */
  kx_slice event;
} kx_rejected_event;

/* Appends the entry for an event to `out`. */
void kx_rejected_events_write(kx_buf *out, kx_slice event, const char *reason, int64_t seconds);

/* Takes an entry apart; what is no entry is an event without a reason. */
void kx_rejected_events_read(kx_slice entry, kx_rejected_event *out);

/* Stores an event among the rejected. */
kx_status kx_rejected_events_add(kx_redis *redis, kx_slice event, const char *reason,
                                 int64_t seconds, kx_error *err);

/* The same for an event that leaves another key for that: in a Redis that is full, too. */
kx_status kx_rejected_events_move(kx_redis *redis, kx_slice event, const char *reason,
                                  int64_t seconds, kx_error *err);

/* How many there are. */
kx_status kx_rejected_events_size(kx_redis *redis, int64_t *out, kx_error *err);

/* Entries `first` and on, at most `n`, oldest first; the caller frees the
 * reply, an array of entries. */
kx_status kx_rejected_events_list(kx_redis *redis, int64_t first, int64_t n, kx_reply **out,
                                  kx_error *err);

/* Moves one entry's event to the inbox, in one step, unless somebody else has
 * just done so. */
kx_status kx_rejected_events_retry(kx_redis *redis, kx_slice entry, bool *moved, kx_error *err);

/* Deletes all entries; `*out` is how many there were. */
kx_status kx_rejected_events_delete_all(kx_redis *redis, int64_t *out, kx_error *err);

#endif
