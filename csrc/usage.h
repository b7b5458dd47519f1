/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The counters that reports add up to: equal keys are merged, so that a thousand
 * reports of one application cost as many commands as one. Pure. */

#ifndef KX_USAGE_H
#define KX_USAGE_H

#include "buf.h"
#include "stats_time.h"

enum { KX_MINUTE_TTL_SECONDS = 180 }; /* of counters of minutes; no others expire */

/* Who used what, when. Blank characters in ids are written as '+' in keys. */
typedef struct kx_report {
  kx_slice service;
  kx_slice application, user; /* data is NULL when there is none */
  int64_t seconds;            /* since the epoch */
} kx_report;

/* What is to be added to a counter. */
typedef struct kx_increment {
  size_t key, len; /* where its key stands in the text */
  int64_t by;
  kx_period period;
} kx_increment;

/* All-zero is an empty one. */
typedef struct kx_usage {
  kx_buf keys;
  kx_increment *list; /* owned */
  size_t n, cap;
  size_t *slots; /* owned: a hash table of places in the list, from 1 on; 0 is free */
  size_t n_slots;
  kx_buf key;  /* the one at hand */
  bool failed; /* an allocation failed since the last kx_usage_clear */
} kx_usage;

/* Adds the use of a metric: counters of the service and, where given, of the
 * application and of the user. */
void kx_usage_metric(kx_usage *usage, const kx_report *report, kx_slice metric, int64_t n);

/* Adds a response with this HTTP code: counters of its group ("2XX"; of the groups
 * 2, 4 and 5) and, for 200, 403, 404, 500 and 503, of the code itself. */
void kx_usage_code(kx_usage *usage, const kx_report *report, int code);

/* The key of an increment. */
static inline kx_slice kx_usage_key(const kx_usage *usage, const kx_increment *increment) {
  return (kx_slice){usage->keys.data + increment->key, increment->len};
}

/* True unless an allocation failed. */
bool kx_usage_ok(const kx_usage *usage);

/* Forgets everything, keeps the memory. */
void kx_usage_clear(kx_usage *usage);

/* Releases the memory. */
void kx_usage_free(kx_usage *usage);

#endif
