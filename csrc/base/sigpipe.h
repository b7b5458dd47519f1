/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writing to a socket whose peer is gone raises SIGPIPE, which by default ends
 * the program. A library may not change its host's handlers, so the signal is
 * held back around the write and the one that the write raised is taken off. */

#ifndef KX_BASE_SIGPIPE_H
#define KX_BASE_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

/* What to restore; between hold and release it lives on the caller's stack. */
typedef struct kx_sigpipe {
  sigset_t before;  /* the thread's mask */
  bool was_pending; /* a SIGPIPE of somebody else's was waiting already */
} kx_sigpipe;

/* Blocks SIGPIPE in this thread. */
void kx_sigpipe_hold(kx_sigpipe *state);

/* Takes off the SIGPIPE that came meanwhile, if any, and restores the mask. */
void kx_sigpipe_release(const kx_sigpipe *state);

#endif
