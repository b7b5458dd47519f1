/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Redis Cluster: all keys lie in one hash slot, and one node has it. */

#ifndef KX_REDIS_CLUSTER_H
#define KX_REDIS_CLUSTER_H

#include "redis/connection.h"

/* Connects to the node that has the keys: follows redirections (MOVED), from the last node or
 * from the node of the URL. */
kx_status kx_cluster_find_node(kx_redis *redis, kx_error *err);

#endif
