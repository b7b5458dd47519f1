/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/dial.h"

#include "redis/pipeline.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct timeval span(int ms) {
  return (struct timeval){ms / 1000, (suseconds_t)(ms % 1000) * 1000};
}

/* hiredis 0.14 leaves the close-on-exec flag off. Its reader would free its buffer after every
 * page (maxbuf), but the next page needs a buffer of the same size. */
static void adopt(kx_redis *redis, redisContext *context) {
  redis->context = context;
  redis->trees = context->reader->fn;
  context->reader->maxbuf = 0;
  redis->pid = getpid();
  redis->opened++;
  redis->head = redis->owed = 0;
  redis->run_id[0] = '\0';
  if (context->fd >= 0)
    (void)fcntl(context->fd, F_SETFD, FD_CLOEXEC);
}

static kx_status start_tls(kx_redis *redis, kx_error *err) {
  char why[KX_REDIS_TLS_WHY];
  const kx_redis_tls_files files = {
    redis->config.ca_file, redis->config.cert_file, redis->config.key_file};
  kx_status status = kx_redis_tls_open(
    &redis->tls, redis->context->fd, redis->at.host, &files, redis->limit_ms, why);
  if (status == KX_REDIS)
    return kx_connection_fail(redis, why, err);
  if (status == KX_MEMORY)
    return kx_fail_memory(err);
  return status == KX_OK ? KX_OK : kx_fail(err, status, "%s", why);
}

kx_status kx_dial_set_limit(kx_redis *redis, kx_error *err) {
  return redisSetTimeout(redis->context, span(redis->limit_ms)) == REDIS_OK
           ? KX_OK
           : kx_connection_fail_context(redis, err);
}

static kx_status set_keep_alive(kx_redis *redis, kx_error *err) {
  if (redis->at.host[0] == '\0' || redisEnableKeepAlive(redis->context) == REDIS_OK)
    return KX_OK;
  return kx_connection_fail_context(redis, err);
}

kx_status kx_dial_open(kx_redis *redis, const kx_redis_place *at, kx_error *err) {
  struct timeval limit = span(redis->limit_ms);
  redis->at = *at;
  redisContext *context = redis->at.host[0]
                            ? redisConnectWithTimeout(redis->at.host, redis->at.port, limit)
                            : redisConnectUnixWithTimeout(redis->url.path, limit);
  if (context == NULL)
    return kx_fail_memory(err);
  adopt(redis, context);
  kx_status status = context->err ? kx_connection_fail_context(redis, err) : KX_OK;
  if (status == KX_OK)
    status = kx_dial_set_limit(redis, err);
  if (status == KX_OK)
    status = set_keep_alive(redis, err);
  return status == KX_OK && redis->url.tls ? start_tls(redis, err) : status;
}

kx_status kx_dial_authenticate(kx_redis *redis, const char *user, const char *password,
                               kx_error *err) {
  kx_slice argv[3] = {kx_str("AUTH"), kx_str(user), kx_str(password)};
  if (password[0] == '\0')
    return KX_OK;
  if (user[0] != '\0')
    return kx_pipeline_exchange(redis, 3, argv, NULL, err);
  argv[1] = argv[2];
  return kx_pipeline_exchange(redis, 2, argv, NULL, err);
}

static kx_status select_db(kx_redis *redis, kx_error *err) {
  char db[16];
  if (redis->url.db == 0)
    return KX_OK;
  snprintf(db, sizeof db, "%d", redis->url.db);
  kx_slice argv[2] = {kx_str("SELECT"), kx_str(db)};
  return kx_pipeline_exchange(redis, 2, argv, NULL, err);
}

kx_status kx_dial_enter(kx_redis *redis, const kx_redis_place *at, kx_error *err) {
  kx_status status = kx_dial_open(redis, at, err);
  if (status == KX_OK)
    status = kx_dial_authenticate(redis, redis->url.user, redis->url.password, err);
  return status == KX_OK ? select_db(redis, err) : status;
}
