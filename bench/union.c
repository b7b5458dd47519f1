/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The smallest cost of a job for Redis, to compare with: SUNION of all buckets
 * in one command, MGET of the counters, 1,000 a command and four commands in
 * flight, so that Redis never waits. The commands are put together while the keys
 * arrive; the values are counted and forgotten; nothing is exported or deleted.
 *
 *   union REDIS_HOST REDIS_PORT     (or SOCKET 0)
 *
 * prints `ready`, begins when a line arrives, prints `done N`. */

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SLICE = 1000, FLIGHT = 4, READ = 1 << 18, HEAD = 64 };

static redisContext *redis;
static char *text; /* all the MGETs, as they go over the wire */
static size_t len, cap;
static size_t *starts, keys, expected, values;

static void die(const char *what) {
  fprintf(stderr, "union: %s\n", what);
  exit(1);
}

static void *need(void *memory) {
  if (!memory)
    die("out of memory");
  return memory;
}

static void *keys_begin(const redisReadTask *task, int n) {
  expected = (size_t)n;
  starts = need(calloc(expected / SLICE + 2, sizeof *starts));
  return task->privdata;
}

static void begin_command(void) {
  size_t left = expected - keys, n = left < SLICE ? left : SLICE;
  len += (size_t)sprintf(text + len, "*%zu\r\n$4\r\nMGET\r\n", 1 + n);
}

static void *key_arrived(const redisReadTask *task, char *key, size_t n) {
  if (task->type == REDIS_REPLY_ERROR)
    die(key);
  if (cap - len < n + 2 * HEAD)
    text = need(realloc(text, cap = 2 * cap + n + 2 * HEAD));
  if (keys % SLICE == 0)
    begin_command();
  len += (size_t)sprintf(text + len, "$%zu\r\n", n);
  memcpy(text + len, key, n);
  memcpy(text + len + n, "\r\n", 2);
  len += n + 2;
  starts[keys++ / SLICE + 1] = len;
  return task->privdata;
}

static void *value_arrived(const redisReadTask *task, char *value, size_t n) {
  (void)n;
  if (task->type == REDIS_REPLY_ERROR)
    die(value);
  values++;
  return task->privdata;
}

static void *array_begins(const redisReadTask *task, int n) {
  (void)n;
  return task->privdata;
}

static void *no_value(const redisReadTask *task) {
  return task->privdata;
}

static void keep(void *object) {
  (void)object;
}

static redisReplyObjectFunctions of_keys = {key_arrived, keys_begin, NULL, NULL, keep};
static redisReplyObjectFunctions of_values = {value_arrived, array_begins, NULL, no_value, keep};

/* Reads until there is a complete reply. */
static void await_reply(redisReplyObjectFunctions *functions) {
  static char bytes[READ];
  void *reply = NULL;
  redis->reader->fn = functions;
  redis->reader->privdata = redis; /* any object but NULL will do */
  while (redisReaderGetReply(redis->reader, &reply) == REDIS_OK && !reply) {
    ssize_t n = recv(redis->fd, bytes, sizeof bytes, 0);
    if (n <= 0)
      die("the connection was lost");
    redisReaderFeed(redis->reader, bytes, (size_t)n);
  }
  if (!reply)
    die(redis->reader->errstr);
}

static void write_all(const char *data, size_t n) {
  while (n > 0) {
    ssize_t written = send(redis->fd, data, n, MSG_NOSIGNAL);
    if (written <= 0)
      die("the connection was lost");
    data += written;
    n -= (size_t)written;
  }
}

static void ask_for_keys(void) {
  redisReply *names = redisCommand(redis, "ZRANGE keys_changed_set 0 -1");
  const char *argv[256] = {"SUNION"};
  char sets[255][64], *command;
  if (!names || names->type != REDIS_REPLY_ARRAY || names->elements > 255)
    die("no buckets");
  for (size_t i = 0; i < names->elements; i++) {
    snprintf(sets[i], sizeof sets[i], "{stats_bucket}:%s", names->element[i]->str);
    argv[1 + i] = sets[i];
  }
  int n = redisFormatCommandArgv(&command, (int)names->elements + 1, argv, NULL);
  write_all(command, (size_t)n);
  redisFreeCommand(command);
  freeReplyObject(names);
}

static void send_command(size_t i) {
  write_all(text + starts[i], starts[i + 1] - starts[i]);
}

static void read_values(void) {
  size_t commands = (keys + SLICE - 1) / SLICE, sent = 0;
  while (sent < FLIGHT && sent < commands)
    send_command(sent++);
  for (size_t answered = 0; answered < commands; answered++) {
    await_reply(&of_values);
    if (sent < commands)
      send_command(sent++);
  }
}

int main(int argc, char **argv) {
  char line[16];
  if (argc != 3)
    die("usage: union HOST PORT");
  puts("ready");
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin))
    return 1;
  redis = atoi(argv[2]) ? redisConnect(argv[1], atoi(argv[2])) : redisConnectUnix(argv[1]);
  if (!redis || redis->err)
    die("no Redis");
  ask_for_keys();
  await_reply(&of_keys);
  read_values();
  printf("done %zu\n", values);
  fflush(stdout);
  return fgets(line, sizeof line, stdin) ? 1 : 0;
}
