/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The switch: is exporting on? It is on when the value of its key is 1, read as an integer the way
 * String#to_i of Ruby reads it. */

#ifndef KX_CONTROL_FLAG_H
#define KX_CONTROL_FLAG_H

#include "redis/redis.h"

/* Turns exporting on, for every exporter that shares this Redis. */
kx_status kx_flag_enable(kx_redis *redis, kx_error *err);

/* Turns exporting off. Exports that are running stop at their next call. */
kx_status kx_flag_disable(kx_redis *redis, kx_error *err);

/* Asks and waits for the answer. */
kx_status kx_flag_enabled(kx_redis *redis, bool *out, kx_error *err);

/* Asks without waiting; `fn` reads the answer with kx_flag_is_on. */
kx_status kx_flag_ask(kx_redis *redis, kx_reply_fn fn, void *arg, kx_error *err);
bool kx_flag_is_on(const kx_reply *reply);

#endif
