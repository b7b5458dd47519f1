/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A mutex, and the condition that the engine's thread waits for. The mutex guards what that
 * thread shares with the threads of the host. */

#ifndef KX_ENGINE_MONITOR_H
#define KX_ENGINE_MONITOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct kx_monitor {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  bool woken;     /* there is something new since the thread last waited */
  bool abandoned; /* the thread did not end in time: it must touch nothing until the next start */
} kx_monitor;

/* Makes the condition, which uses the monotonic clock. The mutex has a static initializer. */
void kx_monitor_make_condition(kx_monitor *monitor);

void kx_monitor_lock(kx_monitor *monitor);
void kx_monitor_unlock(kx_monitor *monitor);

/* Locks the mutex when the thread returns from work that it did without the mutex. Does not
 * return while the thread is abandoned: the process is likely to exit, and releases what the
 * thread would touch. */
void kx_monitor_lock_again(kx_monitor *monitor);

/* Wakes the thread. The caller holds the mutex. */
void kx_monitor_notify(kx_monitor *monitor);

/* Wakes the thread. The caller does not hold the mutex. */
void kx_monitor_wake(kx_monitor *monitor);

/* Waits, as the thread, until it is woken or until `at_ms` (kx_monotonic_ms). The caller holds
 * the mutex. */
void kx_monitor_wait(kx_monitor *monitor, int64_t at_ms);

#endif
