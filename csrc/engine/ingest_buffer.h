/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buffer for what the producers of a process have handed in and Redis does not have yet:
 * events, in blocks in the form in which they are stored, and the tally of reports. Its size
 * is bounded. Producers may be any threads; only the engine's thread empties it. */

#ifndef KX_ENGINE_INGEST_BUFFER_H
#define KX_ENGINE_INGEST_BUFFER_H

#include "counters/tally.h"

#include <pthread.h>

/* Events, each with a newline at its end. With `why`, it is one event that goes to the rejected
 * events. */
typedef struct kx_block {
  struct kx_block *next;
  const char *why;
  int64_t events;
  size_t len, cap;
  char data[];
} kx_block;

/* The result of handing in. */
typedef enum kx_taken {
  KX_TAKEN,
  KX_TAKEN_WAKE, /* taken, and the engine must be woken: it does not know that there is work */
  KX_FULL,
  KX_NO_MEMORY
} kx_taken;

/* Totals since the beginning; what is buffered, now. */
typedef struct kx_ingest_counts {
  int64_t events_recorded, events_dropped, reports, reports_dropped;
  int64_t events_buffered, reports_buffered, bytes_buffered;
} kx_ingest_counts;

typedef struct kx_ingest_buffer {
  pthread_mutex_t mutex;
  kx_block *first, *last; /* owned */
  kx_block *filling;      /* the block of these that gets the next event, or NULL */
  kx_block *spare;        /* owned: an empty block, or NULL */
  kx_tally tally;
  size_t bytes, most; /* bytes that are buffered or taken and not stored; the limit */
  int64_t events_ms;  /* when the oldest event came (kx_monotonic_ms), or 0 */
  int64_t reports_ms; /* when the oldest report came, or 0 */
  int64_t handed;     /* reports in the tally that was taken last */
  kx_ingest_counts counts;
} kx_ingest_buffer;

/* Begins an empty buffer that holds at most `most` bytes. */
void kx_ingest_buffer_begin(kx_ingest_buffer *buffer, size_t most);

/* Takes an event to be stored. With `why`, it goes to the rejected events. */
kx_taken kx_ingest_buffer_event(kx_ingest_buffer *buffer, kx_slice event, const char *why);

/* Takes the uses of `n` reports: all or none. */
kx_taken kx_ingest_buffer_reports(kx_ingest_buffer *buffer, const kx_uses *uses, int64_t n);

/* True when it is time to empty the buffer: `linger_ms` after the oldest event,
 * `interval_ms` after the oldest report, or earlier when there is much. Otherwise `*at_ms`
 * is lowered to that time. */
bool kx_ingest_buffer_events_due(kx_ingest_buffer *buffer, int64_t now_ms, int64_t linger_ms,
                                 int64_t *at_ms);
bool kx_ingest_buffer_reports_due(kx_ingest_buffer *buffer, int64_t now_ms, int64_t interval_ms,
                                  int64_t *at_ms);

/* Gives all blocks to the caller, oldest first. The caller returns each with
 * kx_ingest_buffer_stored when Redis has it. */
kx_block *kx_ingest_buffer_take_events(kx_ingest_buffer *buffer);
void kx_ingest_buffer_stored(kx_ingest_buffer *buffer, kx_block *block);

/* Exchanges the tally for an empty one. When all of it is written, the caller returns its
 * bytes with kx_ingest_buffer_written. */
void kx_ingest_buffer_take_reports(kx_ingest_buffer *buffer, kx_tally *tally);
void kx_ingest_buffer_written(kx_ingest_buffer *buffer, size_t bytes);

/* The counts so far. */
kx_ingest_counts kx_ingest_buffer_count(kx_ingest_buffer *buffer);

/* True when Redis has everything that had been taken when `then` was counted. */
bool kx_ingest_buffer_has_stored(kx_ingest_buffer *buffer, const kx_ingest_counts *then);

/* Releases the buffer and its content. */
void kx_ingest_buffer_free(kx_ingest_buffer *buffer);

/* Releases blocks that were taken and will not be stored. */
void kx_blocks_free(kx_block *first);

#endif
