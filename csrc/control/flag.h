/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The switch: is exporting on? On means that the key's value, read as an
 * integer as Ruby's String#to_i does, is 1. */

#ifndef KX_CONTROL_FLAG_H
#define KX_CONTROL_FLAG_H

#include "redis/redis.h"

/* Turns exporting on, for every exporter that shares this Redis. */
kx_status kx_flag_enable(kx_redis *redis, kx_error *err);

/* Turns exporting off. Running exports stop at their next call. */
kx_status kx_flag_disable(kx_redis *redis, kx_error *err);

/* Asks. */
kx_status kx_flag_enabled(kx_redis *redis, bool *out, kx_error *err);

/* Queues the question; `fn` reads the answer with kx_flag_is_on. */
kx_status kx_flag_ask(kx_redis *redis, kx_reply_fn fn, void *arg, kx_error *err);
bool kx_flag_is_on(const kx_reply *reply);

#endif
