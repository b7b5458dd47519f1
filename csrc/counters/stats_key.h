/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys of counters, and the events that a job makes of them:
 *
 *   stats/{service:ID}[/FIELD:ID ...]/PERIOD:COMPACT_TIME
 *
 * with the fields cinstance, uinstance, metric and response_code, and the
 * period `eternity` without a time. After the service the order is free. The
 * ID "N/A" stands for no value; other IDs have no slash. An ID may have all other
 * characters but NUL and the newline. Pure. */

#ifndef KX_COUNTERS_STATS_KEY_H
#define KX_COUNTERS_STATS_KEY_H

#include "base/buf.h"
#include "counters/stats_time.h"

/* In the order of an event's members. */
enum {
  KX_FIELD_SERVICE,
  KX_FIELD_CINSTANCE,
  KX_FIELD_UINSTANCE,
  KX_FIELD_METRIC,
  KX_FIELD_RESPONSE_CODE,
  KX_FIELDS
};

/* The parts of a key. */
typedef struct kx_stats_key {
  kx_slice ids[KX_FIELDS]; /* slices into the key; data is NULL when the field is absent */
  kx_period period;
  char timestamp[15]; /* the period's start, "20151130 10:00"; "" for eternity */
} kx_stats_key;

/* True when an ID that was parsed is "N/A", which stands for no value. */
static inline bool kx_stats_id_na(kx_slice id) {
  return id.len == 3 && id.data[1] == '/';
}

/* Splits a key into its parts. False when the key is not a stats key; `out` is then
 * undefined. */
bool kx_stats_key_parse(kx_slice key, kx_stats_key *out);

/* Weeks and eternity are not exported. */
bool kx_stats_key_exported(const kx_stats_key *key);

/* True when a counter's value is an integer as Redis writes one, of 64 bits. */
bool kx_stats_value_valid(kx_slice value);

/* Appends the event's JSON, without a newline. `time_gen` looks like
 * "20151130 10:05:20". */
void kx_stats_key_event(kx_buf *out, const kx_stats_key *key, kx_slice value, const char *time_gen);

#endif
