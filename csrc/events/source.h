/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The three places in which pending events wait: the pending set, the inbox and the outbox, in the
 * order in which an export goes through them. This file holds what differs between them. */

#ifndef KX_EVENTS_SOURCE_H
#define KX_EVENTS_SOURCE_H

#include "events/reader.h"

/* A list of chunks, or the pending set. */
typedef struct kx_source {
  const kx_chunk_list *chunks; /* NULL for the pending set */
  bool to_set;                 /* events that are put back go to the pending set */
} kx_source;

enum { KX_SOURCES = 3 };
extern const kx_source kx_sources[KX_SOURCES];

/* Sets `*out` to true when a claim of the source exists. */
kx_status kx_source_claimed(const kx_source *source, kx_redis *redis, bool *out, kx_error *err);

/* Claims the source, or continues an existing claim. `*size` is the number of its members or
 * chunks (0: nothing to do), `*from` the place up to which it is settled. */
kx_status kx_source_claim(const kx_source *source, kx_redis *redis, const char *owner,
                          int64_t *size, kx_place *from, kx_error *err);

/* Moves some events, at most `limit`, to the claim. `*moved` is 0 when the source is empty. */
kx_status kx_source_claim_some(const kx_source *source, kx_redis *redis, const char *owner,
                               int64_t limit, int64_t *moved, kx_error *err);

/* Begins to read the claim at `from`. `size` is the one that kx_source_claim returned. */
void kx_source_read(const kx_source *source, kx_reader *reader, const kx_place *from, int64_t size);

/* Queues a command that keeps in Redis that the claim is settled from `from` up to `to`. */
kx_status kx_source_settle(const kx_source *source, kx_redis *redis, const char *owner,
                           const kx_place *from, const kx_place *to, kx_reply_fn fn, void *arg,
                           kx_error *err);

/* Forgets the claim, all of which is settled. */
kx_status kx_source_finish(const kx_source *source, kx_redis *redis, const char *owner,
                           kx_error *err);

/* Gives a piece of the claim back to its list without reading it; not for sources whose events
 * go to the pending set. `*done` is true when all of it is back. */
kx_status kx_source_unclaim(const kx_source *source, kx_redis *redis, const char *owner, bool *done,
                            kx_error *err);

#endif
