/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/calls.h"

void kx_calls_append(kx_calls *calls, kx_call *call) {
  call->next = NULL;
  if (calls->last == NULL)
    calls->first = call;
  else
    calls->last->next = call;
  calls->last = call;
  calls->n++;
}

static kx_call *remove_first(kx_calls *calls) {
  kx_call *call = calls->first;
  if (call == NULL)
    return NULL;
  calls->first = call->next;
  if (calls->first == NULL)
    calls->last = NULL;
  calls->n--;
  return call;
}

kx_call *kx_calls_take(kx_calls *calls) {
  calls->running = remove_first(calls);
  return calls->running;
}

static void end(kx_call *call) {
  call->done = true;
  if (call->abandoned)
    call->release(call);
}

void kx_calls_end_running(kx_calls *calls) {
  kx_call *call = calls->running;
  calls->running = NULL;
  end(call);
}

void kx_calls_cancel(kx_calls *calls) {
  for (kx_call *call = remove_first(calls); call != NULL; call = remove_first(calls)) {
    call->cancelled = true;
    end(call);
  }
}

static void release_nothing(kx_call *call) {
  (void)call;
}

void kx_calls_forget(kx_calls *calls) {
  kx_calls_cancel(calls);
  if (calls->running != NULL) {
    calls->running->release = release_nothing;
    calls->running->cancelled = calls->running->done = true;
  }
  calls->running = NULL;
}

bool kx_calls_has(const kx_calls *calls, const kx_channel *channel) {
  for (const kx_call *call = calls->first; call != NULL; call = call->next)
    if (call->channel == channel)
      return true;
  return false;
}
