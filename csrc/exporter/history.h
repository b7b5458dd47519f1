/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What all processes together have done: totals to which each process adds its own counts, and
 * samples of them over the last hour. */

#ifndef KX_EXPORTER_HISTORY_H
#define KX_EXPORTER_HISTORY_H

#include "redis/redis.h"

/* Seconds between samples, and the number of samples that are kept: those of an hour. */
enum { KX_HISTORY_SECONDS = 10, KX_HISTORY_SAMPLES = 360 };

/* What is added to a total. */
typedef struct kx_delta {
  const char *name;
  int64_t n;
} kx_delta;

enum { KX_DELTAS_MOST = 32 }; /* that one call adds at most */

/* Adds to the totals in one step. When events_accepted grows, sets last_export_time to the time in
 * seconds since the epoch. Takes a sample if the last one is old enough; `pending`, the number of
 * pending events, is part of the sample. */
kx_status kx_history_add(kx_redis *data, const kx_delta *deltas, size_t n, int64_t pending,
                         kx_error *err);

/* Appends a line "name value" for each total, and then a line for each sample, newest first:
 * seconds since the epoch, pending events, and the totals events_stored and events_accepted. */
kx_status kx_history_read(kx_redis *data, kx_buf *out, kx_error *err);

#endif
