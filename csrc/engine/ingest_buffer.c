/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/ingest_buffer.h"

#include "base/clock.h"
#include "events/chunk_list.h"

#include <stdlib.h>

void kx_ingest_buffer_begin(kx_ingest_buffer *buffer, size_t most) {
  *buffer = (kx_ingest_buffer){.most = most};
  pthread_mutex_init(&buffer->mutex, NULL);
}

void kx_blocks_free(kx_block *first) {
  while (first != NULL) {
    kx_block *next = first->next;
    free(first);
    first = next;
  }
}

static kx_block *new_block(kx_ingest_buffer *buffer, size_t cap) {
  kx_block *block = cap == KX_CHUNK_BYTES ? buffer->spare : NULL;
  if (block != NULL)
    buffer->spare = NULL;
  else
    block = malloc(sizeof *block + cap);
  return block;
}

/* The block that is being filled if it has room, otherwise a new one at the end. */
static kx_block *block_for(kx_ingest_buffer *buffer, size_t len, const char *why) {
  kx_block *block = buffer->filling;
  size_t cap = why != NULL || len > KX_CHUNK_BYTES ? len : KX_CHUNK_BYTES;
  if (block != NULL && why == NULL && len <= block->cap - block->len)
    return block;
  block = new_block(buffer, cap);
  if (block == NULL)
    return NULL;
  *block = (kx_block){.why = why, .cap = cap};
  if (buffer->last == NULL)
    buffer->first = block;
  else
    buffer->last->next = block;
  buffer->last = block;
  if (why == NULL)
    buffer->filling = block;
  return block;
}

/* The bytes that count for a block besides its events. A block of many events has too
 * few to count. */
static size_t own_bytes(const char *why) {
  return why != NULL ? sizeof(kx_block) : 0;
}

static kx_taken take_event(kx_ingest_buffer *buffer, kx_slice event, const char *why) {
  const kx_block *before = buffer->filling;
  size_t bytes = event.len + 1 + own_bytes(why);
  kx_block *block;
  if (bytes > buffer->most - buffer->bytes) {
    buffer->counts.events_dropped++;
    return KX_FULL;
  }
  block = block_for(buffer, event.len + 1, why);
  if (block == NULL)
    return KX_NO_MEMORY;
  memcpy(block->data + block->len, event.data, event.len);
  block->data[block->len + event.len] = '\n';
  block->len += event.len + 1;
  block->events++;
  buffer->bytes += bytes;
  buffer->counts.events_recorded++;
  buffer->counts.events_buffered++;
  if (buffer->events_ms != 0)
    return block == before ? KX_TAKEN : KX_TAKEN_WAKE;
  buffer->events_ms = kx_monotonic_ms();
  return KX_TAKEN_WAKE;
}

kx_taken kx_ingest_buffer_event(kx_ingest_buffer *buffer, kx_slice event, const char *why) {
  pthread_mutex_lock(&buffer->mutex);
  kx_taken taken = take_event(buffer, event, why);
  pthread_mutex_unlock(&buffer->mutex);
  return taken;
}

/* Much of the tally is written early, so that there is room for more. */
static bool is_much(const kx_ingest_buffer *buffer) {
  return kx_tally_bytes(&buffer->tally) > buffer->most / 4;
}

static kx_taken take_reports(kx_ingest_buffer *buffer, const kx_uses *uses, int64_t n) {
  size_t before = kx_tally_bytes(&buffer->tally);
  bool was_much = is_much(buffer);
  if (kx_tally_growth(uses) > buffer->most - buffer->bytes) {
    buffer->counts.reports_dropped += n;
    return KX_FULL;
  }
  bool added = kx_tally_add(&buffer->tally, uses);
  buffer->bytes += kx_tally_bytes(&buffer->tally) - before;
  if (!added)
    return KX_NO_MEMORY;
  buffer->counts.reports += n;
  buffer->counts.reports_buffered += n;
  if (buffer->reports_ms != 0)
    return was_much == is_much(buffer) ? KX_TAKEN : KX_TAKEN_WAKE;
  buffer->reports_ms = kx_monotonic_ms();
  return KX_TAKEN_WAKE;
}

kx_taken kx_ingest_buffer_reports(kx_ingest_buffer *buffer, const kx_uses *uses, int64_t n) {
  pthread_mutex_lock(&buffer->mutex);
  kx_taken taken = take_reports(buffer, uses, n);
  pthread_mutex_unlock(&buffer->mutex);
  return taken;
}

static bool is_due(int64_t since_ms, int64_t now_ms, int64_t span_ms, int64_t *at_ms) {
  if (since_ms == 0)
    return false;
  if (since_ms + span_ms < *at_ms)
    *at_ms = since_ms + span_ms;
  return now_ms >= since_ms + span_ms;
}

bool kx_ingest_buffer_events_due(kx_ingest_buffer *buffer, int64_t now_ms, int64_t linger_ms,
                                 int64_t *at_ms) {
  pthread_mutex_lock(&buffer->mutex);
  bool due = is_due(buffer->events_ms, now_ms, linger_ms, at_ms) ||
             (buffer->first != NULL && buffer->first != buffer->last);
  pthread_mutex_unlock(&buffer->mutex);
  return due;
}

bool kx_ingest_buffer_reports_due(kx_ingest_buffer *buffer, int64_t now_ms, int64_t interval_ms,
                                  int64_t *at_ms) {
  pthread_mutex_lock(&buffer->mutex);
  bool due = is_due(buffer->reports_ms, now_ms, interval_ms, at_ms) || is_much(buffer);
  pthread_mutex_unlock(&buffer->mutex);
  return due;
}

kx_block *kx_ingest_buffer_take_events(kx_ingest_buffer *buffer) {
  pthread_mutex_lock(&buffer->mutex);
  kx_block *first = buffer->first;
  buffer->first = buffer->last = buffer->filling = NULL;
  buffer->events_ms = 0;
  pthread_mutex_unlock(&buffer->mutex);
  return first;
}

void kx_ingest_buffer_stored(kx_ingest_buffer *buffer, kx_block *block) {
  kx_block *surplus = block;
  pthread_mutex_lock(&buffer->mutex);
  buffer->bytes -= block->len + own_bytes(block->why);
  buffer->counts.events_buffered -= block->events;
  if (buffer->spare == NULL && block->cap == KX_CHUNK_BYTES) {
    buffer->spare = block;
    surplus = NULL;
  }
  pthread_mutex_unlock(&buffer->mutex);
  free(surplus);
}

void kx_ingest_buffer_take_reports(kx_ingest_buffer *buffer, kx_tally *tally) {
  kx_tally empty = *tally;
  pthread_mutex_lock(&buffer->mutex);
  *tally = buffer->tally;
  buffer->tally = empty;
  buffer->reports_ms = 0;
  buffer->handed = buffer->counts.reports_buffered;
  pthread_mutex_unlock(&buffer->mutex);
}

void kx_ingest_buffer_written(kx_ingest_buffer *buffer, size_t bytes) {
  pthread_mutex_lock(&buffer->mutex);
  buffer->bytes -= bytes;
  buffer->counts.reports_buffered -= buffer->handed;
  pthread_mutex_unlock(&buffer->mutex);
}

kx_ingest_counts kx_ingest_buffer_count(kx_ingest_buffer *buffer) {
  pthread_mutex_lock(&buffer->mutex);
  kx_ingest_counts counts = buffer->counts;
  counts.bytes_buffered = (int64_t)buffer->bytes;
  pthread_mutex_unlock(&buffer->mutex);
  return counts;
}

/* Events are stored in their order; reports are written as a whole. */
bool kx_ingest_buffer_has_stored(kx_ingest_buffer *buffer, const kx_ingest_counts *then) {
  kx_ingest_counts now = kx_ingest_buffer_count(buffer);
  return now.events_recorded - now.events_buffered >= then->events_recorded &&
         now.reports - now.reports_buffered >= then->reports;
}

void kx_ingest_buffer_free(kx_ingest_buffer *buffer) {
  kx_blocks_free(buffer->first);
  free(buffer->spare);
  kx_count_map_free(&buffer->tally.counts);
  pthread_mutex_destroy(&buffer->mutex);
}
