/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/connection.h"

#include "redis/advice.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

kx_slice kx_connection_prefix(const kx_redis *redis) {
  return kx_str(redis->config.key_prefix ? redis->config.key_prefix : "");
}

const char *kx_connection_where(const kx_redis *redis, char out[KX_CONNECTION_WHERE]) {
  const char *what = redis->asking ? "sentinel" : "redis";
  if (redis->at.host[0])
    snprintf(out, KX_CONNECTION_WHERE, "%s %s:%d", what, redis->at.host, redis->at.port);
  else
    snprintf(out, KX_CONNECTION_WHERE, "%s %s", what, redis->url.path);
  return out;
}

void kx_connection_drop(kx_redis *redis) {
  redisContext *context = redis->context;
  redis->context = NULL;
  redis->abandoned += redis->owed > 0;
  redis->head = redis->owed = 0;
  kx_redis_tls_close(redis->tls);
  redis->tls = NULL;
  if (context != NULL)
    redisFree(context);
}

kx_status kx_connection_fail(kx_redis *redis, const char *why, kx_error *err) {
  char where[KX_CONNECTION_WHERE];
  kx_fail(err, KX_REDIS, "%s: %s: %s", kx_connection_where(redis, where), why,
          kx_advice_for_connection(why));
  kx_connection_drop(redis);
  return KX_REDIS;
}

kx_status kx_connection_fail_context(kx_redis *redis, kx_error *err) {
  char why[160];
  const redisContext *context = redis->context;
  if (context == NULL || context->err == REDIS_ERR_OOM) {
    kx_connection_drop(redis);
    return kx_fail_memory(err);
  }
  snprintf(why, sizeof why, "%s", context->errstr);
  return kx_connection_fail(redis, why, err);
}

ssize_t kx_connection_read(kx_redis *redis, char *to, size_t len, char why[KX_REDIS_TLS_WHY]) {
  return redis->tls != NULL ? kx_redis_tls_read(redis->tls, to, len, why)
                            : recv(redis->context->fd, to, len, MSG_DONTWAIT);
}

kx_status kx_connection_fail_errno(kx_redis *redis, const char *why, kx_error *err) {
  if (errno == EPROTO && redis->tls != NULL)
    return kx_connection_fail(redis, why, err);
  return kx_connection_fail(
    redis, errno == EAGAIN ? "the server does not read" : strerror(errno), err);
}

static kx_status write_some(kx_redis *redis, kx_slice *left, kx_error *err) {
  char why[KX_REDIS_TLS_WHY];
  ssize_t n = redis->tls != NULL
                ? kx_redis_tls_write(redis->tls, left->data, left->len, redis->limit_ms, why)
                : send(redis->context->fd, left->data, left->len, MSG_NOSIGNAL);
  if (n < 0 && errno != EINTR)
    return kx_connection_fail_errno(redis, why, err);
  if (n > 0)
    *left = (kx_slice){left->data + n, left->len - (size_t)n};
  return KX_OK;
}

kx_status kx_connection_write(kx_redis *redis, kx_slice left, kx_error *err) {
  kx_status status = KX_OK;
  while (left.len > 0 && status == KX_OK)
    status = write_some(redis, &left, err);
  return status;
}
