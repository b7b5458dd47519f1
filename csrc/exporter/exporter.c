/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/exporter.h"

#include "base/json.h"
#include "control/flag.h"
#include "control/job_queue.h"
#include "events/claim.h"
#include "redis/keys.h"

#include <unistd.h>

enum { RETRY_SLICE = 16 };

/* When queue and lock are in one Redis, they share a connection: then one WAIT confirms that
 * replicas have both. */
static kx_status open_queue(kx_exporter *self, kx_error *err) {
  const kx_redis_config queue = kx_settings_redis(&self->settings, KX_SET_QUEUE_REDIS);
  if (strcmp(queue.url, self->settings.text[KX_SET_REDIS]) != 0)
    return kx_redis_open(&self->queue, &queue, err);
  self->queue = self->main;
  return KX_OK;
}

kx_status kx_exporter_open(kx_exporter *self, kx_settings *settings, kx_error *err) {
  const kx_settings *s = &self->settings;
  self->settings = *settings;
  memset(settings, 0, sizeof *settings);
  const kx_redis_config main = kx_settings_redis(s, KX_SET_REDIS);
  const kx_redis_config data = kx_settings_redis(s, KX_SET_ANALYTICS_REDIS);
  kx_status status = kx_redis_open(&self->main, &main, err);
  if (status == KX_OK)
    status = kx_redis_open(&self->data, &data, err);
  if (status == KX_OK)
    status = open_queue(self, err);
  if (status == KX_OK)
    status = kx_lock_init(
      &self->lock, s->text[KX_SET_LOCK_RESOURCE], s->number[KX_SET_LOCK_TTL_SECONDS] * 1000, err);
  if (status != KX_OK)
    kx_exporter_close(self);
  return status;
}

void kx_exporter_close(kx_exporter *self) {
  if (self->pid == getpid()) {
    kx_task_free(self->task);
    kx_sender_close(self->sender);
  }
  if (self->queue != self->main)
    kx_redis_close(self->queue);
  kx_redis_close(self->main);
  kx_redis_close(self->data);
  kx_chunker_free(&self->chunker);
  kx_increments_free(&self->increments);
  kx_settings_free(&self->settings);
  memset(self, 0, sizeof *self);
}

static kx_status enabled_and_locked(kx_exporter *self, kx_outcome *outcome, kx_error *err) {
  bool enabled = false, taken = false;
  kx_status status = kx_flag_enabled(self->main, &enabled, err);
  *outcome = KX_DISABLED;
  if (status != KX_OK || !enabled)
    return status;
  status = kx_lock_acquire(&self->lock, self->main, &taken, err);
  *outcome = taken ? KX_ALL : KX_LOCKED;
  return status;
}

static kx_status push_job(kx_exporter *self, int64_t now_us, kx_error *err) {
  kx_status status = KX_OK;
  if (self->queue != self->main)
    status = kx_replicas_wait(self->main, err);
  if (status == KX_OK)
    status = kx_job_queue_push_job(
      self->queue, self->settings.text[KX_SET_QUEUE], self->lock.token, now_us, err);
  return status == KX_OK ? kx_replicas_wait(self->queue, err) : status;
}

kx_status kx_exporter_schedule(kx_exporter *self, kx_outcome *outcome, kx_error *err) {
  bool released;
  int64_t now = 0;
  kx_status status = enabled_and_locked(self, outcome, err);
  if (status != KX_OK || *outcome != KX_ALL)
    return status;
  status = kx_redis_time(self->data, &now, err);
  if (status == KX_OK)
    status = push_job(self, now, err);
  if (status != KX_OK)
    (void)kx_lock_release(&self->lock, self->main, kx_str(self->lock.token), &released, NULL);
  return status;
}

kx_status kx_exporter_job_finished(kx_exporter *self, kx_slice key, bool *released, kx_error *err) {
  return kx_lock_release(&self->lock, self->main, key, released, err);
}

size_t kx_exporter_event_bytes(const kx_exporter *self) {
  return kx_settings_limits(&self->settings).record_bytes;
}

/* After a fork parent and child share the sender's connections. If the child closed them, they
 * would end for the parent too, so the child leaves the old sender alone. */
static kx_status need_sender(kx_exporter *self, kx_error *err) {
  if (self->sender != NULL && self->pid == getpid())
    return KX_OK;
  const kx_kinesis_config config = kx_settings_kinesis(&self->settings);
  kx_status status = kx_settings_check_export(&self->settings, err);
  if (status != KX_OK)
    return status;
  self->pid = getpid();
  return kx_sender_open(&self->sender, &config, &self->stats, err);
}

kx_status kx_exporter_credentials(kx_exporter *self, const char *access_key_id,
                                  const char *secret_access_key, const char *session_token,
                                  kx_error *err) {
  kx_status status = need_sender(self, err);
  if (status != KX_OK)
    return status;
  return kx_sender_credentials(self->sender, access_key_id, secret_access_key, session_token, err);
}

static kx_task_parts parts(kx_exporter *self) {
  return (kx_task_parts){
    .main = self->main,
    .data = self->data,
    .lock = &self->lock,
    .sender = self->sender,
    .stats = &self->stats,
    .invalid_keys = &self->invalid_keys,
    .settings = &self->settings,
  };
}

kx_status kx_exporter_flush(kx_exporter *self, int64_t limit, kx_outcome *outcome, kx_error *err) {
  kx_status status = need_sender(self, err);
  kx_task_parts with = parts(self);
  return status == KX_OK ? kx_task_flush(&self->task, &with, limit, outcome, err) : status;
}

kx_status kx_exporter_job(kx_exporter *self, const char *end, const kx_slice *token,
                          kx_outcome *outcome, kx_error *err) {
  kx_status status = need_sender(self, err);
  kx_task_parts with = parts(self);
  return status == KX_OK ? kx_task_job(&self->task, &with, end, token, outcome, err) : status;
}

kx_status kx_exporter_report(kx_exporter *self, int64_t n, kx_report_result *result,
                             kx_error *err) {
  const kx_report_parts with = {
    .main = self->main,
    .data = self->data,
    .stats = &self->stats,
    .interval_seconds = self->settings.number[KX_SET_BUCKET_INTERVAL_SECONDS],
  };
  kx_status status = KX_MEMORY;
  if (kx_increments_ok(&self->increments))
    status = kx_report_write(&with, &self->increments, NULL, result, err);
  else
    kx_fail_memory(err);
  kx_increments_clear(&self->increments);
  if (status == KX_OK)
    self->stats.reports += n;
  return status;
}

static kx_status retry_entry(kx_exporter *self, kx_slice entry, bool *moved, kx_error *err) {
  kx_rejected_event parts;
  *moved = false;
  kx_rejected_events_read(entry, &parts);
  if (kx_json_check_object(parts.event) != NULL ||
      parts.event.len + 1 > kx_exporter_event_bytes(self) ||
      memchr(parts.event.data, '\n', parts.event.len) != NULL)
    return KX_OK;
  return kx_rejected_events_retry(self->data, entry, moved, err);
}

/* Moving an entry shortens the list, so `*first` skips only the entries that stay. */
static kx_status retry_slice(kx_exporter *self, int64_t *first, int64_t *left, int64_t *moved,
                             kx_error *err) {
  kx_reply *entries = NULL;
  kx_status status = kx_rejected_events_list(self->data, *first, RETRY_SLICE, &entries, err);
  size_t n = kx_reply_size(entries);
  for (size_t i = 0; status == KX_OK && *left > 0 && i < n; i++) {
    bool gone;
    status = retry_entry(self, kx_reply_text(kx_reply_item(entries, i)), &gone, err);
    *first += !gone;
    *moved += gone;
    --*left;
  }
  kx_reply_free(entries);
  if (n == 0)
    *left = 0;
  return status;
}

kx_status kx_exporter_retry_rejected(kx_exporter *self, int64_t *moved, kx_error *err) {
  int64_t first = 0, left = 0;
  kx_status status = kx_rejected_events_size(self->data, &left, err);
  *moved = 0;
  while (status == KX_OK && left > 0)
    status = retry_slice(self, &first, &left, moved, err);
  return status;
}

static kx_status read_buckets(kx_exporter *self, kx_state *out, kx_error *err) {
  const kx_slice count[] = {KX_LIT("ZCARD"), KX_LIT(KX_KEY_BUCKETS)};
  kx_status status = kx_redis_integer(self->data, 2, count, &out->buckets, err);
  return status == KX_OK ? kx_due_buckets_marker(self->main, self->data, out->latest_bucket, err)
                         : status;
}

kx_status kx_exporter_status(kx_exporter *self, kx_state *out, kx_error *err) {
  kx_status status = kx_flag_enabled(self->main, &out->enabled, err);
  if (status == KX_OK)
    status = kx_lock_holder(
      &self->lock, self->main, out->lock_holder, sizeof out->lock_holder, &out->lock_ttl_ms, err);
  if (status == KX_OK)
    status = kx_claim_count(self->data, &out->pending, err);
  if (status == KX_OK)
    status = kx_rejected_events_size(self->data, &out->rejected, err);
  return status == KX_OK ? read_buckets(self, out, err) : status;
}
