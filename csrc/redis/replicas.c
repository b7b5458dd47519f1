/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/connection.h"

#include <stdio.h>

static kx_status wait_for_replicas(kx_redis *redis, int64_t *replicas, kx_error *err) {
  char n[16], ms[16];
  kx_reply *reply = NULL;
  snprintf(n, sizeof n, "%d", redis->config.min_replicas);
  snprintf(ms, sizeof ms, "%d", redis->config.min_replicas_ms);
  const kx_slice argv[] = {kx_str("WAIT"), kx_str(n), kx_str(ms)};
  redis->limit_ms += redis->config.min_replicas_ms;
  kx_status status = kx_redis_exchange(redis, 3, argv, &reply, err);
  redis->limit_ms = redis->config.timeout_ms;
  *replicas = kx_reply_integer(reply);
  kx_reply_free(reply);
  return status;
}

/* WAIT is about what its own connection has written (its documentation): a new one
 * might be told that all is well. */
kx_status kx_redis_replicated(kx_redis *redis, kx_error *err) {
  char where[KX_REDIS_WHERE];
  int64_t replicas = 0;
  if (redis->config.min_replicas == 0)
    return KX_OK;
  if (redis->context == NULL)
    return kx_fail(err, KX_REDIS, "redis: the connection was lost");
  kx_status status = wait_for_replicas(redis, &replicas, err);
  if (status != KX_OK || replicas >= redis->config.min_replicas)
    return status;
  return kx_fail(err, KX_REDIS,
                 "%s has written, but after %d ms only %lld of %d replicas have it: it would be "
                 "lost with this Redis; look at INFO replication, then try again, or lower "
                 "min_replicas",
                 kx_redis_where(redis, where), redis->config.min_replicas_ms, (long long)replicas,
                 redis->config.min_replicas);
}
