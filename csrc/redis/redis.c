/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/redis.h"

#include "base/crypto.h"
#include "redis/connection.h"

#include <stdio.h>
#include <stdlib.h>

kx_status kx_redis_run_id(kx_redis *redis, const char **out, kx_error *err) {
  kx_slice argv[2] = {kx_str("INFO"), kx_str("server")};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_connect(redis, err);
  *out = redis->run_id;
  if (status != KX_OK || redis->run_id[0])
    return status;
  status = kx_pipeline_exchange(redis, 2, argv, &reply, err);
  if (status != KX_OK)
    return status;
  const char *at = reply->str ? strstr(reply->str, "run_id:") : NULL;
  if (at == NULL || sscanf(at, "run_id:%63[0-9a-zA-Z]", redis->run_id) != 1)
    status = kx_fail(err, KX_REPLY, "redis: the answer to INFO server has no run_id");
  kx_reply_free(reply);
  return status;
}

kx_status kx_redis_call(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                        kx_error *err) {
  kx_status status = kx_redis_connect(redis, err);
  return status == KX_OK ? kx_pipeline_exchange(redis, argc, argv, out, err) : status;
}

kx_status kx_redis_integer(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                           kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, argc, argv, &reply, err);
  *out = kx_reply_integer(reply);
  kx_reply_free(reply);
  return status;
}

kx_status kx_redis_time(kx_redis *redis, int64_t *out, kx_error *err) {
  const kx_slice argv[] = {kx_str("TIME")};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, 1, argv, &reply, err);
  *out = strtoll(kx_reply_text(kx_reply_item(reply, 0)).data, NULL, 10) * 1000000 +
         strtoll(kx_reply_text(kx_reply_item(reply, 1)).data, NULL, 10);
  kx_reply_free(reply);
  return status;
}

static bool is_same_place(const kx_redis_place *one, const kx_redis_place *other) {
  return strcmp(one->host, other->host) == 0 && one->port == other->port;
}

/* Two URLs may name the sentinels of one master in different orders. This does not see that they
 * are the same; nothing is lost by it. */
bool kx_redis_is_same(const kx_redis *one, const kx_redis *other) {
  const kx_redis_url *a = &one->url, *b = &other->url;
  bool same = is_same_place(&a->at, &b->at) && strcmp(a->path, b->path) == 0 && a->db == b->db &&
              strcmp(a->master, b->master) == 0 && a->n_sentinels == b->n_sentinels;
  for (size_t i = 0; i < a->n_sentinels && same; i++)
    same = is_same_place(&a->sentinels[i], &b->sentinels[i]);
  return same;
}

void kx_redis_reset(kx_redis *redis) {
  kx_connection_drop(redis);
}

kx_status kx_redis_open(kx_redis **out, const kx_redis_config *config, kx_error *err) {
  kx_redis *redis = calloc(1, sizeof *redis);
  *out = NULL;
  if (redis == NULL)
    return kx_fail_memory(err);
  redis->config = *config;
  redis->config.url = NULL;
  redis->limit_ms = config->timeout_ms;
  kx_status status = kx_redis_url_parse(kx_str(config->url), &redis->url, err);
  if (status == KX_OK)
    *out = redis;
  else
    kx_redis_close(redis);
  return status;
}

void kx_redis_close(kx_redis *redis) {
  if (redis == NULL)
    return;
  kx_connection_drop(redis);
  kx_wipe(&redis->url, sizeof redis->url);
  free(redis);
}

#define TEXT(x) #x
#define VERSION(major, minor, patch) "hiredis/" TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *kx_redis_version(void) {
  return VERSION(HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}
