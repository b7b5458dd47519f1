/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/reply.h"

#include <hiredis/hiredis.h>

int64_t kx_reply_integer(const kx_reply *reply) {
  return reply != NULL && reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
}

kx_slice kx_reply_text(const kx_reply *reply) {
  if (reply == NULL || (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS &&
                        reply->type != REDIS_REPLY_ERROR))
    return (kx_slice){"", 0};
  return (kx_slice){reply->str, (size_t)reply->len};
}

bool kx_reply_is_nil(const kx_reply *reply) {
  return reply == NULL || reply->type == REDIS_REPLY_NIL;
}

bool kx_reply_is_error(const kx_reply *reply) {
  return reply != NULL && reply->type == REDIS_REPLY_ERROR;
}

bool kx_reply_is_integer(const kx_reply *reply) {
  return reply != NULL && reply->type == REDIS_REPLY_INTEGER;
}

bool kx_reply_is_array(const kx_reply *reply) {
  return reply != NULL && reply->type == REDIS_REPLY_ARRAY;
}

size_t kx_reply_size(const kx_reply *reply) {
  return reply != NULL && reply->type == REDIS_REPLY_ARRAY ? (size_t)reply->elements : 0;
}

const kx_reply *kx_reply_item(const kx_reply *reply, size_t i) {
  return i < kx_reply_size(reply) ? reply->element[i] : NULL;
}

void kx_reply_free(kx_reply *reply) {
  if (reply != NULL)
    freeReplyObject(reply);
}
