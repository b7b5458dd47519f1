/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/backoff.h"

#include "base/crypto.h"

static int64_t lower(int64_t a, int64_t b) {
  return a < b ? a : b;
}

int64_t kx_backoff_ms(const kx_backoff *backoff, int attempts, int64_t asked_ms) {
  int64_t longest = backoff->base_ms;
  for (int i = 1; i < attempts && longest < backoff->cap_ms; i++)
    longest *= 2;
  longest = lower(longest, backoff->cap_ms);
  int64_t own_ms = (int64_t)kx_random_below((uint64_t)longest + 1);
  asked_ms = lower(asked_ms, backoff->cap_ms);
  return asked_ms > own_ms ? asked_ms : own_ms;
}
