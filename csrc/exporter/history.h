/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What all processes together have done, and how that went on over the last hour:
 * counters that each adds what it has done to, and samples of them. */

#ifndef KX_EXPORTER_HISTORY_H
#define KX_EXPORTER_HISTORY_H

#include "redis/redis.h"

/* A sample is taken so often, and so many are kept: an hour. */
enum { KX_HISTORY_SECONDS = 10, KX_HISTORY_SAMPLES = 360 };

/* What is added to a counter. */
typedef struct kx_delta {
  const char *name;
  int64_t n;
} kx_delta;

enum { KX_DELTAS_MOST = 32 };

/* Adds to the counters, at most KX_DELTAS_MOST of them, in one step, and notes the time
 * when that is of events_accepted (last_export_time, seconds since the epoch); takes a
 * sample if the last one is old enough. `pending` is part of it. */
kx_status kx_history_add(kx_redis *data, const kx_delta *deltas, size_t n, int64_t pending,
                         kx_error *err);

/* Appends a line "name value" for each counter, and then one for each sample, newest
 * first: seconds since the epoch, pending events, and the counters events_stored and
 * events_accepted. */
kx_status kx_history_read(kx_redis *data, kx_buf *out, kx_error *err);

#endif
