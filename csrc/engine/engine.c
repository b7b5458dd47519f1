/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/engine.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/pin.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
  CALLS_MOST = 256,  /* calls that may wait */
  IDLE_MS = 3600000, /* the longest wait without work */
  GRACE_MS = 200,    /* how long the thread may take to end after its deadline */
  NICE = 10          /* how much lower the priority of the thread is */
};

/* The one engine of the process. The mutex of the monitor guards all of it; `running` may be
 * read without the mutex. */
static struct engine {
  kx_monitor monitor;
  pthread_t thread;
  atomic_bool running;
  bool prepared; /* the module is pinned, and exit and fork are handled */
  bool stopping; /* the thread is to end */
  bool ended;    /* the thread has come to its end */
  int64_t deadline_ms;
  int hosts;
  kx_channel *channels;
  kx_calls calls;
} the = {.monitor = {.mutex = PTHREAD_MUTEX_INITIALIZER}};

static void lock(void) {
  kx_monitor_lock(&the.monitor);
}

static void unlock(void) {
  kx_monitor_unlock(&the.monitor);
}

static void lock_again(void) {
  kx_monitor_lock_again(&the.monitor);
}

kx_status kx_engine_open_channel(kx_channel **out, kx_settings *settings, kx_error *err) {
  kx_status status = kx_channel_make(out, &the.monitor, settings, err);
  if (status != KX_OK)
    return status;
  lock();
  kx_channel_link(&the.channels, *out);
  unlock();
  return KX_OK;
}

void kx_engine_release_channel(kx_channel *channel) {
  lock();
  bool has_thread = atomic_load(&the.running) || the.monitor.abandoned;
  channel->released = true;
  if (has_thread)
    kx_monitor_notify(&the.monitor);
  else
    kx_channel_unlink(&the.channels, channel);
  unlock();
  if (!has_thread)
    kx_channel_free(channel);
}

/* Only the thread unlinks channels once it runs, so `channel` stays while the mutex is not
 * held. */
static bool work_on(kx_channel *channel, bool all, int64_t *at_ms) {
  unlock();
  bool more = kx_channel_work(channel, all, at_ms);
  lock_again();
  channel->state = channel->writer.state;
  return more;
}

static void free_channel(kx_channel *channel) {
  kx_channel_unlink(&the.channels, channel);
  unlock();
  kx_channel_free(channel);
  lock_again();
}

static bool work_on_channels(bool all, int64_t *at_ms) {
  bool more = false;
  kx_channel *next;
  for (kx_channel *channel = the.channels; channel != NULL; channel = next) {
    bool released = channel->released;
    more = work_on(channel, all || released || kx_channel_is_hurried(channel), at_ms) || more;
    next = channel->next;
    if (released && kx_channel_is_stored(channel) && !kx_calls_has(&the.calls, channel))
      free_channel(channel);
  }
  return more;
}

static bool work_on_calls(void) {
  kx_call *call = kx_calls_take(&the.calls);
  if (call == NULL)
    return false;
  unlock();
  call->run(call);
  lock_again();
  kx_calls_end_running(&the.calls);
  return true;
}

static bool has_ended(void) {
  if (!the.stopping)
    return false;
  if (kx_monotonic_ms() >= the.deadline_ms)
    return true;
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next)
    if (!kx_channel_is_stored(channel))
      return false;
  return true;
}

static void wait_until(int64_t at_ms) {
  bool ends_before = the.stopping && the.deadline_ms < at_ms;
  kx_monitor_wait(&the.monitor, ends_before ? the.deadline_ms : at_ms);
}

/* What was not stored stays for the next start. A task that runs ends as it does in a crash,
 * except that it gives its lock back. */
static void hang_up(void) {
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next) {
    unlock();
    kx_channel_hang_up(channel);
    lock_again();
  }
}

/* The thread that starts this one may be bound to one processor, which is then busy (nginx's
 * worker_cpu_affinity). The kernel leaves out the processors that the process must not use. */
static void run_anywhere(void) {
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  (void)sched_setaffinity(0, sizeof all, &all);
}

/* The threads of the host go first when all processors are busy. On Linux each thread has a nice
 * value of its own (setpriority(2), "C library/kernel differences"). */
static void be_nice(void) {
  (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICE);
}

static void serve(void) {
  while (!has_ended()) {
    int64_t at_ms = kx_monotonic_ms() + IDLE_MS;
    bool more = work_on_channels(the.stopping, &at_ms);
    more = work_on_calls() || more;
    if (!more && !has_ended())
      wait_until(at_ms);
  }
  kx_calls_cancel(&the.calls);
  hang_up();
}

static void *work(void *unused) {
  (void)unused;
  run_anywhere();
  be_nice();
  lock();
  do
    serve();
  while (!the.stopping); /* it was started again before it ended */
  the.ended = true;
  unlock();
  return NULL;
}

/* The mutex is held during a fork, so that the child finds everything in order. The child has
 * this state, but not the thread. */
static void before_fork(void) {
  lock();
}

static void after_fork_parent(void) {
  unlock();
}

static void after_fork_child(void) {
  unlock();
  kx_monitor_make_condition(&the.monitor); /* the parent's thread may be waiting for it */
  atomic_store(&the.running, false);
  the.stopping = the.ended = the.monitor.abandoned = the.monitor.woken = false;
  the.hosts = 0;
  kx_calls_forget(&the.calls);
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next)
    kx_channel_forget(channel);
}

/* The first use of OpenSSL registers its clean-up at exit. What is registered after that runs
 * before it. So the thread has stopped when OpenSSL cleans up. */
static kx_status prepare(kx_error *err) {
  kx_status status = kx_pin(err);
  if (status != KX_OK || the.prepared)
    return status;
  (void)kx_random_below(2);
  if (atexit(kx_engine_stop) != 0 ||
      pthread_atfork(before_fork, after_fork_parent, after_fork_child) != 0)
    return kx_fail_memory(err);
  kx_monitor_make_condition(&the.monitor);
  the.prepared = true;
  return KX_OK;
}

static kx_status create_thread(kx_error *err) {
  sigset_t all, before;
  int problem;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  problem = pthread_create(&the.thread, NULL, work, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (problem != 0)
    return kx_fail(err, KX_MEMORY,
                   "cannot start a thread: %s: see ulimit -u and systemd's TasksMax",
                   strerror(problem));
  pthread_setname_np(the.thread, "kinesis-export");
  return KX_OK;
}

bool kx_engine_running(void) {
  return atomic_load_explicit(&the.running, memory_order_relaxed);
}

/* Lets a thread go on that did not end in time. False when there is none, or when it has ended
 * since. */
static bool resume(void) {
  if (!the.monitor.abandoned)
    return false;
  the.monitor.abandoned = the.stopping = false;
  if (the.ended)
    pthread_join(the.thread, NULL);
  else
    kx_monitor_notify(&the.monitor);
  return !the.ended;
}

static kx_status begin(kx_error *err) {
  kx_status status = prepare(err);
  the.stopping = the.ended = false;
  return status == KX_OK ? create_thread(err) : status;
}

kx_status kx_engine_start(kx_error *err) {
  kx_status status = KX_OK;
  lock();
  if (!atomic_load(&the.running)) {
    if (!resume())
      status = begin(err);
    atomic_store(&the.running, status == KX_OK);
  }
  unlock();
  return status;
}

void kx_engine_attach(void) {
  lock();
  the.hosts++;
  unlock();
}

void kx_engine_detach(void) {
  lock();
  bool last = --the.hosts <= 0;
  unlock();
  if (last)
    kx_engine_stop();
}

static int64_t longest_drain(void) {
  int64_t longest = 0;
  for (const kx_channel *channel = the.channels; channel != NULL; channel = channel->next)
    if (channel->settings.number[KX_SET_DRAIN_TIMEOUT_MS] > longest)
      longest = channel->settings.number[KX_SET_DRAIN_TIMEOUT_MS];
  return longest;
}

static const char *why(const kx_channel *channel) {
  return channel->state.error.text[0] ? channel->state.error.text : "Redis was too slow";
}

/* Standard error is the only place left for a message when a host is about to end. */
static void report_loss(const kx_channel *channel, const kx_ingest_counts *counts) {
  fprintf(stderr,
          "kinesis-exporter: pid %d: %lld events and %lld reports may be lost (%lld bytes): they "
          "could not be stored before its end: %s\n",
          (int)getpid(), (long long)counts->events_buffered, (long long)counts->reports_buffered,
          (long long)counts->bytes_buffered, why(channel));
}

static void report_losses(void) {
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next) {
    kx_ingest_counts counts = kx_ingest_buffer_count(&channel->buffer);
    if (counts.bytes_buffered > 0)
      report_loss(channel, &counts);
  }
}

/* False when the thread does not run, or when it is stopping already. `*at_ms` is when it must
 * have ended. */
static bool ask_to_stop(int64_t *at_ms) {
  lock();
  bool mine = atomic_load(&the.running) && !the.stopping;
  if (mine) {
    the.deadline_ms = kx_monotonic_ms() + longest_drain();
    the.stopping = true;
    kx_monitor_notify(&the.monitor);
  }
  *at_ms = the.deadline_ms + GRACE_MS;
  unlock();
  return mine;
}

void kx_engine_stop(void) {
  int64_t at_ms;
  if (!ask_to_stop(&at_ms))
    return;
  const struct timespec at = {at_ms / 1000, (long)(at_ms % 1000) * 1000000};
  int problem = pthread_clockjoin_np(the.thread, NULL, CLOCK_MONOTONIC, &at);
  lock();
  the.monitor.abandoned = problem != 0;
  atomic_store(&the.running, false);
  report_losses();
  unlock();
}

kx_status kx_engine_post(kx_call *call, kx_error *err) {
  kx_status status = KX_OK;
  lock();
  if (!atomic_load(&the.running) || the.stopping) {
    status = kx_fail(err, KX_TIMEOUT, "the process is ending");
  } else if (the.calls.n >= CALLS_MOST) {
    status = kx_fail(err, KX_BACKPRESSURE, "%d calls are waiting already: is Redis stalled?",
                     (int)CALLS_MOST);
  } else {
    kx_calls_append(&the.calls, call);
    kx_monitor_notify(&the.monitor);
  }
  unlock();
  return status;
}

bool kx_engine_done(const kx_call *call) {
  lock();
  bool done = call->done;
  unlock();
  return done;
}

void kx_engine_abandon(kx_call *call) {
  lock();
  bool done = call->done;
  call->abandoned = true;
  unlock();
  if (done)
    call->release(call);
}
