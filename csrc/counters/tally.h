/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What reports add up to, before it is written out as counters: a number for each
 * minute, service, application, user, and metric or response code. A use that
 * makes up to 24 counters costs one addition here; all periods but eternity begin
 * with a minute. Pure. */

#ifndef KX_COUNTERS_TALLY_H
#define KX_COUNTERS_TALLY_H

#include "base/count_map.h"
#include "counters/increments.h"

/* Uses on their way into a tally, each with its key. All-zero is an empty list. */
typedef struct kx_uses {
  kx_buf keys;
  kx_buf ends; /* of struct kx_use */
} kx_uses;

/* Appends the use of a metric, or a response with this HTTP code. */
void kx_uses_metric(kx_uses *uses, const kx_report *report, kx_slice metric, int64_t n);
void kx_uses_code(kx_uses *uses, const kx_report *report, int code);

/* Forgets all, keeps the memory. */
void kx_uses_clear(kx_uses *uses);
void kx_uses_free(kx_uses *uses);

/* True unless an allocation failed. */
bool kx_uses_ok(const kx_uses *uses);

/* Adds their counters to `usage`. */
void kx_uses_expand(const kx_uses *uses, kx_increments *increments);

/* All-zero is an empty one. */
typedef struct kx_tally {
  kx_count_map counts;
} kx_tally;

/* Adds all of the uses. When there is no memory for all, none is added, and the result is
 * false. */
bool kx_tally_add(kx_tally *tally, const kx_uses *uses);

/* Bytes that it may grow by when the uses are added, at most. */
size_t kx_tally_growth(const kx_uses *uses);

/* Bytes that it takes. They may grow even where there is no memory for all. */
size_t kx_tally_bytes(const kx_tally *tally);

/* Adds the counters of its entries to `usage`, from the entry `first` on, until that
 * has `most` counters or a few more. The result is the next entry. */
size_t kx_tally_expand(const kx_tally *tally, size_t first, size_t most, kx_increments *increments);

#endif
