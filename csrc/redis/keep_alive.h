/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Connections that may have died in silence: servers (`timeout` in redis.conf), proxies and NAT
 * drop silent connections. */

#ifndef KX_REDIS_KEEP_ALIVE_H
#define KX_REDIS_KEEP_ALIVE_H

#include "base/error.h"
#include "redis/config.h"

/* Drops the connection if the server has closed it, so that the next use makes another. To be
 * called at the beginning of an operation, never in the middle. */
void kx_keep_alive_refresh(kx_redis *redis);

/* What a task has seen of a connection that other calls use between its steps. */
typedef struct kx_keep_alive {
  int64_t opened, abandoned;
} kx_keep_alive;

/* Begins to look at a connection, of which the task awaits no answer. */
void kx_keep_alive_begin(kx_keep_alive *seen, const kx_redis *redis);

/* For a connection in use. Serves the answers that have arrived. If no answer is owed after that,
 * it either makes another connection, if the server has closed the present one, or asks the
 * server for a sign of life after a second of silence, without waiting for it. So the loss of a
 * connection between two commands costs nothing; its loss while an answer is owed is an error,
 * also when another call met it: the task's functions would wait for ever.
 *
 * `*reconnected` is true when there is another connection than the last time, also one that another call made. It
 * may lead to another server. */
kx_status kx_keep_alive_mind(kx_keep_alive *seen, kx_redis *redis, bool *reconnected,
                             kx_error *err);

#endif
