/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Reads the counters of a page of stats keys, up to a thousand with one command, and writes their
 * events. The counters of minutes expire. When a counter of another period is gone it was deleted,
 * as the Ruby exporter does with a counter that is set to 0: its event says 0. MGET has no value
 * for a key of another type either, so a key without a value is looked at once more. */

#ifndef KX_COUNTERS_COUNTER_READER_H
#define KX_COUNTERS_COUNTER_READER_H

#include "counters/stats_key.h"
#include "redis/redis.h"

typedef enum kx_counter_state {
  KX_COUNTER_READ,
  KX_COUNTER_EXPIRED, /* the counter of a minute that is gone */
  KX_COUNTER_INVALID  /* the key is not a stats key, or it does not hold an integer */
} kx_counter_state;

/* What was read of one counter. Slices are valid during the call. */
typedef struct kx_counter {
  kx_counter_state state;
  kx_slice key, value; /* when it is invalid */
  kx_slice event;      /* with its newline, when it was read */
} kx_counter;

typedef kx_status (*kx_counter_fn)(void *arg, const kx_counter *counter, kx_error *err);

struct kx_counter_slice;

/* All-zero is empty. */
typedef struct kx_counter_reader {
  char time_gen[18];
  kx_slice *keys; /* owned; slices into the page */
  size_t n, cap;
  size_t
    *missing; /* owned; the places of keys without a value, of which the first ones are asked */
  size_t n_missing, asked, told;
  struct kx_counter_slice *slices; /* owned */
  size_t n_slices, cap_slices;
  size_t answered; /* keys whose values have arrived */
  kx_buf event;
  kx_counter_fn fn;
  void *arg;
} kx_counter_reader;

/* Prepares for events with this `time_gen`. */
void kx_counter_reader_begin(kx_counter_reader *reader, const char *time_gen);

/* Queues commands that read the counters of the keys in `page`, each ended by a newline. Keys that
 * are not exported are left out and counted in `*skipped`. `fn` is called for each counter as the
 * replies arrive. `page` must stay until all have arrived. */
kx_status kx_counter_reader_read(kx_counter_reader *reader, kx_redis *redis, kx_slice page,
                                 int64_t *skipped, kx_counter_fn fn, void *arg, kx_error *err);

/* Queues the questions about keys without a value. To be called until every counter has been read. */
kx_status kx_counter_reader_continue(kx_counter_reader *reader, kx_redis *redis, kx_error *err);

/* True when every counter of the page has been read. */
bool kx_counter_reader_done(const kx_counter_reader *reader);

/* Releases the memory. */
void kx_counter_reader_free(kx_counter_reader *reader);

#endif
