/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/connect.h"

#include "redis/cluster.h"
#include "redis/command.h"
#include "redis/connection.h"
#include "redis/dial.h"
#include "redis/sentinel.h"

#include <unistd.h>

static kx_status reach(kx_redis *redis, kx_error *err) {
  if (redis->url.n_sentinels > 0)
    return kx_sentinel_find_master(redis, err);
  if (kx_redis_prefix_is_tag(kx_connection_prefix(redis)))
    return kx_cluster_find_node(redis, err);
  return kx_dial_enter(redis, &redis->url.at, err);
}

kx_status kx_redis_connect(kx_redis *redis, kx_error *err) {
  kx_status status;
  if (redis->context != NULL && redis->pid != getpid())
    kx_connection_drop(redis);
  if (redis->context != NULL)
    return KX_OK;
  status = reach(redis, err);
  if (status != KX_OK)
    kx_connection_drop(redis);
  return status;
}
