/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The list of calls that the engine's thread carries out, oldest first. The engine's mutex
 * guards the list and the three flags of a call. */

#ifndef KX_ENGINE_CALLS_H
#define KX_ENGINE_CALLS_H

#include "engine/channel.h"

/* Something that the thread does for a channel. */
typedef struct kx_call {
  struct kx_call *next;
  kx_channel *channel;
  void (*run)(struct kx_call *call); /* may make the channel's host */
  void (*release)(struct kx_call *call);
  bool done;      /* it has ended */
  bool cancelled; /* it was not carried out, or not to its end */
  bool abandoned; /* the poster does not wait for it: the thread releases it */
} kx_call;

/* All-zero is an empty list. */
typedef struct kx_calls {
  kx_call *first, *last;
  int n;            /* calls that wait */
  kx_call *running; /* taken and not ended, or NULL */
} kx_calls;

/* Adds a call at the end. */
void kx_calls_append(kx_calls *calls, kx_call *call);

/* Takes the oldest call, which is running then; NULL when none waits. */
kx_call *kx_calls_take(kx_calls *calls);

/* Ends the running call. Releases it if it was abandoned. */
void kx_calls_end_running(kx_calls *calls);

/* Ends all calls that wait, as cancelled. */
void kx_calls_cancel(kx_calls *calls);

/* In the child process of a fork: cancels all calls. The running one belongs to the parent's
 * thread, and its state is not known: its memory is never released. */
void kx_calls_forget(kx_calls *calls);

/* True when a call of the channel waits. */
bool kx_calls_has(const kx_calls *calls, const kx_channel *channel);

#endif
