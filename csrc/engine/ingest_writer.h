/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Takes what an intake holds to Redis: events into the inbox, reports into counters
 * and buckets. What cannot be written is kept and tried again, and arrives once
 * however often that takes. The engine's thread only. */

#ifndef KX_ENGINE_INGEST_WRITER_H
#define KX_ENGINE_INGEST_WRITER_H

#include "counters/report.h"
#include "engine/ingest_buffer.h"
#include "exporter/settings.h"
#include "redis/redis.h"

/* When the next attempt is, after failures. */
typedef struct kx_lane {
  int64_t retry_ms; /* kx_monotonic_ms; 0: at once */
  int failures;     /* in a row */
} kx_lane;

/* What others may want to know of it. */
typedef struct kx_ingest_writer_state {
  bool away;        /* the last attempt failed */
  int64_t failures; /* attempts that failed */
  kx_error error;   /* of the last one */
  int64_t written;  /* counters, equal ones merged */
  int64_t rejected; /* events put among the rejected */
  int64_t left_out; /* counters that Redis could not count up */
  char first[512];  /* of the last ones of these, and why */
  kx_turn turn;     /* the last one of the buckets' switch */
  int64_t turns;
} kx_ingest_writer_state;

/* All-zero is a valid closed one. */
typedef struct kx_ingest_writer {
  kx_redis *main, *data; /* owned; its own, so that tasks do not hold it up */
  char events_marker[96], reports_marker[96];
  int64_t events_number, reports_number;
  kx_block *blocks; /* owned: taken and not stored yet */
  kx_tally tally;   /* taken; its entries from `next` on are not in `usage` yet */
  size_t next, tally_bytes;
  kx_increments increments; /* counters that are not surely written */
  kx_lane events, reports;
  bool hurried; /* the last work was to be all: the first such one does not put off anything */
  kx_stats stats;
  kx_ingest_writer_state state;
} kx_ingest_writer;

/* Prepares it; nothing is connected. */
kx_status kx_ingest_writer_open(kx_ingest_writer *writer, const kx_settings *settings,
                                kx_error *err);

/* Does a piece of the work that is due; with `all`, work that is not due yet, too.
 * True when there is more to do at once, otherwise `*at_ms` is lowered to when there
 * will be. */
bool kx_ingest_writer_work(kx_ingest_writer *writer, kx_ingest_buffer *buffer,
                           const kx_settings *settings, bool all, int64_t *at_ms);

/* Closes the connections; what it holds stays, and the next work connects anew. */
void kx_ingest_writer_hang_up(kx_ingest_writer *writer);

/* Releases everything; what it holds is lost. */
void kx_ingest_writer_close(kx_ingest_writer *writer);

#endif
