/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* How long to wait before the next attempt, after attempts that failed. The formula is
 * exponential backoff with full jitter: a random time between 0 and
 * min(cap, base * 2^(attempts - 1)) (AWS Architecture Blog, "Exponential Backoff And Jitter").
 * It spreads the attempts of all processes over the whole time. */

#ifndef KX_BASE_BACKOFF_H
#define KX_BASE_BACKOFF_H

#include "base/kx.h"

typedef struct kx_backoff {
  int64_t base_ms; /* the longest wait after one failure */
  int64_t cap_ms;  /* the longest wait */
} kx_backoff;

/* The wait after this number of failed attempts in a row (1 at least). It is at least as long
 * as the other side asks for (`asked_ms`, or -1), but never longer than the cap. */
int64_t kx_backoff_ms(const kx_backoff *backoff, int attempts, int64_t asked_ms);

#endif
