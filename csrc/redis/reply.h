/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* What a reply of Redis says. */

#ifndef KX_REDIS_REPLY_H
#define KX_REDIS_REPLY_H

#include "base/error.h"

struct redisReply;
typedef struct redisReply kx_reply;

/* Is called with a reply that belongs to the connection (NULL for a page). A status other
 * than KX_OK ends the call that reads the replies, and becomes its result. */
typedef kx_status (*kx_reply_fn)(void *arg, const kx_reply *reply, kx_error *err);

/* 0 or "" when the reply is of another type. */
int64_t kx_reply_integer(const kx_reply *reply);
kx_slice kx_reply_text(const kx_reply *reply);

bool kx_reply_is_nil(const kx_reply *reply);
bool kx_reply_is_error(const kx_reply *reply);
bool kx_reply_is_integer(const kx_reply *reply);
bool kx_reply_is_array(const kx_reply *reply);

/* The items of an array; NULL for an item that it does not have. */
size_t kx_reply_size(const kx_reply *reply);
const kx_reply *kx_reply_item(const kx_reply *reply, size_t i);

/* Releases the reply. NULL is allowed. */
void kx_reply_free(kx_reply *reply);

#endif
