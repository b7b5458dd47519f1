/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Lists of chunks. A chunk is a text of many events, each ended by a newline, ready to become
 * records. Beside each list Redis keeps the number of its events. There are two lists. Producers
 * append to the inbox at any time, without a lock; a job puts the events that it makes of
 * counters into the outbox. An export claims a list, reads it from its head and trims what is
 * settled. Chunks that arrive meanwhile go to a new list under the old name. All functions but
 * the append and the read are fenced by `owner` (events/claim.h).
 *
 * Invariant: the counters of a list and of its claim add up to the number of events in both. */

#ifndef KX_EVENTS_CHUNK_LIST_H
#define KX_EVENTS_CHUNK_LIST_H

#include "events/claim.h"
#include "redis/write_id.h"

/* KX_CHUNK_BYTES: the length of a chunk at most, unless its only event is longer.
 * KX_CHUNK_LIST_READ: chunks that one read takes at most, so that a page has at most 8 MiB. */
enum { KX_CHUNK_BYTES = 256 * 1024, KX_CHUNK_LIST_READ = 32 };

/* The keys of a list and of its number of events, before and after it is claimed. */
typedef struct kx_chunk_list {
  const char *list, *events, *claimed, *claimed_events;
} kx_chunk_list;

extern const kx_chunk_list kx_inbox, kx_outbox;

/* Appends a chunk of `n` events. */
kx_status kx_chunk_list_append(const kx_chunk_list *chunks, kx_redis *redis, kx_slice chunk,
                               int64_t n, kx_error *err);

/* The same, unless a write with this id has already been made. */
kx_status kx_chunk_list_append_once(const kx_chunk_list *chunks, kx_redis *redis, kx_slice chunk,
                                    int64_t n, const kx_write_id *id, kx_error *err);

/* Claims the list, or continues an existing claim. `*length` is the length of the claimed list. */
kx_status kx_chunk_list_claim(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                              int64_t *length, kx_error *err);

/* Moves chunks with at most `limit` events to the claimed list; cuts the last chunk in two if
 * necessary. `*moved` counts events: 0 when the list is empty. A call moves a few chunks only:
 * call again for more. */
kx_status kx_chunk_list_claim_some(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                                   int64_t limit, int64_t *moved, kx_error *err);

/* Queues a command that reads `n` chunks of the claimed list into `page`. `first` is the distance
 * from the list's head at the time when the command runs. */
kx_status kx_chunk_list_read(const kx_chunk_list *chunks, kx_redis *redis, int64_t first, int64_t n,
                             kx_page *page, kx_reply_fn fn, void *arg, kx_error *err);

/* Queues a command that trims `settled` chunks, which hold `events` events, off the head of the
 * claimed list. `fn` gets the script's answer, for kx_claim_check. */
kx_status kx_chunk_list_settle(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                               int64_t settled, int64_t events, kx_reply_fn fn, void *arg,
                               kx_error *err);

/* Returns some chunks of the claimed list to the head of the list, in their order. `*done` is
 * false while there are more. */
kx_status kx_chunk_list_unclaim(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                                bool *done, kx_error *err);

#endif
