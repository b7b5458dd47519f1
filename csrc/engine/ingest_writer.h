/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writes the content of an ingest buffer to Redis: events to the inbox, reports to counters
 * and buckets. What cannot be written is kept and tried again, and arrives once, after any
 * number of attempts. Only the engine's thread uses it. */

#ifndef KX_ENGINE_INGEST_WRITER_H
#define KX_ENGINE_INGEST_WRITER_H

#include "counters/report.h"
#include "engine/ingest_buffer.h"
#include "exporter/settings.h"
#include "redis/redis.h"

/* The time of the next attempt after failures. */
typedef struct kx_lane {
  int64_t retry_ms; /* not before this time (kx_monotonic_ms); 0: at once */
  int failures;     /* in a row */
} kx_lane;

/* The state of a writer, for other threads. */
typedef struct kx_ingest_writer_state {
  bool away;        /* the last attempt failed */
  int64_t failures; /* attempts that failed */
  kx_error error;   /* of the last one */
  int64_t written;  /* counters; equal ones are merged */
  int64_t rejected; /* events that went to the rejected events */
  int64_t left_out; /* counters that Redis could not increase */
  char first[512];  /* the first of the last of these, and the reason */
  kx_turn turn;     /* the last time that the buckets were switched */
  int64_t turns;
} kx_ingest_writer_state;

/* All-zero is a valid closed writer. */
typedef struct kx_ingest_writer {
  kx_redis *main, *data; /* owned; no task uses them, so none delays the writer */
  char events_marker[96], reports_marker[96];
  int64_t events_number, reports_number;
  kx_block *blocks; /* owned: taken and not stored */
  kx_tally tally;   /* taken; its entries from `next` on are not in `increments` */
  size_t next, tally_bytes;
  kx_increments increments; /* of counters that may not be written */
  kx_lane events, reports;
  bool hurried; /* the last kx_ingest_writer_work had `all` */
  kx_stats stats;
  kx_ingest_writer_state state;
} kx_ingest_writer;

/* Opens a writer. Nothing is connected. */
kx_status kx_ingest_writer_open(kx_ingest_writer *writer, const kx_settings *settings,
                                kx_error *err);

/* Does a part of the work that is due; with `all`, also of the work that is not due yet. The
 * first call with `all` does not wait for the next attempt. True when there is more to do at
 * once; otherwise `*at_ms` is lowered to the time when there will be. */
bool kx_ingest_writer_work(kx_ingest_writer *writer, kx_ingest_buffer *buffer,
                           const kx_settings *settings, bool all, int64_t *at_ms);

/* Closes the connections. What the writer holds stays, and the next work connects again. */
void kx_ingest_writer_hang_up(kx_ingest_writer *writer);

/* Releases everything. What the writer holds is lost. */
void kx_ingest_writer_close(kx_ingest_writer *writer);

#endif
