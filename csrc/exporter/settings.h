/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The options of an exporter. The Lua layer knows their defaults and ranges; here every value is
 * present and valid. A string that is not set is NULL; a size that is not set is 0. */

#ifndef KX_EXPORTER_SETTINGS_H
#define KX_EXPORTER_SETTINGS_H

#include "base/error.h"
#include "kinesis/config.h"
#include "redis/redis.h"

/* The strings of kx_settings, in the order of its fields. */
enum {
  KX_SET_REDIS,
  KX_SET_ANALYTICS_REDIS,
  KX_SET_QUEUE_REDIS,
  KX_SET_SINK,
  KX_SET_STREAM,
  KX_SET_REGION,
  KX_SET_ENDPOINT,
  KX_SET_LOCK_RESOURCE,
  KX_SET_CA_FILE,
  KX_SET_PROXY,
  KX_SET_PARTITION_KEY,
  KX_SET_QUEUE,
  KX_SET_REDIS_CA_FILE,
  KX_SET_REDIS_CERT_FILE,
  KX_SET_REDIS_KEY_FILE,
  KX_SET_REDIS_SENTINEL_USER,
  KX_SET_REDIS_SENTINEL_PASSWORD,
  KX_SET_KEY_PREFIX,
  KX_SET_TEXTS
};

/* The numbers of kx_settings, in the order of its fields. */
enum {
  KX_SET_REDIS_TIMEOUT_MS,
  KX_SET_LOCK_TTL_SECONDS,
  KX_SET_CONCURRENCY, /* calls in flight at most */
  KX_SET_EVENTS_PER_RECORD,
  KX_SET_RECORD_BYTES,
  KX_SET_BATCH_BYTES,
  KX_SET_BATCH_RECORDS,
  KX_SET_MAX_ATTEMPTS, /* to send a batch, at most */
  KX_SET_CONNECT_TIMEOUT_MS,
  KX_SET_REQUEST_TIMEOUT_MS,
  KX_SET_BUCKET_INTERVAL_SECONDS,
  KX_SET_MAX_BUCKETS,        /* that a job reads at most */
  KX_SET_MIN_EXPORT_EVENTS,  /* a job exports when at least that many are pending */
  KX_SET_MAX_PENDING_EVENTS, /* above it a job switches buckets off */
  KX_SET_BUFFER_BYTES,       /* that a process holds for Redis at most */
  KX_SET_LINGER_MS,          /* an event waits for others before it is stored */
  KX_SET_REPORT_INTERVAL_MS, /* the time for which reports are merged */
  KX_SET_DRAIN_TIMEOUT_MS,   /* to store the rest when the process ends */
  KX_SET_MIN_REPLICAS,       /* that must have a write before it counts as done */
  KX_SET_MIN_REPLICAS_TIMEOUT_MS,
  KX_SET_NUMBERS
};

typedef struct kx_settings {
  char *text[KX_SET_TEXTS]; /* owned */
  int64_t number[KX_SET_NUMBERS];
} kx_settings;

/* The name of an option, as users know it. */
const char *kx_settings_text_name(int which);
const char *kx_settings_number_name(int which);

/* Sets an option to a copy of the string; NULL unsets it. */
kx_status kx_settings_set(kx_settings *settings, int which, const char *value, kx_error *err);

/* Copies all of `from`. Free `to` also after a failure. */
kx_status kx_settings_copy(kx_settings *to, const kx_settings *from, kx_error *err);

/* How to connect to a Redis: `which` is KX_SET_REDIS, KX_SET_ANALYTICS_REDIS or KX_SET_QUEUE_REDIS.
 * The strings are those of the settings. */
kx_redis_config kx_settings_redis(const kx_settings *settings, int which);

/* What may go into a record and a batch: the service's limits, lowered by the options. */
kx_limits kx_settings_limits(const kx_settings *settings);

/* How to connect to the service. The strings are those of the settings. */
kx_kinesis_config kx_settings_kinesis(const kx_settings *settings);

/* KX_CONFIG when there is no region: no call can be signed without one. */
kx_status kx_settings_check_region(const kx_settings *settings, kx_error *err);

/* KX_CONFIG when the stream or the region is missing: an export needs both. */
kx_status kx_settings_check_export(const kx_settings *settings, kx_error *err);

/* Wipes the strings, because some of them hold passwords, and releases them. */
void kx_settings_free(kx_settings *settings);

#endif
