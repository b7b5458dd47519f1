/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/pipeline.h"

#include "base/clock.h"
#include "redis/advice.h"
#include "redis/command.h"
#include "redis/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { READ_BYTES = 1 << 16 };

/* Keeps the address of "MOVED 3999 127.0.0.1:6381", to be followed. A node that does not know
 * its own name leaves the host out; then it is the host of the present connection. */
static void note_moved(kx_redis *redis, const char *text) {
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

/* The length of an error's text without the arguments of an unknown command, which Redis repeats:
 * those of AUTH are secrets. */
static int safe_len(const char *text) {
  const char *arguments = strstr(text, ", with args beginning");
  size_t len = arguments != NULL ? (size_t)(arguments - text) : strlen(text);
  return len < 200 ? (int)len : 200;
}

static kx_status refuse(kx_redis *redis, const char *text, kx_error *err) {
  char where[KX_CONNECTION_WHERE];
  const kx_advice *advice = kx_advice_for_reply(text);
  kx_fail(err, KX_REDIS, "%s answered \"%.*s\": %s", kx_connection_where(redis, where),
          safe_len(text), text, advice->text);
  if (advice->elsewhere) {
    note_moved(redis, text);
    kx_connection_drop(redis);
  }
  return KX_REDIS;
}

/* A command may hold a password. */
static kx_status write_command(kx_redis *redis, size_t argc, const kx_slice *argv, kx_error *err) {
  kx_buf out = {0};
  kx_status status;
  kx_redis_command(&out, kx_connection_prefix(redis), argc, argv);
  if (kx_buf_ok(&out)) {
    status = kx_connection_write(redis, kx_buf_view(&out), err);
  } else {
    kx_connection_drop(redis);
    status = kx_fail_memory(err);
  }
  kx_buf_wipe(&out);
  return status;
}

static kx_status enqueue(kx_redis *redis, size_t argc, const kx_slice *argv,
                         struct kx_redis_waiting entry, kx_error *err) {
  if (redis->context == NULL)
    return kx_fail(err, KX_REDIS, "redis: the connection was lost");
  if (redis->owed == KX_CONNECTION_QUEUE)
    return kx_connection_fail(redis, "too many commands without an answer", err);
  if (redis->owed == 0)
    redis->heard_ms = kx_monotonic_ms();
  redis->queue[(redis->head + redis->owed++) % KX_CONNECTION_QUEUE] = entry;
  return write_command(redis, argc, argv, err);
}

static struct kx_redis_waiting dequeue(kx_redis *redis) {
  struct kx_redis_waiting entry = redis->queue[redis->head];
  redis->head = (redis->head + 1) % KX_CONNECTION_QUEUE;
  redis->owed--;
  return entry;
}

/* Tells the reader, between two replies, how to build the next one. */
static void aim_reader(kx_redis *redis) {
  redisReader *reader = redis->context->reader;
  kx_page *page = redis->owed ? redis->queue[redis->head].page : NULL;
  if (reader->ridx != -1)
    return;
  reader->privdata = page;
  reader->fn = page == NULL ? redis->trees : kx_page_functions();
}

static kx_status deliver_page(kx_redis *redis, const struct kx_redis_waiting *entry,
                              kx_error *err) {
  if (entry->page->error.code != KX_OK)
    return refuse(redis, entry->page->error.text, err);
  if (!kx_buf_ok(&entry->page->events))
    return kx_fail_memory(err);
  return entry->fn(entry->arg, NULL, err);
}

static kx_status deliver_tree(kx_redis *redis, const struct kx_redis_waiting *entry,
                              redisReply *reply, kx_error *err) {
  if (entry->kept != NULL) {
    *entry->kept = reply;
    return KX_OK;
  }
  kx_status status = KX_OK;
  if (entry->fn != NULL)
    status = reply->type == REDIS_REPLY_ERROR ? refuse(redis, reply->str, err)
                                              : entry->fn(entry->arg, reply, err);
  freeReplyObject(reply);
  return status;
}

/* One complete reply, if there is one. */
static kx_status next_reply(kx_redis *redis, bool *got, kx_error *err) {
  void *reply = NULL;
  struct kx_redis_waiting entry;
  const redisReader *reader = redis->context->reader;
  *got = false;
  if (reader->pos == reader->len) /* without bytes the reader would begin a reply */
    return KX_OK;
  aim_reader(redis);
  if (redisGetReplyFromReader(redis->context, &reply) != REDIS_OK)
    return kx_connection_fail_context(redis, err);
  if (reply == NULL)
    return KX_OK;
  if (redis->owed == 0) {
    freeReplyObject(reply);
    return kx_connection_fail(redis, "the server sent an answer without a command", err);
  }
  *got = true;
  entry = dequeue(redis);
  return entry.page != NULL ? deliver_page(redis, &entry, err)
                            : deliver_tree(redis, &entry, reply, err);
}

static kx_status serve(kx_redis *redis, kx_error *err) {
  bool got = true;
  kx_status status = KX_OK;
  while (got && status == KX_OK && redis->context != NULL)
    status = next_reply(redis, &got, err);
  return status;
}

/* Takes what the socket holds, without waiting. */
static kx_status read_some(kx_redis *redis, bool *more, kx_error *err) {
  char bytes[READ_BYTES], why[KX_REDIS_TLS_WHY];
  ssize_t n = kx_connection_read(redis, bytes, sizeof bytes, why);
  *more = n > 0;
  if (n == 0)
    return kx_connection_fail(redis, "the server closed the connection", err);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR ? KX_OK : kx_connection_fail_errno(redis, why, err);
  redis->heard_ms = kx_monotonic_ms();
  if (redisReaderFeed(redis->context->reader, bytes, (size_t)n) == REDIS_OK)
    return KX_OK;
  kx_connection_drop(redis);
  return kx_fail_memory(err);
}

/* A stream that nobody takes from stays in the socket; that is not a delay of Redis. */
static bool is_full(kx_redis *redis) {
  const kx_page *page = redis->owed > 0 ? redis->queue[redis->head].page : NULL;
  bool full = page != NULL && kx_page_is_full(page);
  if (full)
    redis->heard_ms = kx_monotonic_ms();
  return full;
}

static kx_status check_delay(kx_redis *redis, kx_error *err) {
  char why[64];
  if (redis->owed == 0 || kx_monotonic_ms() - redis->heard_ms <= redis->limit_ms)
    return KX_OK;
  snprintf(why, sizeof why, "no answer within %d ms", redis->limit_ms);
  return kx_connection_fail(redis, why, err);
}

kx_status kx_pipeline_progress(kx_redis *redis, kx_error *err) {
  kx_status status = KX_OK;
  bool more = true;
  while (more && status == KX_OK && redis->owed > 0 && !is_full(redis)) {
    status = read_some(redis, &more, err);
    if (status == KX_OK && more)
      status = serve(redis, err);
  }
  return status == KX_OK ? check_delay(redis, err) : status;
}

int kx_pipeline_fd(const kx_redis *redis) {
  return redis->context != NULL ? redis->context->fd : -1;
}

static kx_status wait_readable(kx_redis *redis, kx_error *err) {
  struct pollfd ready = {.fd = kx_pipeline_fd(redis), .events = POLLIN};
  (void)poll(&ready, 1, redis->limit_ms);
  return kx_pipeline_progress(redis, err);
}

/* The descriptor to wait for; poll skips negative ones. */
static int awaited_fd(kx_redis *redis) {
  return redis->owed > 0 && !is_full(redis) ? kx_pipeline_fd(redis) : -1;
}

kx_status kx_pipeline_progress_both(kx_redis *one, kx_redis *other, int ms, kx_error *err) {
  struct pollfd ready[] = {
    {.fd = awaited_fd(one), .events = POLLIN}, {.fd = awaited_fd(other), .events = POLLIN}};
  kx_status status;
  (void)poll(ready, 2, one->owed + other->owed > 0 ? ms : 0);
  status = kx_pipeline_progress(one, err);
  return status == KX_OK ? kx_pipeline_progress(other, err) : status;
}

kx_status kx_pipeline_drain(kx_redis *redis, kx_error *err) {
  kx_status status = KX_OK;
  while (status == KX_OK && redis->owed > 0)
    status = wait_readable(redis, err);
  return status;
}

kx_status kx_pipeline_exchange(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                               kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = enqueue(redis, argc, argv, (struct kx_redis_waiting){.kept = &reply}, err);
  while (status == KX_OK && reply == NULL)
    status = wait_readable(redis, err);
  if (status == KX_OK && kx_reply_is_error(reply))
    status = refuse(redis, reply->str, err);
  if (reply == NULL) /* the queue may still point at it */
    kx_connection_drop(redis);
  if (status != KX_OK || out == NULL) {
    kx_reply_free(reply);
    return status;
  }
  *out = reply;
  return KX_OK;
}

kx_status kx_pipeline_send(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply_fn fn,
                           void *arg, kx_error *err) {
  return enqueue(redis, argc, argv, (struct kx_redis_waiting){.fn = fn, .arg = arg}, err);
}

kx_status kx_pipeline_send_page(kx_redis *redis, size_t argc, const kx_slice *argv, kx_page *page,
                                kx_reply_fn fn, void *arg, kx_error *err) {
  kx_page_begin(page);
  return enqueue(redis, argc, argv, (struct kx_redis_waiting){.fn = fn, .arg = arg, .page = page},
                 err);
}

size_t kx_pipeline_owed(const kx_redis *redis) {
  return redis->owed;
}
