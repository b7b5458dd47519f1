/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What an exporter has done since it was made. There is one list, so that a counter has the
 * same name in C, in Lua and in the documentation. */

#ifndef KX_BASE_STATS_H
#define KX_BASE_STATS_H

#include "base/kx.h"

#define KX_STATS(X)                                                      \
  X(events_added)         /* stored with add_pending_events or record */ \
  X(events_accepted)      /* by the service */                           \
  X(events_refused)       /* finally, and pending again */               \
  X(events_rejected)      /* put among the rejected */                   \
  X(records_sent)         /* in all calls, repeats included */           \
  X(records_refused)      /* by the service, one by one */               \
  X(batches)              /* formed */                                   \
  X(calls)                /* made */                                     \
  X(retries)              /* calls that repeat an earlier one */         \
  X(throttled)            /* answers that ask to slow down */            \
  X(unknown_outcomes)     /* calls that may or may not have arrived */   \
  X(splits)               /* batches sent in halves */                   \
  X(clock_corrections)    /* of the time in signatures */                \
  X(credential_refreshes) /* asked for during exports */                 \
  X(bytes_sent)           /* of request bodies */                        \
  X(flushes)              /* begun with the lock */                      \
  X(reports)              /* written */                                  \
  X(counters_written)     /* for them, equal ones merged */              \
  X(counters_left_out)    /* that Redis could not count up */            \
  X(jobs)                 /* begun with the lock */                      \
  X(buckets_read)         /* committed by jobs */                        \
  X(late_buckets_read)    /* of those, at or before the marker */        \
  X(marker_ahead)         /* seconds, when last looked at */             \
  X(events_taken)         /* from buckets, by jobs */                    \
  X(keys_skipped)         /* of weeks and of eternity */                 \
  X(keys_expired)         /* whose counter was gone */                   \
  X(keys_invalid)         /* that are no stats keys, or no integers */   \
  X(emergencies)          /* that switched the buckets off */            \
  X(in_flight)            /* calls, now */                               \
  X(concurrency)          /* calls allowed at once, now */

typedef struct kx_stats {
#define X(name) int64_t name;
  KX_STATS(X)
#undef X
} kx_stats;

#endif
