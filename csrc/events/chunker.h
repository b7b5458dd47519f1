/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Events on their way in: checked, gathered into chunks, stored. What is no
 * event, or fits no record, goes among the rejected and holds nothing up. */

#ifndef KX_EVENTS_CHUNKER_H
#define KX_EVENTS_CHUNKER_H

#include "base/stats.h"
#include "redis/redis.h"

enum { KX_OBJECTIONS = 10 };

/* Why an event was rejected, and which event since kx_chunker_begin it was, from 1 on. */
typedef struct kx_objection {
  int64_t number;
  const char *why; /* a constant */
} kx_objection;

/* All-zero is an empty one. */
typedef struct kx_chunker {
  kx_buf chunk;                           /* events, each ended by a newline */
  int64_t in_chunk;                       /* how many */
  int64_t added, rejected;                /* stored since kx_chunker_begin */
  int64_t given;                          /* to it since kx_chunker_begin */
  kx_objection objections[KX_OBJECTIONS]; /* the first ones, as many as were rejected */
} kx_chunker;

/* Empties it. */
void kx_chunker_begin(kx_chunker *chunker);

/* Takes one event, a JSON object of at most `most` bytes, its newline included.
 * White space that would end the event early is written as a space. */
kx_status kx_chunker_add(kx_chunker *chunker, kx_redis *redis, kx_slice event, size_t most,
                         kx_error *err);

/* Stores what is gathered. */
kx_status kx_chunker_flush(kx_chunker *chunker, kx_redis *redis, kx_error *err);

/* Releases the memory. */
void kx_chunker_free(kx_chunker *chunker);

#endif
