/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/engine.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/pin.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CALLS_MOST = 256, IDLE_MS = 3600000, GRACE_MS = 200, NICE = 10 };

struct kx_channel {
  kx_channel *next;
  kx_settings settings;
  bool released;
  kx_ingest_buffer buffer;
  kx_ingest_writer writer; /* the thread's */
  bool ready;              /* the writer is open, in this process */
  kx_ingest_writer_state state;
  kx_ingest_counts hurried; /* what was taken in until then is to be stored at once */
  void *host;               /* the thread's */
  void (*end_host)(void *host);
};

/* The handle of the process's one engine: the only mutable state at file scope. The
 * mutex guards everything but what is marked as the thread's. */
static struct engine {
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  pthread_t thread;
  atomic_bool running;
  bool prepared;  /* pinned, and known to exit and fork */
  bool woken;     /* since the thread looked */
  bool stopping;  /* it is to end */
  bool abandoned; /* it did not end in time, and must touch nothing before another start */
  bool ended;     /* it has come to its end */
  int64_t deadline_ms;
  int hosts;
  kx_channel *channels;
  kx_call *first, *last;
  int calls;
  kx_call *at_work; /* the call that it carries out */
} the = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void lock(void) {
  pthread_mutex_lock(&the.mutex);
}

static void unlock(void) {
  pthread_mutex_unlock(&the.mutex);
}

/* Where the thread comes back from work without the mutex. A process that gave it up
 * is likely to exit, and takes down what it would touch. */
static void lock_again(void) {
  lock();
  while (the.abandoned)
    pthread_cond_wait(&the.wake, &the.mutex);
}

static void wake(void) {
  lock();
  the.woken = true;
  pthread_cond_signal(&the.wake);
  unlock();
}

kx_status kx_channel_open(kx_channel **out, kx_settings *settings, void (*end_host)(void *host),
                          kx_error *err) {
  kx_channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL) {
    kx_settings_free(settings);
    return kx_fail_memory(err);
  }
  channel->settings = *settings;
  memset(settings, 0, sizeof *settings);
  channel->end_host = end_host;
  kx_ingest_buffer_begin(&channel->buffer, (size_t)channel->settings.number[KX_SET_BUFFER_BYTES]);
  lock();
  channel->next = the.channels;
  the.channels = channel;
  unlock();
  *out = channel;
  return KX_OK;
}

const kx_settings *kx_channel_settings(const kx_channel *channel) {
  return &channel->settings;
}

static void end_host(kx_channel *channel) {
  if (channel->host != NULL)
    channel->end_host(channel->host);
  channel->host = NULL;
}

static void unlink_channel(const kx_channel *channel) {
  kx_channel **at = &the.channels;
  while (*at != channel)
    at = &(*at)->next;
  *at = channel->next;
}

static void free_channel(kx_channel *channel) {
  end_host(channel);
  kx_ingest_writer_close(&channel->writer);
  kx_ingest_buffer_free(&channel->buffer);
  kx_settings_free(&channel->settings);
  free(channel);
}

void kx_channel_release(kx_channel *channel) {
  lock();
  bool running = atomic_load(&the.running) || the.abandoned;
  channel->released = true;
  if (!running)
    unlink_channel(channel);
  unlock();
  if (running)
    wake();
  else
    free_channel(channel);
}

kx_taken kx_channel_event(kx_channel *channel, kx_slice event, const char *why) {
  kx_taken taken = kx_ingest_buffer_event(&channel->buffer, event, why);
  if (taken != KX_TAKEN_WAKE)
    return taken;
  wake();
  return KX_TAKEN;
}

kx_taken kx_channel_reports(kx_channel *channel, const kx_uses *uses, int64_t n) {
  kx_taken taken = kx_ingest_buffer_reports(&channel->buffer, uses, n);
  if (taken != KX_TAKEN_WAKE)
    return taken;
  wake();
  return KX_TAKEN;
}

void kx_channel_look(kx_channel *channel, kx_ingest_counts *counts, kx_ingest_writer_state *state) {
  *counts = kx_ingest_buffer_count(&channel->buffer);
  lock();
  *state = channel->state;
  unlock();
}

kx_hurry kx_channel_hurry(kx_channel *channel) {
  kx_hurry hurry = {.taken = kx_ingest_buffer_count(&channel->buffer)};
  lock();
  hurry.failures = channel->state.failures;
  channel->hurried = hurry.taken;
  unlock();
  wake();
  return hurry;
}

bool kx_channel_stored(kx_channel *channel, const kx_hurry *hurry) {
  kx_ingest_counts counts;
  kx_ingest_writer_state state;
  kx_channel_look(channel, &counts, &state);
  return state.failures > hurry->failures ||
         kx_ingest_buffer_has_stored(&channel->buffer, &hurry->taken);
}

static bool open_writer(kx_channel *channel, int64_t *at_ms) {
  kx_ingest_writer_state state = channel->state;
  int64_t again_ms = kx_monotonic_ms() + 1000;
  channel->ready = kx_ingest_writer_open(&channel->writer, &channel->settings, &state.error) ==
                   KX_OK;
  state.away = !channel->ready;
  state.failures += state.away;
  channel->writer.state = state;
  if (!channel->ready && again_ms < *at_ms)
    *at_ms = again_ms;
  return channel->ready;
}

/* Without the mutex; only this thread unlinks channels, so `channel` stays. */
static bool work_on(kx_channel *channel, bool all, int64_t *at_ms) {
  if (!channel->ready && !open_writer(channel, at_ms))
    return false;
  return kx_ingest_writer_work(&channel->writer, &channel->buffer, &channel->settings, all, at_ms);
}

static bool is_stored(kx_channel *channel) {
  kx_ingest_counts counts = kx_ingest_buffer_count(&channel->buffer);
  return counts.bytes_buffered == 0;
}

static bool has_calls(const kx_channel *channel) {
  for (const kx_call *call = the.first; call != NULL; call = call->next)
    if (call->channel == channel)
      return true;
  return false;
}

static bool work_on_channels(bool all, int64_t *at_ms) {
  bool more = false;
  kx_channel *next;
  for (kx_channel *channel = the.channels; channel != NULL; channel = next) {
    bool released = channel->released;
    bool hurried = !kx_ingest_buffer_has_stored(&channel->buffer, &channel->hurried);
    unlock();
    more = work_on(channel, all || released || hurried, at_ms) || more;
    lock_again();
    channel->state = channel->writer.state;
    next = channel->next;
    if (released && is_stored(channel) && !has_calls(channel)) {
      unlink_channel(channel);
      unlock();
      free_channel(channel);
      lock_again();
    }
  }
  return more;
}

static kx_call *next_call(void) {
  kx_call *call = the.first;
  if (call == NULL)
    return NULL;
  the.first = call->next;
  if (the.first == NULL)
    the.last = NULL;
  the.calls--;
  return call;
}

/* Nobody but the thread releases a call that was abandoned. */
static void end_call(kx_call *call) {
  call->done = true;
  if (call->abandoned)
    call->release(call);
}

static bool work_on_calls(void) {
  kx_call *call = the.at_work = next_call();
  if (call == NULL)
    return false;
  unlock();
  call->run(call, &call->channel->host);
  lock_again();
  the.at_work = NULL;
  end_call(call);
  return true;
}

static bool has_ended(void) {
  if (!the.stopping)
    return false;
  if (kx_monotonic_ms() >= the.deadline_ms)
    return true;
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next)
    if (!is_stored(channel))
      return false;
  return true;
}

static void wait_until(int64_t at_ms) {
  if (the.stopping && the.deadline_ms < at_ms)
    at_ms = the.deadline_ms;
  const struct timespec at = {at_ms / 1000, (long)(at_ms % 1000) * 1000000};
  int status = 0;
  while (!the.woken && status == 0)
    status = pthread_cond_timedwait(&the.wake, &the.mutex, &at);
  the.woken = false;
}

static void cancel_calls(void) {
  for (kx_call *call = next_call(); call != NULL; call = next_call()) {
    call->cancelled = true;
    end_call(call);
  }
}

/* What was not stored stays for the next start; a task that runs ends as in a crash,
 * but that it gives its lock back. */
static void hang_up(void) {
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next) {
    unlock();
    end_host(channel);
    if (channel->ready)
      kx_ingest_writer_hang_up(&channel->writer);
    lock_again();
  }
}

/* The creator may be bound to one processor, which is then busy (nginx's
 * worker_cpu_affinity). What the process may not use, the kernel leaves out. */
static void run_anywhere(void) {
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  (void)sched_setaffinity(0, sizeof all, &all);
}

/* The host's own threads go first where there are fewer processors than work. On Linux
 * a nice value is a thread's own (setpriority(2), "C library/kernel differences"). */
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
  cancel_calls();
  hang_up();
}

static void *work(void *unused) {
  (void)unused;
  run_anywhere();
  be_nice();
  lock();
  do
    serve();
  while (!the.stopping); /* there was another start meanwhile */
  the.ended = true;
  unlock();
  return NULL;
}

/* A fork takes the mutex along, in order; the child has the handle but not the
 * thread. What that was at work on is in an unknown state, and the parent's: it is let
 * go of without being touched. */
static void before_fork(void) {
  lock();
}

static void after_fork_parent(void) {
  unlock();
}

static void make_condition(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&the.wake, &attributes);
  pthread_condattr_destroy(&attributes);
}

static void leave(kx_call *call) {
  (void)call;
}

static void leave_call(kx_call *call) {
  call->release = leave;
  call->cancelled = call->done = true;
}

static void after_fork_child(void) {
  unlock();
  make_condition(); /* the parent's thread may be waiting for it */
  atomic_store(&the.running, false);
  the.stopping = the.abandoned = the.ended = the.woken = false;
  the.hosts = 0;
  cancel_calls();
  if (the.at_work != NULL)
    leave_call(the.at_work);
  the.at_work = NULL;
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next) {
    kx_ingest_buffer_begin(&channel->buffer, (size_t)channel->settings.number[KX_SET_BUFFER_BYTES]);
    channel->writer = (kx_ingest_writer){0};
    channel->state = (kx_ingest_writer_state){0};
    channel->hurried = (kx_ingest_counts){0};
    channel->ready = false;
    channel->host = NULL;
  }
}

/* OpenSSL has its clean-up at exit called since its first use: what is registered
 * after that runs before it, when there is no thread that uses it any more. */
static kx_status prepare(kx_error *err) {
  kx_status status = kx_pin(err);
  if (status != KX_OK || the.prepared)
    return status;
  (void)kx_random_below(2);
  if (atexit(kx_engine_stop) != 0 ||
      pthread_atfork(before_fork, after_fork_parent, after_fork_child) != 0)
    return kx_fail_memory(err);
  make_condition();
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

/* A thread that did not end in time goes on, unless it has ended since. */
static bool resume(void) {
  if (!the.abandoned)
    return false;
  the.abandoned = the.stopping = false;
  if (the.ended)
    pthread_join(the.thread, NULL);
  else
    pthread_cond_signal(&the.wake);
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

/* A host that is about to end has no other place to be told. */
static void tell_loss(const kx_channel *channel, const kx_ingest_counts *counts) {
  fprintf(stderr,
          "kinesis-exporter: pid %d: %lld events and %lld reports may be lost (%lld bytes): they "
          "could not be stored before its end: %s\n",
          (int)getpid(), (long long)counts->events_buffered, (long long)counts->reports_buffered,
          (long long)counts->bytes_buffered, why(channel));
}

static void tell_losses(void) {
  for (kx_channel *channel = the.channels; channel != NULL; channel = channel->next) {
    kx_ingest_counts counts = kx_ingest_buffer_count(&channel->buffer);
    if (counts.bytes_buffered > 0)
      tell_loss(channel, &counts);
  }
}

void kx_engine_stop(void) {
  lock();
  bool mine = atomic_load(&the.running) && !the.stopping;
  int64_t at_ms = kx_monotonic_ms() + longest_drain();
  if (mine)
    the.deadline_ms = at_ms;
  the.stopping = the.stopping || mine;
  unlock();
  if (!mine)
    return;
  wake();
  at_ms += GRACE_MS;
  const struct timespec at = {at_ms / 1000, (long)(at_ms % 1000) * 1000000};
  int problem = pthread_clockjoin_np(the.thread, NULL, CLOCK_MONOTONIC, &at);
  lock();
  the.abandoned = problem != 0;
  atomic_store(&the.running, false);
  tell_losses();
  unlock();
}

static void append_call(kx_call *call) {
  call->next = NULL;
  *(the.last ? &the.last->next : &the.first) = call;
  the.last = call;
  the.calls++;
  the.woken = true;
  pthread_cond_signal(&the.wake);
}

kx_status kx_engine_post(kx_call *call, kx_error *err) {
  kx_status status = KX_OK;
  lock();
  if (!atomic_load(&the.running) || the.stopping)
    status = kx_fail(err, KX_TIMEOUT, "the process is ending");
  else if (the.calls >= CALLS_MOST)
    status = kx_fail(err, KX_BACKPRESSURE, "%d calls are waiting already: is Redis stalled?",
                     (int)CALLS_MOST);
  else
    append_call(call);
  unlock();
  return status;
}

bool kx_call_done(const kx_call *call) {
  lock();
  bool done = call->done;
  unlock();
  return done;
}

void kx_call_abandon(kx_call *call) {
  lock();
  bool done = call->done;
  call->abandoned = true;
  unlock();
  if (done)
    call->release(call);
}
