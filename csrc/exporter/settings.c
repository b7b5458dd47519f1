/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/settings.h"

#include "base/crypto.h"

#include <stdlib.h>

static const char *const texts[KX_SET_TEXTS] = {
  "redis",
  "analytics_redis",
  "queue_redis",
  "sink",
  "stream",
  "region",
  "endpoint",
  "lock_resource",
  "ca_file",
  "proxy",
  "partition_key",
  "queue",
  "redis_ca_file",
  "redis_cert_file",
  "redis_key_file",
  "redis_sentinel_user",
  "redis_sentinel_password",
  "key_prefix",
};

static const char *const numbers[KX_SET_NUMBERS] = {
  "redis_timeout_ms",
  "lock_ttl_seconds",
  "concurrency",
  "events_per_record",
  "record_bytes",
  "batch_bytes",
  "batch_records",
  "max_attempts",
  "connect_timeout_ms",
  "request_timeout_ms",
  "bucket_interval_seconds",
  "max_buckets",
  "min_export_events",
  "max_pending_events",
  "buffer_bytes",
  "linger_ms",
  "report_interval_ms",
  "drain_timeout_ms",
  "min_replicas",
  "min_replicas_timeout_ms",
};

const char *kx_settings_text_name(int which) {
  return texts[which];
}

const char *kx_settings_number_name(int which) {
  return numbers[which];
}

static void forget(char **text) {
  if (*text != NULL)
    kx_wipe(*text, strlen(*text));
  free(*text);
  *text = NULL;
}

kx_status kx_settings_set(kx_settings *settings, int which, const char *value, kx_error *err) {
  forget(&settings->text[which]);
  if (value == NULL)
    return KX_OK;
  size_t size = strlen(value) + 1;
  settings->text[which] = malloc(size);
  if (settings->text[which] == NULL)
    return kx_fail_memory(err);
  memcpy(settings->text[which], value, size);
  return KX_OK;
}

kx_status kx_settings_copy(kx_settings *to, const kx_settings *from, kx_error *err) {
  kx_status status = KX_OK;
  memcpy(to->number, from->number, sizeof to->number);
  for (int i = 0; i < KX_SET_TEXTS && status == KX_OK; i++)
    status = kx_settings_set(to, i, from->text[i], err);
  return status;
}

kx_redis_config kx_settings_redis(const kx_settings *settings, int which) {
  return (kx_redis_config){
    .url = settings->text[which],
    .timeout_ms = (int)settings->number[KX_SET_REDIS_TIMEOUT_MS],
    .ca_file = settings->text[KX_SET_REDIS_CA_FILE],
    .cert_file = settings->text[KX_SET_REDIS_CERT_FILE],
    .key_file = settings->text[KX_SET_REDIS_KEY_FILE],
    .sentinel_user = settings->text[KX_SET_REDIS_SENTINEL_USER],
    .sentinel_password = settings->text[KX_SET_REDIS_SENTINEL_PASSWORD],
    .key_prefix = settings->text[KX_SET_KEY_PREFIX],
    .min_replicas = (int)settings->number[KX_SET_MIN_REPLICAS],
    .min_replicas_timeout_ms = (int)settings->number[KX_SET_MIN_REPLICAS_TIMEOUT_MS],
  };
}

kx_limits kx_settings_limits(const kx_settings *settings) {
  const int64_t *number = settings->number;
  kx_limits wanted = {
    .record_bytes = (size_t)number[KX_SET_RECORD_BYTES],
    .batch_bytes = (size_t)number[KX_SET_BATCH_BYTES],
    .batch_records = (size_t)number[KX_SET_BATCH_RECORDS],
    .events_per_record = (size_t)number[KX_SET_EVENTS_PER_RECORD],
  };
  return kx_api_limits(kx_api_dialect(settings->text[KX_SET_SINK]), wanted);
}

kx_kinesis_config kx_settings_kinesis(const kx_settings *settings) {
  return (kx_kinesis_config){
    .dialect = kx_api_dialect(settings->text[KX_SET_SINK]),
    .stream = settings->text[KX_SET_STREAM],
    .region = settings->text[KX_SET_REGION],
    .endpoint = settings->text[KX_SET_ENDPOINT],
    .ca_file = settings->text[KX_SET_CA_FILE],
    .proxy = settings->text[KX_SET_PROXY],
    .partition_key = settings->text[KX_SET_PARTITION_KEY],
    .connect_timeout_ms = (long)settings->number[KX_SET_CONNECT_TIMEOUT_MS],
    .request_timeout_ms = (long)settings->number[KX_SET_REQUEST_TIMEOUT_MS],
    .concurrency = (size_t)settings->number[KX_SET_CONCURRENCY],
    .max_attempts = (int)settings->number[KX_SET_MAX_ATTEMPTS],
    .limits = kx_settings_limits(settings),
  };
}

kx_status kx_settings_check_region(const kx_settings *settings, kx_error *err) {
  if (settings->text[KX_SET_REGION] == NULL)
    return kx_fail(err, KX_CONFIG, "no region: set the region option, AWS_REGION or --region");
  return KX_OK;
}

kx_status kx_settings_check_export(const kx_settings *settings, kx_error *err) {
  if (settings->text[KX_SET_STREAM] == NULL)
    return kx_fail(err, KX_CONFIG,
                   "no stream: set the stream option, KINESIS_EXPORTER_STREAM or --stream");
  return kx_settings_check_region(settings, err);
}

void kx_settings_free(kx_settings *settings) {
  for (int i = 0; i < KX_SET_TEXTS; i++)
    forget(&settings->text[i]);
}
