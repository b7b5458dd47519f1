/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Commands and replies on a connection: commands are sent one after the other without waiting,
 * each with a function for its reply. An error reply fails the call that reads it. An error of a
 * server that is the wrong one (a replica, another node of the cluster) also drops the
 * connection. A connection that breaks drops all functions that wait; none of them is called. */

#ifndef KX_REDIS_PIPELINE_H
#define KX_REDIS_PIPELINE_H

#include "redis/config.h"
#include "redis/page.h"
#include "redis/reply.h"

/* Sends a command; `fn` gets the reply. With a NULL `fn` any reply will do, an error too. Fails
 * when there is no connection. */
kx_status kx_pipeline_send(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply_fn fn,
                           void *arg, kx_error *err);

/* Sends a command whose reply fills `page`; `fn` is called when it is complete. The caller has
 * set the page's kind (and `most`). The page must outlive the reply. */
kx_status kx_pipeline_send_page(kx_redis *redis, size_t argc, const kx_slice *argv, kx_page *page,
                                kx_reply_fn fn, void *arg, kx_error *err);

/* Sends a command and waits for its reply, which the caller frees; `out` may be NULL. For this
 * folder: kx_redis_call connects first. */
kx_status kx_pipeline_exchange(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                               kx_error *err);

/* Reads what has arrived, without waiting, and calls the functions of complete replies. Fails
 * when an answer is later than the client's timeout allows. */
kx_status kx_pipeline_progress(kx_redis *redis, kx_error *err);

/* Waits, at most `ms` milliseconds, until one of two connections that owe an answer can be read,
 * and reads what has arrived on both. */
kx_status kx_pipeline_progress_both(kx_redis *one, kx_redis *other, int ms, kx_error *err);

/* Waits until every command has its answer. */
kx_status kx_pipeline_drain(kx_redis *redis, kx_error *err);

/* The number of commands without an answer. */
size_t kx_pipeline_owed(const kx_redis *redis);

/* The socket, to wait until it can be read; -1 without a connection. */
int kx_pipeline_fd(const kx_redis *redis);

#endif
