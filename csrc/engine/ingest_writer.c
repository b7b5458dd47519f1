/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/ingest_writer.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "events/chunk_list.h"
#include "events/rejected_events.h"
#include "redis/keys.h"

#include <stdio.h>

/* The most blocks, and the most counters in one write, of one part of the work. Between two
 * parts the engine looks at everything else. One use makes at most 38 counters, so the last one
 * does not begin another step. */
enum { BLOCKS = 8, COUNTERS = KX_REPORT_STEP - 38 };

static const kx_backoff pauses = {.base_ms = 50, .cap_ms = 2000};

static kx_status name_markers(kx_ingest_writer *writer, kx_error *err) {
  char token[KX_TOKEN_HEX + 1];
  kx_status status = kx_random_token(token, err);
  if (status != KX_OK)
    return status;
  snprintf(writer->events_marker, sizeof writer->events_marker, KX_KEY_EVENTS_WRITER "%s", token);
  snprintf(writer->reports_marker, sizeof writer->reports_marker, KX_KEY_REPORTS_WRITER "%s",
           token);
  return KX_OK;
}

/* When a process ends, OpenSSL may be gone before a thread that is stuck in a write. So the
 * thread must not need random numbers then. */
kx_status kx_ingest_writer_open(kx_ingest_writer *writer, const kx_settings *settings,
                                kx_error *err) {
  const kx_redis_config main = kx_settings_redis(settings, KX_SET_REDIS);
  const kx_redis_config data = kx_settings_redis(settings, KX_SET_ANALYTICS_REDIS);
  kx_status status = name_markers(writer, err);
  writer->events_number = writer->reports_number = 1;
  kx_count_map_choose_key(&writer->increments.counts);
  if (status == KX_OK)
    status = kx_redis_open(&writer->main, &main, err);
  if (status == KX_OK)
    status = kx_redis_open(&writer->data, &data, err);
  if (status != KX_OK)
    kx_ingest_writer_close(writer);
  return status;
}

static void put_off(kx_lane *lane) {
  lane->failures++;
  lane->retry_ms = kx_monotonic_ms() + kx_backoff_ms(&pauses, lane->failures, -1);
}

static bool settle(kx_ingest_writer *writer, kx_lane *lane, kx_status status,
                   const kx_error *error) {
  if (status == KX_OK) {
    *lane = (kx_lane){0};
  } else {
    writer->state.failures++;
    writer->state.error = *error;
    put_off(lane);
  }
  writer->state.away = writer->events.failures + writer->reports.failures > 0;
  return status == KX_OK;
}

static kx_status store_block(kx_ingest_writer *writer, const kx_block *block, kx_error *err) {
  const kx_write_id id = {writer->events_marker, writer->events_number};
  kx_status status;
  if (block->why == NULL)
    return kx_chunk_list_append_once(
      &kx_inbox, writer->data, (kx_slice){block->data, block->len}, block->events, &id, err);
  status = kx_rejected_events_add(
    writer->data, (kx_slice){block->data, block->len - 1}, block->why, kx_wall_us() / 1000000, err);
  if (status == KX_OK)
    status = kx_replicas_wait(writer->data, err);
  writer->state.rejected += status == KX_OK;
  return status;
}

static bool store(kx_ingest_writer *writer, kx_ingest_buffer *buffer) {
  kx_block *block = writer->blocks;
  kx_error error = {0};
  kx_status status;
  kx_keep_alive_refresh(writer->data);
  status = store_block(writer, block, &error);
  if (!settle(writer, &writer->events, status, &error))
    return false;
  writer->events_number++;
  writer->blocks = block->next;
  kx_ingest_buffer_stored(buffer, block);
  return true;
}

static bool may_try(const kx_lane *lane, int64_t now_ms, int64_t *at_ms) {
  if (now_ms < lane->retry_ms && lane->retry_ms < *at_ms)
    *at_ms = lane->retry_ms;
  return now_ms >= lane->retry_ms;
}

/* True after it has done something: more may have come in since. */
static bool work_on_events(kx_ingest_writer *writer, kx_ingest_buffer *buffer, int64_t linger_ms,
                           int64_t *at_ms) {
  int64_t now_ms = kx_monotonic_ms();
  if (!may_try(&writer->events, now_ms, at_ms))
    return false;
  if (writer->blocks == NULL && kx_ingest_buffer_events_due(buffer, now_ms, linger_ms, at_ms))
    writer->blocks = kx_ingest_buffer_take_events(buffer);
  if (writer->blocks == NULL)
    return false;
  for (int i = 0; i < BLOCKS && writer->blocks != NULL; i++)
    if (!store(writer, buffer))
      return may_try(&writer->events, kx_monotonic_ms(), at_ms);
  return true;
}

static bool has_reports(const kx_ingest_writer *writer) {
  return writer->tally_bytes > 0;
}

static void take_reports(kx_ingest_writer *writer, kx_ingest_buffer *buffer) {
  kx_ingest_buffer_take_reports(buffer, &writer->tally);
  writer->tally_bytes = kx_tally_bytes(&writer->tally);
  writer->next = 0;
}

static void reports_written(kx_ingest_writer *writer, kx_ingest_buffer *buffer) {
  writer->reports_number += (int64_t)kx_report_steps(&writer->increments);
  kx_increments_clear(&writer->increments);
  if (writer->next < writer->tally.counts.n)
    return;
  kx_ingest_buffer_written(buffer, writer->tally_bytes);
  kx_count_map_free(&writer->tally.counts);
  writer->tally_bytes = writer->next = 0;
}

/* When there is no memory, the increments begin again: no part of them has been written. */
static kx_status next_counters(kx_ingest_writer *writer, kx_error *err) {
  size_t next = writer->next;
  if (writer->increments.counts.n > 0)
    return KX_OK;
  writer->next = kx_tally_expand(&writer->tally, next, COUNTERS, &writer->increments);
  if (kx_increments_ok(&writer->increments))
    return KX_OK;
  writer->next = next;
  kx_increments_clear(&writer->increments);
  return kx_fail_memory(err);
}

static void note(kx_ingest_writer_state *state, const kx_report_result *result) {
  if (result->turn != KX_TURN_NONE) {
    state->turn = result->turn;
    state->turns++;
  }
  if (result->left_out > 0)
    memcpy(state->first, result->first, sizeof state->first);
  state->left_out += result->left_out;
}

static bool write_counters(kx_ingest_writer *writer, kx_ingest_buffer *buffer,
                           int64_t interval_seconds) {
  const kx_report_parts parts = {writer->main, writer->data, &writer->stats, interval_seconds};
  const kx_write_id id = {writer->reports_marker, writer->reports_number};
  kx_error error = {0};
  kx_report_result result = {0};
  kx_status status = next_counters(writer, &error);
  kx_keep_alive_refresh(writer->main);
  kx_keep_alive_refresh(writer->data);
  if (status == KX_OK)
    status = kx_report_write(&parts, &writer->increments, &id, &result, &error);
  note(&writer->state, &result);
  if (!settle(writer, &writer->reports, status, &error))
    return false;
  writer->state.written = writer->stats.counters_written;
  reports_written(writer, buffer);
  return true;
}

static bool work_on_reports(kx_ingest_writer *writer, kx_ingest_buffer *buffer,
                            const kx_settings *settings, int64_t interval_ms, int64_t *at_ms) {
  int64_t now_ms = kx_monotonic_ms();
  if (!may_try(&writer->reports, now_ms, at_ms))
    return false;
  if (!has_reports(writer) && kx_ingest_buffer_reports_due(buffer, now_ms, interval_ms, at_ms))
    take_reports(writer, buffer);
  if (!has_reports(writer))
    return false;
  if (!write_counters(writer, buffer, settings->number[KX_SET_BUCKET_INTERVAL_SECONDS]))
    return may_try(&writer->reports, kx_monotonic_ms(), at_ms);
  return true;
}

bool kx_ingest_writer_work(kx_ingest_writer *writer, kx_ingest_buffer *buffer,
                           const kx_settings *settings, bool all, int64_t *at_ms) {
  int64_t linger_ms = all ? 0 : settings->number[KX_SET_LINGER_MS];
  int64_t interval_ms = all ? 0 : settings->number[KX_SET_REPORT_INTERVAL_MS];
  if (all && !writer->hurried)
    writer->events = writer->reports = (kx_lane){0};
  writer->hurried = all;
  bool more = work_on_events(writer, buffer, linger_ms, at_ms);
  return work_on_reports(writer, buffer, settings, interval_ms, at_ms) || more;
}

void kx_ingest_writer_hang_up(kx_ingest_writer *writer) {
  kx_redis_reset(writer->main);
  kx_redis_reset(writer->data);
}

void kx_ingest_writer_close(kx_ingest_writer *writer) {
  kx_redis_close(writer->main);
  kx_redis_close(writer->data);
  kx_blocks_free(writer->blocks);
  kx_count_map_free(&writer->tally.counts);
  kx_increments_free(&writer->increments);
  *writer = (kx_ingest_writer){0};
}
