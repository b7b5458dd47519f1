/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The two clocks: one that only goes forward, for waiting, and the time of
 * day, for signatures and events. */

#ifndef KX_CLOCK_H
#define KX_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock that no one sets (CLOCK_MONOTONIC). */
static inline int64_t kx_monotonic_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Microseconds since the epoch. */
static inline int64_t kx_wall_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Seconds since the epoch; at the last tick, for those who ask very often. */
static inline int64_t kx_wall_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return (int64_t)t.tv_sec;
}

#endif
