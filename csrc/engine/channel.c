/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "engine/channel.h"

#include "base/clock.h"

#include <stdlib.h>

enum { REOPEN_MS = 1000 };

static void begin_buffer(kx_channel *channel) {
  kx_ingest_buffer_begin(&channel->buffer, (size_t)channel->settings.number[KX_SET_BUFFER_BYTES]);
}

kx_status kx_channel_make(kx_channel **out, kx_monitor *monitor, kx_settings *settings,
                          kx_error *err) {
  kx_channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL) {
    kx_settings_free(settings);
    return kx_fail_memory(err);
  }
  channel->monitor = monitor;
  channel->settings = *settings;
  memset(settings, 0, sizeof *settings);
  begin_buffer(channel);
  *out = channel;
  return KX_OK;
}

static void end_host(kx_channel *channel) {
  if (channel->host != NULL)
    channel->end_host(channel->host);
  channel->host = NULL;
}

void kx_channel_free(kx_channel *channel) {
  end_host(channel);
  kx_ingest_writer_close(&channel->writer);
  kx_ingest_buffer_free(&channel->buffer);
  kx_settings_free(&channel->settings);
  free(channel);
}

void kx_channel_link(kx_channel **first, kx_channel *channel) {
  channel->next = *first;
  *first = channel;
}

void kx_channel_unlink(kx_channel **first, const kx_channel *channel) {
  while (*first != channel)
    first = &(*first)->next;
  *first = channel->next;
}

static kx_taken wake_if_needed(kx_channel *channel, kx_taken taken) {
  if (taken != KX_TAKEN_WAKE)
    return taken;
  kx_monitor_wake(channel->monitor);
  return KX_TAKEN;
}

kx_taken kx_channel_event(kx_channel *channel, kx_slice event, const char *why) {
  return wake_if_needed(channel, kx_ingest_buffer_event(&channel->buffer, event, why));
}

kx_taken kx_channel_reports(kx_channel *channel, const kx_uses *uses, int64_t n) {
  return wake_if_needed(channel, kx_ingest_buffer_reports(&channel->buffer, uses, n));
}

void kx_channel_inspect(kx_channel *channel, kx_ingest_counts *counts,
                        kx_ingest_writer_state *state) {
  *counts = kx_ingest_buffer_count(&channel->buffer);
  kx_monitor_lock(channel->monitor);
  *state = channel->state;
  kx_monitor_unlock(channel->monitor);
}

kx_hurry kx_channel_hurry(kx_channel *channel) {
  kx_hurry hurry = {.taken = kx_ingest_buffer_count(&channel->buffer)};
  kx_monitor_lock(channel->monitor);
  hurry.failures = channel->state.failures;
  channel->hurried = hurry.taken;
  kx_monitor_notify(channel->monitor);
  kx_monitor_unlock(channel->monitor);
  return hurry;
}

bool kx_channel_stored(kx_channel *channel, const kx_hurry *hurry) {
  kx_ingest_counts counts;
  kx_ingest_writer_state state;
  kx_channel_inspect(channel, &counts, &state);
  return state.failures > hurry->failures ||
         kx_ingest_buffer_has_stored(&channel->buffer, &hurry->taken);
}

static bool open_writer(kx_channel *channel, int64_t *at_ms) {
  kx_ingest_writer_state state = channel->state;
  int64_t again_ms = kx_monotonic_ms() + REOPEN_MS;
  channel->open = kx_ingest_writer_open(&channel->writer, &channel->settings, &state.error) ==
                  KX_OK;
  state.away = !channel->open;
  state.failures += state.away;
  channel->writer.state = state;
  if (!channel->open && again_ms < *at_ms)
    *at_ms = again_ms;
  return channel->open;
}

bool kx_channel_work(kx_channel *channel, bool all, int64_t *at_ms) {
  if (!channel->open && !open_writer(channel, at_ms))
    return false;
  return kx_ingest_writer_work(&channel->writer, &channel->buffer, &channel->settings, all, at_ms);
}

bool kx_channel_is_stored(kx_channel *channel) {
  kx_ingest_counts counts = kx_ingest_buffer_count(&channel->buffer);
  return counts.bytes_buffered == 0;
}

bool kx_channel_is_hurried(kx_channel *channel) {
  return !kx_ingest_buffer_has_stored(&channel->buffer, &channel->hurried);
}

void kx_channel_hang_up(kx_channel *channel) {
  end_host(channel);
  if (channel->open)
    kx_ingest_writer_hang_up(&channel->writer);
}

void kx_channel_forget(kx_channel *channel) {
  begin_buffer(channel);
  channel->writer = (kx_ingest_writer){0};
  channel->state = (kx_ingest_writer_state){0};
  channel->hurried = (kx_ingest_counts){0};
  channel->open = false;
  channel->host = NULL;
}
