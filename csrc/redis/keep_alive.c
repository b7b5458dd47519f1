/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/keep_alive.h"

#include "base/clock.h"
#include "redis/connect.h"
#include "redis/connection.h"
#include "redis/pipeline.h"

#include <errno.h>
#include <unistd.h>

enum { SILENT_MS = 1000 };

/* Where no answer is owed there is nothing to read, except what TLS keeps to itself. */
void kx_keep_alive_refresh(kx_redis *redis) {
  char byte, why[KX_REDIS_TLS_WHY];
  if (redis->context != NULL && redis->pid != getpid()) /* what arrives is the parent's */
    kx_connection_drop(redis);
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

void kx_keep_alive_begin(kx_keep_alive *seen, const kx_redis *redis) {
  *seen = (kx_keep_alive){redis->opened, redis->abandoned};
}

static kx_status stay(kx_redis *redis, kx_error *err) {
  kx_status status = kx_pipeline_progress(redis, err);
  if (status != KX_OK || redis->owed > 0)
    return status;
  kx_keep_alive_refresh(redis);
  return redis->context == NULL ? kx_redis_connect(redis, err) : ask_for_life(redis, err);
}

kx_status kx_keep_alive_mind(kx_keep_alive *seen, kx_redis *redis, bool *reconnected,
                             kx_error *err) {
  char where[KX_CONNECTION_WHERE];
  kx_status status;
  *reconnected = false;
  if (seen->abandoned != redis->abandoned)
    return kx_fail(err, KX_REDIS, "%s: the connection broke while an answer was awaited: try again",
                   kx_connection_where(redis, where));
  status = stay(redis, err);
  *reconnected = seen->opened != redis->opened;
  seen->opened = redis->opened;
  return status;
}
