/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/cluster.h"

#include "base/clock.h"
#include "redis/dial.h"
#include "redis/pipeline.h"

enum { REDIRECTS_MOST = 5 };

/* The prefix itself lies in the slot of all keys that begin with it. */
static kx_status ask_for_slot(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {kx_str("EXISTS"), kx_str("")};
  return kx_pipeline_exchange(redis, 2, argv, NULL, err);
}

static kx_status try_node(kx_redis *redis, const kx_redis_place *at, int64_t until_ms,
                          kx_error *err) {
  int64_t left_ms = until_ms - kx_monotonic_ms();
  redis->moved.host[0] = '\0';
  redis->limit_ms = left_ms > 1 ? (int)left_ms : 1;
  kx_status status = kx_dial_enter(redis, at, err);
  if (status == KX_OK)
    status = ask_for_slot(redis, err);
  redis->limit_ms = redis->config.timeout_ms;
  return status == KX_OK ? kx_dial_set_limit(redis, err) : status;
}

static kx_status follow(kx_redis *redis, const kx_redis_place *from, int64_t until_ms,
                        kx_error *err) {
  kx_status status = try_node(redis, from, until_ms, err);
  for (int i = 0; i < REDIRECTS_MOST && status == KX_REDIS && redis->moved.host[0]; i++) {
    kx_redis_place to = redis->moved;
    status = try_node(redis, &to, until_ms, err);
  }
  return status;
}

/* The last node may be gone, and so may the node of the URL: each attempt gets half of the time. */
kx_status kx_cluster_find_node(kx_redis *redis, kx_error *err) {
  const kx_redis_place last = redis->at;
  int64_t now_ms = kx_monotonic_ms();
  kx_status status = KX_REDIS;
  if (last.host[0])
    status = follow(redis, &last, now_ms + redis->config.timeout_ms / 2, NULL);
  if (status == KX_OK)
    return KX_OK;
  kx_connection_drop(redis);
  return follow(redis, &redis->url.at, now_ms + redis->config.timeout_ms, err);
}
