/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/job.h"

#include "base/clock.h"
#include "counters/counter_reader.h"
#include "counters/key_stream.h"
#include "counters/stage.h"
#include "events/chunk_list.h"

#include <stdlib.h>

enum { WAIT_MS = 50, OWED_MOST = 32, ATTEMPTS = 3 };

enum phase { LIST, BEGIN, READ, COMMIT, ENDED };

/* Buffers of keys. There are two, so that Redis reads the counters of one while those of the other
 * become events. */
enum { SLOTS = 2 };

struct slot {
  kx_buf keys; /* taken from the key stream */
  kx_counter_reader reader;
};

struct kx_job {
  kx_job_parts p;
  kx_keep_alive seen; /* of the connection to the buckets */
  enum phase phase;
  char end[KX_BUCKET_NAME + 1];
  kx_due_buckets due;
  kx_bucket_text names[KX_DUE_BUCKETS_MOST]; /* of the buckets left, in the order of the stages */
  size_t left;
  kx_stage stage;
  int attempts; /* at this stage */

  kx_redis *stream; /* owned: the connection of the key stream */
  kx_key_stream key_stream;
  struct slot slots[SLOTS];
  kx_buf chunk;
  int64_t in_chunk, chunks, staged;

  int64_t taken;
  bool stopping;
  kx_outcome outcome;
};

static const char *owner(const kx_job *self) {
  return self->p.lease->lock->token;
}

void kx_job_stop(kx_job *self) {
  self->stopping = true;
  if (self->outcome == KX_ALL)
    self->outcome = KX_PARTIAL;
}

static kx_status staged(void *arg, const kx_reply *reply, kx_error *err) {
  (void)arg;
  (void)reply;
  (void)err;
  return KX_OK;
}

static kx_status stage(kx_job *self, size_t len, kx_error *err) {
  kx_status status = KX_OK;
  if (kx_pipeline_owed(self->p.data) > OWED_MOST)
    status = kx_pipeline_drain(self->p.data, err);
  if (status == KX_OK)
    status = kx_stage_append(
      &self->stage, self->p.data, (kx_slice){self->chunk.data, len}, staged, self, err);
  self->chunks++;
  return status;
}

/* Stages the first `len` bytes of the chunk. The rest begins the next chunk. */
static kx_status close_chunk(kx_job *self, size_t len, kx_error *err) {
  size_t rest = self->chunk.len - len;
  kx_status status = stage(self, len, err);
  memmove(self->chunk.data, self->chunk.data + len, rest);
  self->chunk.len = rest;
  self->in_chunk = 0;
  return status;
}

static void note_invalid(kx_job *self, const kx_counter *counter) {
  self->p.stats->keys_invalid++;
  kx_invalid_keys_add(self->p.invalid_keys, counter->key, counter->value);
}

static kx_status take_counter(void *arg, const kx_counter *counter, kx_error *err) {
  kx_job *self = arg;
  size_t before = self->chunk.len;
  switch (counter->state) {
    case KX_COUNTER_EXPIRED: self->p.stats->keys_expired++; return KX_OK;
    case KX_COUNTER_INVALID: note_invalid(self, counter); return KX_OK;
    default: break;
  }
  kx_buf_slice(&self->chunk, counter->event);
  if (!kx_buf_ok(&self->chunk))
    return kx_fail_memory(err);
  self->staged++;
  if (self->chunk.len > KX_CHUNK_BYTES && before > 0) {
    kx_status status = close_chunk(self, before, err);
    self->in_chunk = 1;
    return status;
  }
  self->in_chunk++;
  return KX_OK;
}

static void next_stage(kx_job *self) {
  self->left = kx_due_buckets_order(&self->due, self->names);
  self->phase = self->left > 0 ? BEGIN : ENDED;
}

static kx_status list(kx_job *self, kx_error *err) {
  kx_status status = kx_due_buckets_find(
    self->p.main, self->p.data, self->end, self->p.interval_seconds, (size_t)self->p.max_buckets,
    &self->due, err);
  self->p.stats->marker_ahead = self->due.ahead_seconds;
  next_stage(self);
  return status;
}

static kx_status begin_stream(kx_job *self, kx_error *err) {
  kx_slice sets[KX_DUE_BUCKETS_MOST];
  for (size_t i = 0; i < self->stage.n; i++)
    sets[i] = kx_str(self->stage.keys[i]);
  return kx_key_stream_begin(&self->key_stream, self->stream, sets, self->stage.n, err);
}

static kx_status begin(kx_job *self, kx_error *err) {
  char time_gen[18];
  kx_status status = kx_stage_begin(
    &self->stage, self->p.data, owner(self), (const kx_bucket_text *)self->names, self->left, err);
  if (status == KX_OK)
    status = begin_stream(self, err);
  if (status != KX_OK)
    return status;
  kx_bucket_time(kx_str(kx_due_buckets_name(&self->due, self->stage.n)), time_gen);
  for (size_t i = 0; i < SLOTS; i++)
    kx_counter_reader_begin(&self->slots[i].reader, time_gen);
  kx_buf_clear(&self->chunk);
  self->in_chunk = self->chunks = self->staged = 0;
  self->phase = READ;
  return KX_OK;
}

static kx_status fill(kx_job *self, struct slot *slot, kx_error *err) {
  kx_status status;
  if (!kx_counter_reader_done(&slot->reader))
    return kx_counter_reader_continue(&slot->reader, self->p.main, err);
  status = kx_key_stream_take(&self->key_stream, &slot->keys, err);
  if (status != KX_OK || slot->keys.len == 0)
    return status;
  return kx_counter_reader_read(&slot->reader, self->p.main, kx_buf_view(&slot->keys),
                                &self->p.stats->keys_skipped, take_counter, self, err);
}

static bool all_read(const kx_job *self) {
  for (size_t i = 0; i < SLOTS; i++)
    if (!kx_counter_reader_done(&self->slots[i].reader))
      return false;
  return kx_key_stream_done(&self->key_stream);
}

static kx_status read_keys(kx_job *self, kx_error *err) {
  kx_status status = kx_pipeline_progress(self->p.data, err);
  for (size_t i = 0; i < SLOTS && status == KX_OK; i++)
    status = fill(self, &self->slots[i], err);
  if (status == KX_OK)
    status = kx_pipeline_progress_both(self->stream, self->p.main, WAIT_MS, err);
  if (status == KX_OK && all_read(self))
    self->phase = COMMIT;
  return status;
}

/* The marker in the main Redis is for the Ruby exporter; ours has changed together with the
 * buckets. It is written when replicas have the commit: otherwise a failover could bring the
 * buckets back, and a Ruby exporter would believe that they are read. */
static kx_status write_marker(kx_job *self, kx_error *err) {
  static const char script[] = KX_WHEN_FULL("KEYS[1]") "return redis.call('SET', KEYS[1], ARGV[1])";
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(script), KX_LIT("1"),
                           KX_LIT(KX_KEY_LATEST_BUCKET), kx_str(self->due.marker)};
  return kx_redis_call(self->p.main, 5, argv, NULL, err);
}

static kx_status committed(kx_job *self, kx_error *err) {
  self->taken += self->staged;
  self->p.stats->events_taken += self->staged;
  self->p.stats->buckets_read += (int64_t)self->stage.n;
  self->p.stats->late_buckets_read += (int64_t)kx_due_buckets_late(&self->due, self->stage.n);
  kx_due_buckets_read(&self->due, self->stage.n);
  self->attempts = 0;
  next_stage(self);
  return write_marker(self, err);
}

static kx_status try_again(kx_job *self, kx_error *err) {
  self->phase = BEGIN;
  if (++self->attempts < ATTEMPTS)
    return KX_OK;
  return kx_fail(
    err, KX_REDIS,
    "producers still write to buckets from %s on, or staged events went away: check the "
    "producers' clocks, and that Redis keeps its keys",
    self->stage.names[0]);
}

static kx_status commit(kx_job *self, kx_error *err) {
  kx_commit answer = KX_CHANGED;
  kx_status status = KX_OK;
  if (self->in_chunk > 0)
    status = close_chunk(self, self->chunk.len, err);
  if (status == KX_OK)
    status = kx_pipeline_drain(self->p.data, err);
  if (status == KX_OK)
    status = kx_lease_confirm(self->p.lease, err);
  if (status == KX_OK)
    status = kx_stage_commit(
      &self->stage, self->p.data, owner(self), kx_due_buckets_name(&self->due, self->stage.n),
      self->chunks, self->staged, &answer, err);
  if (status == KX_OK)
    status = kx_replicas_wait(self->p.data, err);
  if (status != KX_OK)
    return status;
  return answer == KX_COMMITTED ? committed(self, err) : try_again(self, err);
}

/* Nobody can use what is staged, so it is discarded. */
static kx_status end_early(kx_job *self, kx_error *err) {
  kx_status status = kx_pipeline_drain(self->p.main, err);
  kx_redis_reset(self->stream);
  if (status == KX_OK)
    status = kx_pipeline_drain(self->p.data, err);
  if (status == KX_OK)
    status = kx_stage_discard(&self->stage, self->p.data, err);
  self->phase = ENDED;
  return status;
}

static void heed_flag(kx_job *self) {
  if (!self->p.lease->off)
    return;
  self->stopping = true;
  self->outcome = KX_DISABLED;
}

/* A new connection may lead to another server: the commit checks that it has what is staged. */
static kx_status turn(kx_job *self, kx_error *err) {
  bool reconnected;
  kx_status status = kx_lease_mind(self->p.lease, err);
  if (status == KX_OK)
    status = kx_keep_alive_mind(&self->seen, self->p.data, &reconnected, err);
  if (status != KX_OK)
    return status;
  heed_flag(self);
  if (self->stopping)
    return end_early(self, err);
  switch (self->phase) {
    case LIST: return list(self, err);
    case BEGIN: return begin(self, err);
    case READ: return read_keys(self, err);
    default: return commit(self, err);
  }
}

/* Replies that Redis still owes point into this job, so the connections are reset. */
static void break_off(kx_job *self) {
  if (self->phase == ENDED || self->stream == NULL)
    return;
  self->phase = ENDED;
  kx_redis_reset(self->p.data);
  kx_redis_reset(self->p.main);
  kx_redis_reset(self->stream);
}

kx_status kx_job_step(kx_job *self, int64_t until_ms, bool *done, kx_outcome *outcome,
                      kx_error *err) {
  kx_status status = KX_OK;
  while (status == KX_OK && self->phase != ENDED && kx_monotonic_ms() <= until_ms)
    status = turn(self, err);
  if (status != KX_OK)
    break_off(self);
  if (status == KX_LOST) /* the new owner of the lock may already have looked for old stages */
    (void)kx_stage_discard(&self->stage, self->p.data, NULL);
  *done = self->phase == ENDED;
  *outcome = self->outcome;
  return status;
}

int64_t kx_job_taken(const kx_job *self) {
  return self->taken;
}

kx_status kx_job_begin(kx_job **out, const kx_job_parts *parts, const char *end, kx_error *err) {
  kx_job *self = calloc(1, sizeof *self);
  *out = self;
  if (self == NULL)
    return kx_fail_memory(err);
  self->p = *parts;
  kx_keep_alive_begin(&self->seen, parts->data);
  memcpy(self->end, end, strnlen(end, KX_BUCKET_NAME));
  parts->stats->jobs++;
  return kx_redis_open(&self->stream, &parts->config, err);
}

void kx_job_free(kx_job *self) {
  if (self == NULL)
    return;
  break_off(self);
  kx_redis_close(self->stream);
  kx_key_stream_free(&self->key_stream);
  for (size_t i = 0; i < SLOTS; i++) {
    kx_buf_free(&self->slots[i].keys);
    kx_counter_reader_free(&self->slots[i].reader);
  }
  kx_buf_free(&self->chunk);
  free(self);
}
