/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/monitor.h"

void kx_monitor_make_condition(kx_monitor *monitor) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&monitor->condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

void kx_monitor_lock(kx_monitor *monitor) {
  pthread_mutex_lock(&monitor->mutex);
}

void kx_monitor_unlock(kx_monitor *monitor) {
  pthread_mutex_unlock(&monitor->mutex);
}

void kx_monitor_lock_again(kx_monitor *monitor) {
  kx_monitor_lock(monitor);
  while (monitor->abandoned)
    pthread_cond_wait(&monitor->condition, &monitor->mutex);
}

void kx_monitor_notify(kx_monitor *monitor) {
  monitor->woken = true;
  pthread_cond_signal(&monitor->condition);
}

void kx_monitor_wake(kx_monitor *monitor) {
  kx_monitor_lock(monitor);
  kx_monitor_notify(monitor);
  kx_monitor_unlock(monitor);
}

void kx_monitor_wait(kx_monitor *monitor, int64_t at_ms) {
  const struct timespec at = {at_ms / 1000, (long)(at_ms % 1000) * 1000000};
  int status = 0;
  while (!monitor->woken && status == 0)
    status = pthread_cond_timedwait(&monitor->condition, &monitor->mutex, &at);
  monitor->woken = false;
}
