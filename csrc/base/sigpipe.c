/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "base/sigpipe.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static bool pending(void) {
  sigset_t set;
  sigemptyset(&set);
  sigpending(&set);
  return sigismember(&set, SIGPIPE) == 1;
}

static void just_sigpipe(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGPIPE);
}

void kx_sigpipe_hold(kx_sigpipe *state) {
  sigset_t set;
  state->was_pending = pending();
  just_sigpipe(&set);
  pthread_sigmask(SIG_BLOCK, &set, &state->before);
}

void kx_sigpipe_release(const kx_sigpipe *state) {
  int saved = errno;
  if (!state->was_pending && pending()) {
    sigset_t set;
    struct timespec now = {0, 0};
    just_sigpipe(&set);
    while (sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
      ;
  }
  pthread_sigmask(SIG_SETMASK, &state->before, NULL);
  errno = saved;
}
