/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Takes events from a program: checks them, gathers them into chunks, and stores the chunks in the
 * inbox. A text that is not an event, or does not fit into a record, goes to the rejected events
 * and does not delay the others. */

#ifndef KX_EVENTS_CHUNKER_H
#define KX_EVENTS_CHUNKER_H

#include "base/stats.h"
#include "redis/redis.h"

enum { KX_OBJECTIONS = 10 }; /* that a chunker remembers at most */

/* Why an event was rejected, and its number: the first event after kx_chunker_begin is 1. */
typedef struct kx_objection {
  int64_t number;
  const char *why; /* a constant */
} kx_objection;

/* All-zero is empty. */
typedef struct kx_chunker {
  kx_buf chunk;                           /* events, each ended by a newline */
  int64_t in_chunk;                       /* how many events are in it */
  int64_t added, rejected;                /* events stored or rejected since kx_chunker_begin */
  int64_t given;                          /* events given to it since kx_chunker_begin */
  kx_objection objections[KX_OBJECTIONS]; /* to the first events that were rejected */
} kx_chunker;

/* Empties the chunker and its counts. */
void kx_chunker_begin(kx_chunker *chunker);

/* Takes one event: a JSON object of at most `most` bytes with its newline. Newlines within the
 * event become spaces. */
kx_status kx_chunker_add(kx_chunker *chunker, kx_redis *redis, kx_slice event, size_t most,
                         kx_error *err);

/* Stores the events that are gathered. */
kx_status kx_chunker_flush(kx_chunker *chunker, kx_redis *redis, kx_error *err);

/* Releases the memory. */
void kx_chunker_free(kx_chunker *chunker);

#endif
