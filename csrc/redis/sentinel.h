/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The master, as sentinels name it ("Sentinel client spec" of the Redis documentation). */

#ifndef KX_REDIS_SENTINEL_H
#define KX_REDIS_SENTINEL_H

#include "redis/connection.h"

/* Asks the sentinels of the URL and connects to the master that they name. Tries again within
 * the client's timeout, as a failover takes a while. */
kx_status kx_sentinel_find_master(kx_redis *redis, kx_error *err);

#endif
