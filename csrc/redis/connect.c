/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Getting connected: to the server that the URL names, to the master that its sentinels
 * name, or to the node of a cluster that has the keys. */

#include "base/clock.h"
#include "redis/command.h"
#include "redis/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_WAIT_MS = 10, LONGEST_WAIT_MS = 250, REDIRECTS_MOST = 5 };

static struct timeval span(int ms) {
  return (struct timeval){ms / 1000, (suseconds_t)(ms % 1000) * 1000};
}

/* hiredis 0.14 leaves the close-on-exec flag off. Its reader would free its
 * buffer after every page (maxbuf): the next page needs one just as large. */
static void adopt(kx_redis *redis, redisContext *context) {
  redis->context = context;
  redis->trees = context->reader->fn;
  context->reader->maxbuf = 0;
  redis->pid = getpid();
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
    return kx_redis_broken(redis, why, err);
  if (status == KX_MEMORY)
    return kx_fail_memory(err);
  return status == KX_OK ? KX_OK : kx_fail(err, status, "%s", why);
}

static kx_status dial(kx_redis *redis, const kx_redis_place *at, kx_error *err) {
  struct timeval limit = span(redis->limit_ms);
  redis->at = *at;
  redisContext *context = redis->at.host[0]
                            ? redisConnectWithTimeout(redis->at.host, redis->at.port, limit)
                            : redisConnectUnixWithTimeout(redis->url.path, limit);
  if (context == NULL)
    return kx_fail_memory(err);
  adopt(redis, context);
  if (context->err)
    return kx_redis_broken_context(redis, err);
  if (redisSetTimeout(context, limit) != REDIS_OK)
    return kx_redis_broken_context(redis, err);
  if (redis->at.host[0] && redisEnableKeepAlive(context) != REDIS_OK)
    return kx_redis_broken_context(redis, err);
  return redis->url.tls ? start_tls(redis, err) : KX_OK;
}

static kx_status authenticate(kx_redis *redis, const char *user, const char *password,
                              kx_error *err) {
  kx_slice argv[3] = {kx_str("AUTH"), kx_str(user), kx_str(password)};
  if (password[0] == '\0')
    return KX_OK;
  if (user[0] != '\0')
    return kx_redis_exchange(redis, 3, argv, NULL, err);
  argv[1] = argv[2];
  return kx_redis_exchange(redis, 2, argv, NULL, err);
}

static kx_status select_db(kx_redis *redis, kx_error *err) {
  char db[16];
  if (redis->url.db == 0)
    return KX_OK;
  snprintf(db, sizeof db, "%d", redis->url.db);
  kx_slice argv[2] = {kx_str("SELECT"), kx_str(db)};
  return kx_redis_exchange(redis, 2, argv, NULL, err);
}

static kx_status enter(kx_redis *redis, const kx_redis_place *at, kx_error *err) {
  kx_status status = dial(redis, at, err);
  if (status == KX_OK)
    status = authenticate(redis, redis->url.user, redis->url.password, err);
  return status == KX_OK ? select_db(redis, err) : status;
}

/* Sentinels: "Sentinel client spec" of the Redis documentation. */

static const char *or_empty(const char *text) {
  return text != NULL ? text : "";
}

static kx_status take_address(const kx_redis *redis, const kx_reply *reply, kx_redis_place *out,
                              kx_error *err) {
  char where[KX_REDIS_WHERE];
  kx_slice host = kx_reply_text(kx_reply_item(reply, 0));
  kx_slice port = kx_reply_text(kx_reply_item(reply, 1));
  if (host.len == 0 || host.len >= sizeof out->host || port.len == 0)
    return kx_fail(err, KX_REDIS, "%s knows no master \"%.100s\": check the name in the redis URL",
                   kx_redis_where(redis, where), redis->url.master);
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
  kx_status status = dial(redis, sentinel, err);
  if (status == KX_OK)
    status = authenticate(
      redis, or_empty(redis->config.sentinel_user), or_empty(redis->config.sentinel_password), err);
  if (status == KX_OK)
    status = kx_redis_exchange(redis, 3, argv, &reply, err);
  if (status == KX_OK)
    status = take_address(redis, reply, master, err);
  kx_reply_free(reply);
  kx_redis_reset(redis);
  redis->asking = false;
  return status;
}

/* A sentinel may not have heard of a failover, or name a replica before it is promoted. */
static kx_status check_role(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {kx_str("ROLE")};
  char where[KX_REDIS_WHERE];
  kx_reply *reply = NULL;
  kx_status status = kx_redis_exchange(redis, 1, argv, &reply, err);
  if (status == KX_OK && !kx_slice_is(kx_reply_text(kx_reply_item(reply, 0)), "master"))
    status = kx_fail(err, KX_REDIS,
                     "%s is a replica, though a sentinel names it as the master: try again, and if "
                     "that lasts look at SENTINEL MASTER",
                     kx_redis_where(redis, where));
  kx_reply_free(reply);
  return status;
}

/* No sentinel may use up the time that is there for all of them. */
static kx_status try_sentinel(kx_redis *redis, size_t which, bool *answered, kx_error *err) {
  kx_redis_place master;
  redis->limit_ms = redis->config.timeout_ms / (int)(redis->url.n_sentinels + 1) + 1;
  kx_status status = ask(redis, &redis->url.sentinels[which], &master, err);
  redis->limit_ms = redis->config.timeout_ms;
  *answered = status == KX_OK;
  if (status != KX_OK)
    return status;
  redis->sentinel = which;
  status = enter(redis, &master, err);
  if (status == KX_OK)
    status = check_role(redis, err);
  if (status != KX_OK)
    kx_redis_reset(redis);
  return status;
}

/* What is told is about the master, if one was named. */
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
  return kx_fail(err, KX_REDIS, "no sentinel names a master; the last one: %s", err->text);
}

/* A failover takes a while. */
static kx_status find_master(kx_redis *redis, kx_error *err) {
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

/* Clusters: all keys lie in one slot, which is one node's. */

/* "MOVED 3999 127.0.0.1:6381"; a node that does not know its own name leaves the host
 * out, which then is the one we are connected to. */
void kx_redis_note_moved(kx_redis *redis, const char *text) {
  kx_redis_place to = redis->at;
  char address[sizeof to.host + 8];
  if (sscanf(text, "MOVED %*d %263s", address) != 1)
    return;
  char *colon = strrchr(address, ':');
  if (colon == NULL || colon - address >= (int)sizeof to.host)
    return;
  *colon = '\0';
  to.port = (int)strtol(colon + 1, NULL, 10);
  if (address[0] != '\0' && strcmp(address, "?") != 0)
    snprintf(to.host, sizeof to.host, "%.*s", (int)(colon - address), address);
  redis->moved = to;
}

/* The prefix itself lies in the slot of all keys that begin with it. */
static kx_status ask_for_slot(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {kx_str("EXISTS"), kx_str("")};
  return kx_redis_exchange(redis, 2, argv, NULL, err);
}

static kx_status knock(kx_redis *redis, const kx_redis_place *at, int64_t until_ms, kx_error *err) {
  int64_t left_ms = until_ms - kx_monotonic_ms();
  redis->moved.host[0] = '\0';
  redis->limit_ms = left_ms > 1 ? (int)left_ms : 1;
  kx_status status = enter(redis, at, err);
  if (status == KX_OK)
    status = ask_for_slot(redis, err);
  redis->limit_ms = redis->config.timeout_ms;
  if (status == KX_OK && redisSetTimeout(redis->context, span(redis->limit_ms)) != REDIS_OK)
    return kx_redis_broken_context(redis, err);
  return status;
}

static kx_status follow(kx_redis *redis, const kx_redis_place *from, int64_t until_ms,
                        kx_error *err) {
  kx_status status = knock(redis, from, until_ms, err);
  for (int i = 0; i < REDIRECTS_MOST && status == KX_REDIS && redis->moved.host[0]; i++) {
    kx_redis_place to = redis->moved;
    status = knock(redis, &to, until_ms, err);
  }
  return status;
}

/* Either the node that had the keys or the one in the URL may be gone: each way has half
 * of the time. */
static kx_status find_node(kx_redis *redis, kx_error *err) {
  const kx_redis_place last = redis->at;
  int64_t now_ms = kx_monotonic_ms();
  kx_status status = KX_REDIS;
  if (last.host[0])
    status = follow(redis, &last, now_ms + redis->config.timeout_ms / 2, NULL);
  if (status == KX_OK)
    return KX_OK;
  kx_redis_reset(redis);
  return follow(redis, &redis->url.at, now_ms + redis->config.timeout_ms, err);
}

static kx_status reach(kx_redis *redis, kx_error *err) {
  if (redis->url.n_sentinels > 0)
    return find_master(redis, err);
  if (kx_redis_prefix_is_tag(kx_redis_prefix(redis)))
    return find_node(redis, err);
  return enter(redis, &redis->url.at, err);
}

kx_status kx_redis_connect(kx_redis *redis, kx_error *err) {
  kx_status status;
  if (redis->context != NULL && redis->pid != getpid())
    kx_redis_reset(redis);
  if (redis->context != NULL)
    return KX_OK;
  status = reach(redis, err);
  if (status != KX_OK)
    kx_redis_reset(redis);
  return status;
}
