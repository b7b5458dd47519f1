/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Three clocks. One only goes forward, for waiting. One also counts the time while the machine
 * is suspended, for what happens elsewhere in that time. One is the time of day, for
 * signatures and events. */

#ifndef KX_BASE_CLOCK_H
#define KX_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock that nobody sets (CLOCK_MONOTONIC). */
static inline int64_t kx_monotonic_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Milliseconds of a clock that nobody sets and that goes on while the machine is suspended
 * (CLOCK_BOOTTIME, where the system has it). */
static inline int64_t kx_boot_ms(void) {
#ifdef CLOCK_BOOTTIME
  struct timespec t;
  if (clock_gettime(CLOCK_BOOTTIME, &t) == 0)
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
#endif
  return kx_monotonic_ms();
}

/* Microseconds since the epoch. */
static inline int64_t kx_wall_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Seconds since the epoch, as of the last tick. It is cheap, for callers that ask very often. */
static inline int64_t kx_wall_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return (int64_t)t.tv_sec;
}

#endif
