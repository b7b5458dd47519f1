/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/keep_alive.h"

#include "base/clock.h"
#include "redis/connect.h"
#include "redis/connection.h"
#include "redis/pipeline.h"

#include <errno.h>

enum { SILENT_MS = 1000 };

/* Where no answer is owed there is nothing to read, except what TLS keeps to itself. */
void kx_keep_alive_refresh(kx_redis *redis) {
  char byte, why[KX_REDIS_TLS_WHY];
  if (redis->context == NULL || redis->owed > 0)
    return;
  if (kx_connection_read(redis, &byte, 1, why) >= 0 || errno != EAGAIN)
    kx_connection_drop(redis);
}

/* TIME instead of PING: exports may use TIME anyway, where a user has few rights. */
static kx_status ask_for_life(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {kx_str("TIME")};
  if (kx_monotonic_ms() - redis->heard_ms < SILENT_MS)
    return KX_OK;
  return kx_pipeline_send(redis, 1, argv, NULL, NULL, err);
}

kx_status kx_keep_alive_mind(kx_redis *redis, bool *reconnected, kx_error *err) {
  kx_status status = kx_pipeline_progress(redis, err);
  *reconnected = false;
  if (status != KX_OK || redis->owed > 0)
    return status;
  kx_keep_alive_refresh(redis);
  *reconnected = redis->context == NULL;
  return *reconnected ? kx_redis_connect(redis, err) : ask_for_life(redis, err);
}
