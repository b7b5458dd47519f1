/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Writes that outlive the server: replicas have them, too. */

#ifndef KX_REDIS_REPLICAS_H
#define KX_REDIS_REPLICAS_H

#include "base/error.h"
#include "redis/config.h"

/* Waits, at most `min_replicas_timeout_ms`, until `min_replicas` replicas have what this
 * connection has written. KX_REDIS when fewer have it: it is written, and may be written again.
 * To try again, write something first: the connection may be a new one, and only its own writes
 * count. */
kx_status kx_replicas_wait(kx_redis *redis, kx_error *err);

#endif
