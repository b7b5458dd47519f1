/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A command in the protocol of Redis, with a prefix before its keys. Pure. */

#ifndef KX_REDIS_COMMAND_H
#define KX_REDIS_COMMAND_H

#include "base/buf.h"

/* Appends a command: an array of bulk strings (the specification of the Redis serialization
 * protocol, "Sending commands to a Redis server"). Puts `prefix` before each of its keys. A script
 * that derives more keys adds the prefix itself. */
void kx_redis_command(kx_buf *out, kx_slice prefix, size_t argc, const kx_slice *argv);

/* True when all keys with this prefix lie in one hash slot of a Redis Cluster, because it has a
 * hash tag (the cluster specification, "Hash tags"). */
bool kx_redis_prefix_is_tag(kx_slice prefix);

#endif
