/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writing to a socket whose peer is gone raises SIGPIPE, which by default ends the program.
 * A library must not change the handlers of its host. So the signal is blocked during the
 * write, and the signal that the write raised is removed. */

#ifndef KX_BASE_SIGPIPE_H
#define KX_BASE_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

/* What to restore. It lives on the caller's stack between hold and release. */
typedef struct kx_sigpipe {
  sigset_t before;  /* the thread's mask */
  bool was_pending; /* a SIGPIPE from another cause was waiting already */
} kx_sigpipe;

/* Blocks SIGPIPE in this thread. */
void kx_sigpipe_hold(kx_sigpipe *state);

/* Removes the SIGPIPE that came in between, if any, and restores the mask. */
void kx_sigpipe_release(const kx_sigpipe *state);

#endif
