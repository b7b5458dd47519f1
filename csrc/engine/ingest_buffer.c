/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/ingest_buffer.h"

#include "base/clock.h"
#include "events/chunk_list.h"

#include <stdlib.h>

void kx_intake_begin(kx_intake *intake, size_t most) {
  *intake = (kx_intake){.most = most};
  pthread_mutex_init(&intake->mutex, NULL);
}

void kx_blocks_free(kx_block *first) {
  while (first != NULL) {
    kx_block *next = first->next;
    free(first);
    first = next;
  }
}

static kx_block *new_block(kx_intake *intake, size_t cap) {
  kx_block *block = cap == KX_CHUNK_BYTES ? intake->spare : NULL;
  if (block != NULL)
    intake->spare = NULL;
  else
    block = malloc(sizeof *block + cap);
  return block;
}

/* The one that is being filled if it has room, or a new one at the end. */
static kx_block *block_for(kx_intake *intake, size_t len, const char *why) {
  kx_block *block = intake->filling;
  size_t cap = why != NULL || len > KX_CHUNK_BYTES ? len : KX_CHUNK_BYTES;
  if (block != NULL && why == NULL && len <= block->cap - block->len)
    return block;
  block = new_block(intake, cap);
  if (block == NULL)
    return NULL;
  *block = (kx_block){.why = why, .cap = cap};
  *(intake->last ? &intake->last->next : &intake->first) = block;
  intake->last = block;
  if (why == NULL)
    intake->filling = block;
  return block;
}

/* What a block takes of the room there is, but for its events: nothing to speak of,
 * unless it has but one. */
static size_t own_bytes(const char *why) {
  return why != NULL ? sizeof(kx_block) : 0;
}

static kx_taken take_event(kx_intake *intake, kx_slice event, const char *why) {
  const kx_block *before = intake->filling;
  size_t bytes = event.len + 1 + own_bytes(why);
  kx_block *block;
  if (bytes > intake->most - intake->bytes) {
    intake->counts.events_dropped++;
    return KX_FULL;
  }
  block = block_for(intake, event.len + 1, why);
  if (block == NULL)
    return KX_NO_MEMORY;
  memcpy(block->data + block->len, event.data, event.len);
  block->data[block->len + event.len] = '\n';
  block->len += event.len + 1;
  block->events++;
  intake->bytes += bytes;
  intake->counts.events_recorded++;
  intake->counts.events_buffered++;
  if (intake->events_ms != 0)
    return block == before ? KX_TAKEN : KX_TAKEN_WAKE;
  intake->events_ms = kx_monotonic_ms();
  return KX_TAKEN_WAKE;
}

kx_taken kx_intake_event(kx_intake *intake, kx_slice event, const char *why) {
  pthread_mutex_lock(&intake->mutex);
  kx_taken taken = take_event(intake, event, why);
  pthread_mutex_unlock(&intake->mutex);
  return taken;
}

/* Much of it is written before its time, so that there is room for more. */
static bool is_much(const kx_intake *intake) {
  return kx_tally_bytes(&intake->tally) > intake->most / 4;
}

static kx_taken take_reports(kx_intake *intake, const kx_uses *uses, int64_t n) {
  size_t before = kx_tally_bytes(&intake->tally);
  bool was_much = is_much(intake);
  if (kx_tally_growth(uses) > intake->most - intake->bytes) {
    intake->counts.reports_dropped += n;
    return KX_FULL;
  }
  bool added = kx_tally_add(&intake->tally, uses);
  intake->bytes += kx_tally_bytes(&intake->tally) - before;
  if (!added)
    return KX_NO_MEMORY;
  intake->counts.reports += n;
  intake->counts.reports_buffered += n;
  if (intake->reports_ms != 0)
    return was_much == is_much(intake) ? KX_TAKEN : KX_TAKEN_WAKE;
  intake->reports_ms = kx_monotonic_ms();
  return KX_TAKEN_WAKE;
}

kx_taken kx_intake_reports(kx_intake *intake, const kx_uses *uses, int64_t n) {
  pthread_mutex_lock(&intake->mutex);
  kx_taken taken = take_reports(intake, uses, n);
  pthread_mutex_unlock(&intake->mutex);
  return taken;
}

static bool is_due(int64_t since_ms, int64_t now_ms, int64_t span_ms, int64_t *at_ms) {
  if (since_ms == 0)
    return false;
  if (since_ms + span_ms < *at_ms)
    *at_ms = since_ms + span_ms;
  return now_ms >= since_ms + span_ms;
}

bool kx_intake_events_due(kx_intake *intake, int64_t now_ms, int64_t linger_ms, int64_t *at_ms) {
  pthread_mutex_lock(&intake->mutex);
  bool due = is_due(intake->events_ms, now_ms, linger_ms, at_ms) ||
             (intake->first != NULL && intake->first != intake->last);
  pthread_mutex_unlock(&intake->mutex);
  return due;
}

bool kx_intake_reports_due(kx_intake *intake, int64_t now_ms, int64_t interval_ms, int64_t *at_ms) {
  pthread_mutex_lock(&intake->mutex);
  bool due = is_due(intake->reports_ms, now_ms, interval_ms, at_ms) || is_much(intake);
  pthread_mutex_unlock(&intake->mutex);
  return due;
}

kx_block *kx_intake_take_events(kx_intake *intake) {
  pthread_mutex_lock(&intake->mutex);
  kx_block *first = intake->first;
  intake->first = intake->last = intake->filling = NULL;
  intake->events_ms = 0;
  pthread_mutex_unlock(&intake->mutex);
  return first;
}

void kx_intake_stored(kx_intake *intake, kx_block *block) {
  kx_block *surplus = block;
  pthread_mutex_lock(&intake->mutex);
  intake->bytes -= block->len + own_bytes(block->why);
  intake->counts.events_buffered -= block->events;
  if (intake->spare == NULL && block->cap == KX_CHUNK_BYTES) {
    intake->spare = block;
    surplus = NULL;
  }
  pthread_mutex_unlock(&intake->mutex);
  free(surplus);
}

void kx_intake_take_reports(kx_intake *intake, kx_tally *tally) {
  kx_tally empty = *tally;
  pthread_mutex_lock(&intake->mutex);
  *tally = intake->tally;
  intake->tally = empty;
  intake->reports_ms = 0;
  intake->handed = intake->counts.reports_buffered;
  pthread_mutex_unlock(&intake->mutex);
}

void kx_intake_written(kx_intake *intake, size_t bytes) {
  pthread_mutex_lock(&intake->mutex);
  intake->bytes -= bytes;
  intake->counts.reports_buffered -= intake->handed;
  pthread_mutex_unlock(&intake->mutex);
}

kx_intake_counts kx_intake_count(kx_intake *intake) {
  pthread_mutex_lock(&intake->mutex);
  kx_intake_counts counts = intake->counts;
  counts.bytes_buffered = (int64_t)intake->bytes;
  pthread_mutex_unlock(&intake->mutex);
  return counts;
}

/* Events are stored in their order; reports are written as a whole. */
bool kx_intake_has_stored(kx_intake *intake, const kx_intake_counts *then) {
  kx_intake_counts now = kx_intake_count(intake);
  return now.events_recorded - now.events_buffered >= then->events_recorded &&
         now.reports - now.reports_buffered >= then->reports;
}

void kx_intake_free(kx_intake *intake) {
  kx_blocks_free(intake->first);
  free(intake->spare);
  kx_sums_free(&intake->tally.sums);
  pthread_mutex_destroy(&intake->mutex);
}
