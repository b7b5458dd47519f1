/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* How a task ended, unless it failed. Types only. */

#ifndef KX_BASE_OUTCOME_H
#define KX_BASE_OUTCOME_H

typedef enum kx_outcome {
  KX_ALL,      /* all that was asked for is settled */
  KX_DISABLED, /* exporting is off, or was switched off in the middle */
  KX_LOCKED,   /* another exporter holds the lock */
  KX_PARTIAL   /* some events were refused, or the task was stopped */
} kx_outcome;

#endif
