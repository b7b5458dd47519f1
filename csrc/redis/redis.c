/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/connection.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "redis/command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, SILENT_MS = 1000 };

/* A page is filled by the reader as it parses: the cursor of an SSCAN is the
 * root's first item, its members are one level deeper; the members of a SUNION and
 * the values of an LRANGE are the root's items. */

/* A newline ends an event on its way to Kinesis. Inside one it can only be
 * white space between JSON tokens, so a space says the same. A stats key that has one
 * is not valid; it must not become another key, and is not one with a NUL either. */
static void append_line(kx_page *page, const char *text, size_t len) {
  char instead = page->kind == KX_PAGE_STREAM ? '\0' : ' ';
  size_t at = page->events.len;
  kx_buf_append(&page->events, text, len);
  kx_buf_putc(&page->events, '\n');
  if (kx_buf_ok(&page->events)) {
    char *line = page->events.data + at;
    for (char *p = line; (p = memchr(p, '\n', (size_t)(line + len - p))) != NULL;)
      *p = instead;
  }
}

/* Other programs may forget the newline that ends a chunk's last event. */
static void append_chunk(kx_page *page, const char *text, size_t len) {
  kx_buf_append(&page->events, text, len);
  if (text[len - 1] != '\n')
    kx_buf_putc(&page->events, '\n');
}

static void *text_arrived(const redisReadTask *task, char *text, size_t len) {
  kx_page *page = task->privdata;
  bool root_item = task->parent != NULL && task->parent->parent == NULL;
  if (task->type == REDIS_REPLY_ERROR) {
    kx_fail(&page->error, KX_REDIS, "%.*s", (int)(len < 300 ? len : 300), text);
    return page;
  }
  if (page->kind == KX_PAGE_SCAN && root_item) {
    snprintf(page->cursor, sizeof page->cursor, "%.*s", (int)len, text);
    return page;
  }
  if (len == 0) {
    page->empty++;
    return page;
  }
  if (page->kind == KX_PAGE_CHUNKS)
    append_chunk(page, text, len);
  else
    append_line(page, text, len);
  page->items++;
  return page;
}

#if HIREDIS_MAJOR >= 1
static void *array_arrived(const redisReadTask *task, size_t n) {
#else
static void *array_arrived(const redisReadTask *task, int n) {
#endif
  (void)n;
  return task->privdata;
}

static void *integer_arrived(const redisReadTask *task, long long n) {
  (void)n;
  return task->privdata;
}

static void *nil_arrived(const redisReadTask *task) {
  return task->privdata;
}

static void page_dropped(void *page) {
  (void)page;
}

static redisReplyObjectFunctions page_functions = {
  .createString = text_arrived,
  .createArray = array_arrived,
  .createInteger = integer_arrived,
  .createNil = nil_arrived,
  .freeObject = page_dropped,
};

/* What an operator can do about an error reply; `elsewhere`: this is not, or no longer,
 * the server to talk to, and the next use finds the right one. */
static const struct hint {
  const char *prefix, *advice;
  bool elsewhere;
} hints[] = {
  {"NOAUTH", "give a password in the redis URL, or redis_sentinel_password", false},
  {"WRONGPASS", "check user and password in the redis URL", false},
  {"ERR AUTH", "check user and password in the redis URL", false},
  {"ERR invalid password", "check the password in the redis URL", false},
  {"NOPERM", "grant the Redis user the commands and keys named in the README", false},
  {"The user executing the script",
   "grant the Redis user the commands and keys named in the README", false},
  {"READONLY", "it is a replica: point the redis option at the primary, or at sentinels", true},
  {"UNBLOCKED", "it has just become a replica: try again", true},
  {"OOM", "Redis is full: raise maxmemory, or make room: kinesis-exporter flush can", false},
  {"MISCONF", "Redis cannot write its snapshot: look at its disk and log", false},
  {"NOREPLICAS", "bring its replicas back, or lower its min-replicas-to-write", false},
  {"BUSY", "a script or function runs there: wait, or end it with SCRIPT KILL", false},
  {"LOADING", "Redis is still loading its data: try again soon", false},
  {"WRONGTYPE", "a key of the exporter holds another type: see the README's list of keys", false},
  {"ERR DB index", "check the database number in the redis URL", false},
  {"SELECT is not allowed", "a cluster has database 0 alone: correct the redis URL", false},
  {"MASTERDOWN", "this replica has lost its primary: point the redis option at the primary", true},
  {"CLUSTERDOWN", "the cluster is not serving: see CLUSTER INFO", false},
  {"CROSSSLOT", "this is a Redis Cluster: set key_prefix to a hash tag, see the README", false},
  {"MOVED",
   "its keys are on another cluster node: with a hash tag in key_prefix the next attempt goes "
   "there, see the README",
   true},
  {"TRYAGAIN", "the keys' hash slot is being moved: try again when it has been", false},
  {"ASK ", "the keys' hash slot is being moved: try again when it has been", false},
  {"", "see the Redis log", false},
};

static const struct hint *hint_of(const char *text) {
  const struct hint *hint = hints;
  while (strstr(text, hint->prefix) == NULL)
    hint++;
  return hint;
}

kx_slice kx_redis_prefix(const kx_redis *redis) {
  return kx_str(redis->config.key_prefix ? redis->config.key_prefix : "");
}

const char *kx_redis_where(const kx_redis *redis, char out[KX_REDIS_WHERE]) {
  const char *what = redis->asking ? "sentinel" : "redis";
  if (redis->at.host[0])
    snprintf(out, KX_REDIS_WHERE, "%s %s:%d", what, redis->at.host, redis->at.port);
  else
    snprintf(out, KX_REDIS_WHERE, "%s %s", what, redis->url.path);
  return out;
}

static kx_status refused(kx_redis *redis, const char *text, kx_error *err) {
  char where[KX_REDIS_WHERE];
  const struct hint *hint = hint_of(text);
  kx_fail(err, KX_REDIS, "%s answered \"%.200s\": %s", kx_redis_where(redis, where), text,
          hint->advice);
  if (hint->elsewhere) {
    kx_redis_note_moved(redis, text);
    kx_redis_reset(redis);
  }
  return KX_REDIS;
}

kx_status kx_redis_broken(kx_redis *redis, const char *why, kx_error *err) {
  const char *advice = "check the redis option and that the server runs";
  char where[KX_REDIS_WHERE];
  if (strstr(why, "Permission denied"))
    advice = "let this user open the socket (unixsocketperm in redis.conf, or its group)";
  kx_fail(err, KX_REDIS, "%s: %s: %s", kx_redis_where(redis, where), why, advice);
  kx_redis_reset(redis);
  return KX_REDIS;
}

kx_status kx_redis_broken_context(kx_redis *redis, kx_error *err) {
  char why[160];
  const redisContext *context = redis->context;
  if (context == NULL || context->err == REDIS_ERR_OOM)
    return kx_redis_reset(redis), kx_fail_memory(err);
  snprintf(why, sizeof why, "%s", context->errstr);
  return kx_redis_broken(redis, why, err);
}

/* What an attempt to read or write came to. */
static kx_status failed(kx_redis *redis, const char *why, kx_error *err) {
  if (errno == EPROTO && redis->tls != NULL)
    return kx_redis_broken(redis, why, err);
  return kx_redis_broken(redis, errno == EAGAIN ? "takes nothing" : strerror(errno), err);
}

static kx_status send_some(kx_redis *redis, kx_slice *left, kx_error *err) {
  char why[KX_REDIS_TLS_WHY];
  ssize_t n = redis->tls != NULL
                ? kx_redis_tls_write(redis->tls, left->data, left->len, redis->limit_ms, why)
                : send(redis->context->fd, left->data, left->len, MSG_NOSIGNAL);
  if (n < 0 && errno != EINTR)
    return failed(redis, why, err);
  if (n > 0)
    *left = (kx_slice){left->data + n, left->len - (size_t)n};
  return KX_OK;
}

static kx_status flush_out(kx_redis *redis, kx_error *err) {
  kx_slice left = kx_buf_view(&redis->out);
  kx_status status = KX_OK;
  while (left.len > 0 && status == KX_OK)
    status = send_some(redis, &left, err);
  kx_buf_free(&redis->out);
  return status;
}

static kx_status append(kx_redis *redis, size_t argc, const kx_slice *argv, kx_error *err) {
  kx_redis_command(&redis->out, kx_redis_prefix(redis), argc, argv);
  return kx_buf_ok(&redis->out) ? KX_OK : (kx_redis_reset(redis), kx_fail_memory(err));
}

static kx_status enqueue(kx_redis *redis, size_t argc, const kx_slice *argv,
                         struct kx_redis_waiting entry, kx_error *err) {
  kx_status status;
  if (redis->owed == KX_REDIS_QUEUE)
    return kx_redis_broken(redis, "too many commands without an answer", err);
  status = append(redis, argc, argv, err);
  if (status != KX_OK)
    return status;
  if (redis->owed == 0)
    redis->heard_ms = kx_monotonic_ms();
  redis->queue[(redis->head + redis->owed++) % KX_REDIS_QUEUE] = entry;
  return redis->corked ? KX_OK : flush_out(redis, err);
}

static struct kx_redis_waiting dequeue(kx_redis *redis) {
  struct kx_redis_waiting entry = redis->queue[redis->head];
  redis->head = (redis->head + 1) % KX_REDIS_QUEUE;
  redis->owed--;
  return entry;
}

/* Between replies the reader is told how to build the next one. */
static void aim_reader(kx_redis *redis) {
  redisReader *reader = redis->context->reader;
  kx_page *page = redis->owed ? redis->queue[redis->head].page : NULL;
  if (reader->ridx != -1)
    return;
  reader->privdata = page;
  reader->fn = page == NULL ? redis->trees : &page_functions;
}

static kx_status deliver_page(kx_redis *redis, const struct kx_redis_waiting *entry,
                              kx_error *err) {
  if (entry->page->error.code != KX_OK)
    return refused(redis, entry->page->error.text, err);
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
    status = reply->type == REDIS_REPLY_ERROR ? refused(redis, reply->str, err)
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
  if (reader->pos == reader->len) /* asked without bytes, the reader would begin a reply */
    return KX_OK;
  aim_reader(redis);
  if (redisGetReplyFromReader(redis->context, &reply) != REDIS_OK)
    return kx_redis_broken_context(redis, err);
  if (reply == NULL)
    return KX_OK;
  if (redis->owed == 0) {
    freeReplyObject(reply);
    return kx_redis_broken(redis, "sent an answer to nothing", err);
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

static ssize_t receive(kx_redis *redis, char *to, size_t len, char *why) {
  return redis->tls != NULL ? kx_redis_tls_read(redis->tls, to, len, why)
                            : recv(redis->context->fd, to, len, MSG_DONTWAIT);
}

/* Takes what the socket holds, without waiting. */
static kx_status read_some(kx_redis *redis, bool *more, kx_error *err) {
  char bytes[READ_BYTES], why[KX_REDIS_TLS_WHY];
  ssize_t n = receive(redis, bytes, sizeof bytes, why);
  *more = n > 0;
  if (n == 0)
    return kx_redis_broken(redis, "the server closed the connection", err);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR ? KX_OK : failed(redis, why, err);
  redis->heard_ms = kx_monotonic_ms();
  if (redisReaderFeed(redis->context->reader, bytes, (size_t)n) != REDIS_OK)
    return kx_redis_reset(redis), kx_fail_memory(err);
  return KX_OK;
}

void kx_redis_cork(kx_redis *redis) {
  redis->corked = true;
}

static kx_status uncork(kx_redis *redis, kx_error *err) {
  if (!redis->corked)
    return KX_OK;
  redis->corked = false;
  return redis->context != NULL ? flush_out(redis, err) : KX_OK;
}

/* A stream that nobody takes from is left in the socket; that is not Redis's delay. */
static bool is_full(kx_redis *redis) {
  const kx_page *page = redis->owed > 0 ? redis->queue[redis->head].page : NULL;
  bool full = page != NULL && page->kind == KX_PAGE_STREAM && page->events.len >= page->most;
  if (full)
    redis->heard_ms = kx_monotonic_ms();
  return full;
}

kx_status kx_redis_progress(kx_redis *redis, kx_error *err) {
  kx_status status = uncork(redis, err);
  bool more = true;
  while (more && status == KX_OK && redis->owed > 0 && !is_full(redis)) {
    status = read_some(redis, &more, err);
    if (status == KX_OK && more)
      status = serve(redis, err);
  }
  if (status == KX_OK && redis->owed > 0 && kx_monotonic_ms() - redis->heard_ms > redis->limit_ms) {
    char why[64];
    snprintf(why, sizeof why, "no answer within %d ms", redis->limit_ms);
    return kx_redis_broken(redis, why, err);
  }
  return status;
}

int kx_redis_fd(const kx_redis *redis) {
  return redis->context != NULL ? redis->context->fd : -1;
}

static kx_status wait_readable(kx_redis *redis, kx_error *err) {
  struct pollfd ready = {.fd = kx_redis_fd(redis), .events = POLLIN};
  kx_status status = uncork(redis, err);
  if (status != KX_OK)
    return status;
  (void)poll(&ready, 1, redis->limit_ms);
  return kx_redis_progress(redis, err);
}

/* The descriptor to wait for; poll skips negative ones. */
static int awaited_fd(kx_redis *redis) {
  return redis->owed > 0 && !is_full(redis) ? kx_redis_fd(redis) : -1;
}

kx_status kx_redis_progress_both(kx_redis *one, kx_redis *other, int ms, kx_error *err) {
  struct pollfd ready[] = {
    {.fd = awaited_fd(one), .events = POLLIN}, {.fd = awaited_fd(other), .events = POLLIN}};
  kx_status status;
  (void)poll(ready, 2, one->owed + other->owed > 0 ? ms : 0);
  status = kx_redis_progress(one, err);
  return status == KX_OK ? kx_redis_progress(other, err) : status;
}

kx_status kx_redis_drain(kx_redis *redis, kx_error *err) {
  kx_status status = KX_OK;
  while (status == KX_OK && redis->owed > 0)
    status = wait_readable(redis, err);
  return status;
}

kx_status kx_redis_exchange(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                            kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = enqueue(redis, argc, argv, (struct kx_redis_waiting){.kept = &reply}, err);
  while (status == KX_OK && reply == NULL)
    status = wait_readable(redis, err);
  if (status == KX_OK && reply != NULL && reply->type == REDIS_REPLY_ERROR)
    status = refused(redis, reply->str, err);
  if (reply == NULL) /* the queue may still point at it */
    kx_redis_reset(redis);
  if (status != KX_OK || out == NULL) {
    kx_reply_free(reply);
    return status;
  }
  *out = reply;
  return KX_OK;
}

/* There is nothing to be read where no answer is owed, but for what TLS keeps to itself. */
void kx_redis_refresh(kx_redis *redis) {
  char byte, why[KX_REDIS_TLS_WHY];
  if (redis->context == NULL || redis->owed > 0)
    return;
  if (receive(redis, &byte, 1, why) >= 0 || errno != EAGAIN)
    kx_redis_reset(redis);
}

/* TIME instead of PING: exports may use it anyway, where a user has few rights. */
static kx_status ask_for_life(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {kx_str("TIME")};
  if (kx_monotonic_ms() - redis->heard_ms < SILENT_MS)
    return KX_OK;
  return enqueue(redis, 1, argv, (struct kx_redis_waiting){0}, err);
}

kx_status kx_redis_stay(kx_redis *redis, bool *anew, kx_error *err) {
  kx_status status = kx_redis_progress(redis, err);
  *anew = false;
  if (status != KX_OK || redis->owed > 0)
    return status;
  kx_redis_refresh(redis);
  *anew = redis->context == NULL;
  return *anew ? kx_redis_connect(redis, err) : ask_for_life(redis, err);
}

kx_status kx_redis_run_id(kx_redis *redis, const char **out, kx_error *err) {
  kx_slice argv[2] = {kx_str("INFO"), kx_str("server")};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_connect(redis, err);
  *out = redis->run_id;
  if (status != KX_OK || redis->run_id[0])
    return status;
  status = kx_redis_exchange(redis, 2, argv, &reply, err);
  if (status != KX_OK)
    return status;
  const char *at = reply->str ? strstr(reply->str, "run_id:") : NULL;
  if (at == NULL || sscanf(at, "run_id:%63[0-9a-zA-Z]", redis->run_id) != 1)
    status = kx_fail(err, KX_REPLY, "redis: INFO server names no run_id");
  kx_reply_free(reply);
  return status;
}

kx_status kx_redis_call(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                        kx_error *err) {
  kx_status status = kx_redis_connect(redis, err);
  return status == KX_OK ? kx_redis_exchange(redis, argc, argv, out, err) : status;
}

kx_status kx_redis_integer(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                           kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, argc, argv, &reply, err);
  *out = kx_reply_integer(reply);
  kx_reply_free(reply);
  return status;
}

kx_status kx_redis_time(kx_redis *redis, int64_t *out, kx_error *err) {
  const kx_slice argv[] = {kx_str("TIME")};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, 1, argv, &reply, err);
  *out = strtoll(kx_reply_text(kx_reply_item(reply, 0)).data, NULL, 10) * 1000000 +
         strtoll(kx_reply_text(kx_reply_item(reply, 1)).data, NULL, 10);
  kx_reply_free(reply);
  return status;
}

static bool is_same_place(const kx_redis_place *one, const kx_redis_place *other) {
  return strcmp(one->host, other->host) == 0 && one->port == other->port;
}

/* Sentinels may be named in any order, and some of them only: it is the same master all the
 * same, but nothing is lost where this does not find out. */
bool kx_redis_is_same(const kx_redis *one, const kx_redis *other) {
  const kx_redis_url *a = &one->url, *b = &other->url;
  bool same = is_same_place(&a->at, &b->at) && strcmp(a->path, b->path) == 0 && a->db == b->db &&
              strcmp(a->master, b->master) == 0 && a->n_sentinels == b->n_sentinels;
  for (size_t i = 0; i < a->n_sentinels && same; i++)
    same = is_same_place(&a->sentinels[i], &b->sentinels[i]);
  return same;
}

kx_status kx_redis_send(kx_redis *redis, size_t argc, const kx_slice *argv, kx_redis_fn fn,
                        void *arg, kx_error *err) {
  if (redis->context == NULL)
    return kx_fail(err, KX_REDIS, "redis: the connection was lost");
  return enqueue(redis, argc, argv, (struct kx_redis_waiting){.fn = fn, .arg = arg}, err);
}

kx_status kx_redis_send_page(kx_redis *redis, size_t argc, const kx_slice *argv, kx_page *page,
                             kx_redis_fn fn, void *arg, kx_error *err) {
  if (redis->context == NULL)
    return kx_fail(err, KX_REDIS, "redis: the connection was lost");
  kx_buf_clear(&page->events);
  page->items = page->empty = 0;
  page->error.code = KX_OK;
  snprintf(page->cursor, sizeof page->cursor, "?");
  return enqueue(redis, argc, argv, (struct kx_redis_waiting){.fn = fn, .arg = arg, .page = page},
                 err);
}

size_t kx_redis_owed(const kx_redis *redis) {
  return redis->owed;
}

void kx_redis_reset(kx_redis *redis) {
  redisContext *context = redis->context;
  redis->context = NULL;
  redis->head = redis->owed = 0;
  redis->corked = false;
  kx_buf_wipe(&redis->out); /* may hold a password */
  kx_redis_tls_close(redis->tls);
  redis->tls = NULL;
  if (context != NULL)
    redisFree(context);
}

kx_status kx_redis_open(kx_redis **out, const kx_redis_config *config, kx_error *err) {
  kx_redis *redis = calloc(1, sizeof *redis);
  *out = NULL;
  if (redis == NULL)
    return kx_fail_memory(err);
  redis->config = *config;
  redis->config.url = NULL;
  redis->limit_ms = config->timeout_ms;
  kx_status status = kx_redis_url_parse(kx_str(config->url), &redis->url, err);
  if (status == KX_OK)
    *out = redis;
  else
    kx_redis_close(redis);
  return status;
}

void kx_redis_close(kx_redis *redis) {
  if (redis == NULL)
    return;
  kx_redis_reset(redis);
  kx_wipe(&redis->url, sizeof redis->url);
  free(redis);
}

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

#define TEXT(x) #x
#define VERSION(major, minor, patch) "hiredis/" TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *kx_redis_version(void) {
  return VERSION(HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}
