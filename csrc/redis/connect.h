/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The way to a connection: to the server of the URL, to the master that its sentinels name, or to
 * the cluster node that has the keys. */

#ifndef KX_REDIS_CONNECT_H
#define KX_REDIS_CONNECT_H

#include "base/error.h"
#include "redis/config.h"

/* Connects if there is no connection. Drops a connection that a parent process opened before a
 * fork, and makes another. */
kx_status kx_redis_connect(kx_redis *redis, kx_error *err);

#endif
