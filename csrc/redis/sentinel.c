/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/sentinel.h"

#include "base/clock.h"
#include "redis/dial.h"
#include "redis/pipeline.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_WAIT_MS = 10, LONGEST_WAIT_MS = 250 };

static const char *or_empty(const char *text) {
  return text != NULL ? text : "";
}

static kx_status take_address(const kx_redis *redis, const kx_reply *reply, kx_redis_place *out,
                              kx_error *err) {
  char where[KX_CONNECTION_WHERE];
  kx_slice host = kx_reply_text(kx_reply_item(reply, 0));
  kx_slice port = kx_reply_text(kx_reply_item(reply, 1));
  if (host.len == 0 || host.len >= sizeof out->host || port.len == 0)
    return kx_fail(err, KX_REDIS, "%s knows no master \"%.100s\": check the name in the redis URL",
                   kx_connection_where(redis, where), redis->url.master);
  snprintf(out->host, sizeof out->host, "%.*s", (int)host.len, host.data);
  out->port = (int)strtol(port.data, NULL, 10); /* hiredis ends texts with a NUL */
  return KX_OK;
}

static kx_status ask(kx_redis *redis, const kx_redis_place *sentinel, kx_redis_place *master,
                     kx_error *err) {
  const kx_slice argv[] = {
    kx_str("SENTINEL"), kx_str("get-master-addr-by-name"), kx_str(redis->url.master)};
  kx_reply *reply = NULL;
  redis->asking = true;
  kx_status status = kx_dial_open(redis, sentinel, err);
  if (status == KX_OK)
    status = kx_dial_authenticate(
      redis, or_empty(redis->config.sentinel_user), or_empty(redis->config.sentinel_password), err);
  if (status == KX_OK)
    status = kx_pipeline_exchange(redis, 3, argv, &reply, err);
  if (status == KX_OK)
    status = take_address(redis, reply, master, err);
  kx_reply_free(reply);
  kx_connection_drop(redis);
  redis->asking = false;
  return status;
}

/* A sentinel may not know of a failover, or may name a replica before it is promoted. */
static kx_status check_role(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {kx_str("ROLE")};
  char where[KX_CONNECTION_WHERE];
  kx_reply *reply = NULL;
  kx_status status = kx_pipeline_exchange(redis, 1, argv, &reply, err);
  if (status == KX_OK && !kx_slice_is(kx_reply_text(kx_reply_item(reply, 0)), "master"))
    status = kx_fail(err, KX_REDIS,
                     "%s is a replica, though a sentinel names it as the master: try again, and if "
                     "it stays so, look at SENTINEL MASTER",
                     kx_connection_where(redis, where));
  kx_reply_free(reply);
  return status;
}

/* One sentinel must not use up the time of all. */
static kx_status try_sentinel(kx_redis *redis, size_t which, bool *answered, kx_error *err) {
  kx_redis_place master;
  redis->limit_ms = redis->config.timeout_ms / (int)(redis->url.n_sentinels + 1) + 1;
  kx_status status = ask(redis, &redis->url.sentinels[which], &master, err);
  redis->limit_ms = redis->config.timeout_ms;
  *answered = status == KX_OK;
  if (status != KX_OK)
    return status;
  redis->sentinel = which;
  status = kx_dial_enter(redis, &master, err);
  if (status == KX_OK)
    status = check_role(redis, err);
  if (status != KX_OK)
    kx_connection_drop(redis);
  return status;
}

/* Reports the error of the master, if a sentinel named one. */
static kx_status try_sentinels(kx_redis *redis, kx_error *err) {
  size_t n = redis->url.n_sentinels, first = redis->sentinel;
  bool named = false;
  kx_status status = KX_REDIS;
  for (size_t i = 0; i < n && status == KX_REDIS; i++) {
    kx_error error = {0};
    bool answered = false;
    status = try_sentinel(redis, (first + i) % n, &answered, &error);
    if (status != KX_OK && err != NULL && (answered || !named))
      *err = error;
    named = named || answered;
  }
  if (status != KX_REDIS || named || err == NULL)
    return status;
  return kx_fail(err, KX_REDIS, "no sentinel names a master; the last error: %s", err->text);
}

kx_status kx_sentinel_find_master(kx_redis *redis, kx_error *err) {
  int64_t until_ms = kx_monotonic_ms() + redis->config.timeout_ms;
  int wait_ms = FIRST_WAIT_MS;
  kx_status status = try_sentinels(redis, err);
  while (status == KX_REDIS && kx_monotonic_ms() + wait_ms < until_ms) {
    (void)poll(NULL, 0, wait_ms);
    wait_ms = 2 * wait_ms < LONGEST_WAIT_MS ? 2 * wait_ms : LONGEST_WAIT_MS;
    status = try_sentinels(redis, err);
  }
  return status;
}
