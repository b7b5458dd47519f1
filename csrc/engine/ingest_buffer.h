/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What the producers of a process have handed in and Redis does not have yet: events,
 * in blocks as they will be stored, and the tally of reports. Bounded. Producers are
 * any threads, the one that empties it is the engine's. */

#ifndef KX_ENGINE_INGEST_BUFFER_H
#define KX_ENGINE_INGEST_BUFFER_H

#include "counters/tally.h"

#include <pthread.h>

/* Events, each ended by a newline; or, with `why`, a single one that is to be put among
 * the rejected. */
typedef struct kx_block {
  struct kx_block *next;
  const char *why;
  int64_t events;
  size_t len, cap;
  char data[];
} kx_block;

/* How handing in ended. */
typedef enum kx_taken {
  KX_TAKEN,
  KX_TAKEN_WAKE, /* and the engine should be woken: it has not been told of anything yet */
  KX_FULL,
  KX_NO_MEMORY
} kx_taken;

/* Since the beginning, and (buffered) now. */
typedef struct kx_ingest_counts {
  int64_t events_recorded, events_dropped, reports, reports_dropped;
  int64_t events_buffered, reports_buffered, bytes_buffered;
} kx_ingest_counts;

typedef struct kx_ingest_buffer {
  pthread_mutex_t mutex;
  kx_block *first, *last; /* owned */
  kx_block *filling;      /* the one of these that is being filled, or NULL */
  kx_block *spare;        /* owned: an empty block, or NULL */
  kx_tally tally;
  size_t bytes, most; /* buffered, taken ones included until they are stored */
  int64_t events_ms;  /* when the oldest event came, or 0 (kx_monotonic_ms) */
  int64_t reports_ms; /* likewise */
  int64_t handed;     /* reports in the tally that was handed over last */
  kx_ingest_counts counts;
} kx_ingest_buffer;

/* Begins an empty one that holds at most so many bytes. */
void kx_ingest_buffer_begin(kx_ingest_buffer *buffer, size_t most);

/* Takes an event that is to be stored; or, with `why`, to be put among the rejected. */
kx_taken kx_ingest_buffer_event(kx_ingest_buffer *buffer, kx_slice event, const char *why);

/* Takes the uses of `n` reports, all or none. */
kx_taken kx_ingest_buffer_reports(kx_ingest_buffer *buffer, const kx_uses *uses, int64_t n);

/* True when it is time to empty it: `linger_ms` after the oldest event, or
 * `interval_ms` after the oldest report, or because much is there. Otherwise `*at_ms`
 * is lowered to when it will be. */
bool kx_ingest_buffer_events_due(kx_ingest_buffer *buffer, int64_t now_ms, int64_t linger_ms,
                                 int64_t *at_ms);
bool kx_ingest_buffer_reports_due(kx_ingest_buffer *buffer, int64_t now_ms, int64_t interval_ms,
                                  int64_t *at_ms);

/* Hands over all blocks, oldest first; the caller returns each with kx_ingest_buffer_stored
 * once Redis has it. */
kx_block *kx_ingest_buffer_take_events(kx_ingest_buffer *buffer);
void kx_ingest_buffer_stored(kx_ingest_buffer *buffer, kx_block *block);

/* Hands over the tally in exchange for an empty one. When all of it is written, the
 * caller gives back the bytes. */
void kx_ingest_buffer_take_reports(kx_ingest_buffer *buffer, kx_tally *tally);
void kx_ingest_buffer_written(kx_ingest_buffer *buffer, size_t bytes);

/* What it has counted. */
kx_ingest_counts kx_ingest_buffer_count(kx_ingest_buffer *buffer);

/* True when Redis has all that had been taken when `then` was counted. */
bool kx_ingest_buffer_has_stored(kx_ingest_buffer *buffer, const kx_ingest_counts *then);

/* Releases it with what it holds. */
void kx_ingest_buffer_free(kx_ingest_buffer *buffer);

/* Releases blocks that were taken and are not to be stored. */
void kx_blocks_free(kx_block *first);

#endif
