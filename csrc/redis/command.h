/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A command as Redis reads it, with a prefix before its keys. Pure. */

#ifndef KX_REDIS_COMMAND_H
#define KX_REDIS_COMMAND_H

#include "base/buf.h"

/* Appends a command: an array of bulk strings (the Redis serialization protocol's
 * specification, "Sending commands to a Redis server"). `prefix` goes before each of its
 * keys; those that a script makes up are the script's affair. */
void kx_redis_command(kx_buf *out, kx_slice prefix, size_t argc, const kx_slice *argv);

/* True when keys with this prefix lie in one hash slot of a Redis Cluster: it holds a
 * hash tag (the cluster specification, "Hash tags"). */
bool kx_redis_prefix_is_tag(kx_slice prefix);

#endif
