/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What reports add up to, before it becomes increments of counters: a number for each minute,
 * service, application, user, and metric or response code. A use adds to up to 24 counters, but
 * costs one addition here, because all periods but eternity begin with a minute. Pure. */

#ifndef KX_COUNTERS_TALLY_H
#define KX_COUNTERS_TALLY_H

#include "base/count_map.h"
#include "counters/increments.h"

/* Uses that are to be added to a tally, each with its key. All-zero is an empty list. */
typedef struct kx_uses {
  kx_buf keys;
  kx_buf ends; /* of struct kx_use */
} kx_uses;

/* Appends the use of a metric, or a response with this HTTP code. */
void kx_uses_metric(kx_uses *uses, const kx_report *report, kx_slice metric, int64_t n);
void kx_uses_code(kx_uses *uses, const kx_report *report, int code);

/* Forgets all uses, but keeps the memory. */
void kx_uses_clear(kx_uses *uses);
void kx_uses_free(kx_uses *uses);

/* True unless an allocation failed. */
bool kx_uses_ok(const kx_uses *uses);

/* Adds the counters of the uses to `increments`. */
void kx_uses_expand(const kx_uses *uses, kx_increments *increments);

/* All-zero is empty. */
typedef struct kx_tally {
  kx_count_map counts;
} kx_tally;

/* Adds all uses. When the memory does not suffice for all, none is added, and the result is
 * false. */
bool kx_tally_add(kx_tally *tally, const kx_uses *uses);

/* Bytes by which the tally grows at most when the uses are added. */
size_t kx_tally_growth(const kx_uses *uses);

/* Bytes that the tally has. They may grow even when the memory does not suffice for all uses. */
size_t kx_tally_bytes(const kx_tally *tally);

/* Adds the counters of the tally's entries to `increments`, from the entry `first` on, until
 * `increments` has `most` counters or a few more. The result is the next entry. */
size_t kx_tally_expand(const kx_tally *tally, size_t first, size_t most, kx_increments *increments);

#endif
