/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A client of one Redis, for all folders above this one. This folder alone sees hiredis.
 *
 * Two ways to send a command: kx_redis_call waits for the reply; kx_pipeline_send
 * (redis/pipeline.h) does not, and calls a function with it later. A call also serves the replies
 * of the commands before it. Large replies full of events become pages (redis/page.h).
 *
 * The first use makes the connection, and the first use after a break makes another. A break
 * fails the present command and drops every function that waits for a reply. After a fork the
 * child drops its parent's connection without using it. Error replies become KX_REDIS, with the
 * advice of redis/advice.h. */

#ifndef KX_REDIS_REDIS_H
#define KX_REDIS_REDIS_H

#include "redis/config.h"
#include "redis/connect.h"
#include "redis/keep_alive.h"
#include "redis/pipeline.h"
#include "redis/replicas.h"
#include "redis/reply.h"

/* The first write of a script that must also run when Redis is full. It takes no memory, as
 * `key` has no TTL to remove. After it Redis lets the script write anything, because it does not
 * stop a script in the middle (its documentation, "Execution under low memory conditions"). */
#define KX_WHEN_FULL(key) "redis.call('PERSIST', " key ") "

/* Makes a client; does not connect it. */
kx_status kx_redis_open(kx_redis **out, const kx_redis_config *config, kx_error *err);

/* Sends a command and waits for its reply, which the caller frees with kx_reply_free. `out` may
 * be NULL. */
kx_status kx_redis_call(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                        kx_error *err);

/* The same for a command that answers with an integer. */
kx_status kx_redis_integer(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                           kx_error *err);

/* The server's time, in microseconds since the epoch: all programs that share a Redis share its
 * clock. */
kx_status kx_redis_time(kx_redis *redis, int64_t *out, kx_error *err);

/* The server's run id (40 digits): a scan cursor means nothing to another process. Valid until
 * the connection breaks. */
kx_status kx_redis_run_id(kx_redis *redis, const char **out, kx_error *err);

/* True when both clients have the same server and database in their URLs. */
bool kx_redis_is_same(const kx_redis *one, const kx_redis *other);

/* Drops the connection and the functions that wait for replies; the next use connects again. */
void kx_redis_reset(kx_redis *redis);

/* Releases everything. NULL is allowed. */
void kx_redis_close(kx_redis *redis);

/* "hiredis/0.14.1". */
const char *kx_redis_version(void);

#endif
