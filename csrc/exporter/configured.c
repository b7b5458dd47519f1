/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/configured.h"

#include <pthread.h>

static struct {
  pthread_mutex_t mutex;
  int64_t turn;
  kx_buf options;
} kept = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void lock(void) {
  pthread_mutex_lock(&kept.mutex);
}

static void unlock(void) {
  pthread_mutex_unlock(&kept.mutex);
}

kx_status kx_configured_keep(kx_slice options, int64_t *turn, kx_error *err) {
  kx_buf copy = {0};
  kx_buf_reserve(&copy, options.len);
  kx_buf_slice(&copy, options);
  if (!kx_buf_ok(&copy)) {
    kx_buf_wipe(&copy);
    return kx_fail_memory(err);
  }
  lock();
  kx_buf before = kept.options;
  kept.options = copy;
  *turn = ++kept.turn;
  unlock();
  kx_buf_wipe(&before);
  return KX_OK;
}

void kx_configured_forget(int64_t turn) {
  lock();
  if (kept.turn == turn)
    kx_buf_wipe(&kept.options);
  unlock();
}

void kx_configured_copy(kx_buf *out) {
  lock();
  kx_buf_slice(out, kx_buf_view(&kept.options));
  unlock();
}

/* When the process exits, or the module is unloaded. */
__attribute__((destructor)) static void wipe(void) {
  lock();
  kx_buf_wipe(&kept.options);
  unlock();
}
