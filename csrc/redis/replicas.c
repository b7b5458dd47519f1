/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/replicas.h"

#include "redis/connection.h"
#include "redis/pipeline.h"

#include <stdio.h>

static kx_status wait_for_replicas(kx_redis *redis, int64_t *replicas, kx_error *err) {
  char n[16], ms[16];
  kx_reply *reply = NULL;
  snprintf(n, sizeof n, "%d", redis->config.min_replicas);
  snprintf(ms, sizeof ms, "%d", redis->config.min_replicas_timeout_ms);
  const kx_slice argv[] = {kx_str("WAIT"), kx_str(n), kx_str(ms)};
  redis->limit_ms += redis->config.min_replicas_timeout_ms;
  kx_status status = kx_pipeline_exchange(redis, 3, argv, &reply, err);
  redis->limit_ms = redis->config.timeout_ms;
  *replicas = kx_reply_integer(reply);
  kx_reply_free(reply);
  return status;
}

/* WAIT only counts what its own connection has written (its documentation): on a new connection it
 * would always succeed. */
kx_status kx_replicas_wait(kx_redis *redis, kx_error *err) {
  char where[KX_CONNECTION_WHERE];
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
                 kx_connection_where(redis, where), redis->config.min_replicas_timeout_ms,
                 (long long)replicas, redis->config.min_replicas);
}
