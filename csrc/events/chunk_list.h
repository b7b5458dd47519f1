/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Lists of chunks, each many events ended by newlines, ready to become records,
 * with the number of events kept beside them. There are two: the inbox, to which
 * producers append at any time without a lock, and the outbox, where a job puts
 * what it has taken from buckets. An export claims a list, reads it from its head
 * and trims what is settled; what arrives meanwhile gathers in a fresh list. All
 * functions but the append and the read are fenced by `owner` (events/claim.h).
 *
 * Invariant: the two counters together are the number of events in the two
 * lists. */

#ifndef KX_EVENTS_CHUNK_LIST_H
#define KX_EVENTS_CHUNK_LIST_H

#include "events/claim.h"
#include "redis/write_id.h"

/* A chunk is at most this long unless its only event is longer. A read takes at
 * most KX_CHUNK_LIST_READ chunks, so a page stays within 8 MiB. */
enum { KX_CHUNK_BYTES = 256 * 1024, KX_CHUNK_LIST_READ = 32 };

/* The keys of one: the list, its number of events, and the same when claimed. */
typedef struct kx_chunk_list {
  const char *list, *events, *claimed, *claimed_events;
} kx_chunk_list;

extern const kx_chunk_list kx_inbox, kx_outbox;

/* Appends a chunk of `n` events. */
kx_status kx_chunk_list_append(const kx_chunk_list *chunks, kx_redis *redis, kx_slice chunk,
                               int64_t n, kx_error *err);

/* The same, unless that very write has been made already. */
kx_status kx_chunk_list_append_once(const kx_chunk_list *chunks, kx_redis *redis, kx_slice chunk,
                                    int64_t n, const kx_write_id *id, kx_error *err);

/* Claims the list, or goes on with a claim that is there. `*length` is the
 * length of the claimed list. */
kx_status kx_chunk_list_claim(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                              int64_t *length, kx_error *err);

/* Moves whole chunks, the last one cut if need be, of at most `limit` events to
 * the claimed list. `*moved` counts events: 0 when the list is empty. A call
 * moves a few chunks only: call again for more. */
kx_status kx_chunk_list_claim_some(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                                   int64_t limit, int64_t *moved, kx_error *err);

/* Queues the reading of `n` chunks, `first` being the distance from the head of
 * the claimed list as it will be when the command runs. */
kx_status kx_chunk_list_read(const kx_chunk_list *chunks, kx_redis *redis, int64_t first, int64_t n,
                             kx_page *page, kx_redis_fn fn, void *arg, kx_error *err);

/* Queues trimming `settled` chunks holding `events` events off the head
 * of the claimed list. `fn` gets the script's answer, for kx_claim_check. */
kx_status kx_chunk_list_settle(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                               int64_t settled, int64_t events, kx_redis_fn fn, void *arg,
                               kx_error *err);

/* Returns chunks of the claimed list to the head of the list, in their order.
 * `*done` is false while there are more. */
kx_status kx_chunk_list_unclaim(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                                bool *done, kx_error *err);

#endif
