/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The smallest exporter, to compare with: RENAME the set, SSCAN it, join,
 * base64, SHA-256, POST with four calls in flight, UNLINK. It asks for the next
 * page before it packs the current one, and never waits for an answer that it
 * does not need. It checks nothing, repeats nothing, locks nothing and signs
 * with one hash.
 *
 *   bare REDIS_HOST REDIS_PORT ENDPOINT_URL [CA_FILE]     (or SOCKET 0 ENDPOINT_URL)
 *
 * prints `ready`, exports when a line arrives, prints `done N`. */

#include <curl/curl.h>
#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CALLS = 4,        /* in flight */
  RECORDS = 4,      /* a call */
  RECORD = 1000000, /* bytes, before base64 */
  BODY = RECORDS * (RECORD / 3 * 4 + 64) + 256
};

typedef struct call {
  CURL *easy;
  struct curl_slist *headers;
  char *body;
  size_t len, records;
  int busy;
} call;

static redisContext *redis;
static CURLM *multi;
static call calls[CALLS], *filling;
static char record[RECORD];
static size_t record_len, exported;

static void die(const char *what) {
  fprintf(stderr, "bare: %s\n", what);
  exit(1);
}

static size_t ignore(char *data, size_t size, size_t n, void *owner) {
  (void)data, (void)owner;
  return size * n;
}

static void open_call(call *c, const char *url, const char *ca) {
  c->easy = curl_easy_init();
  c->body = malloc(BODY);
  curl_easy_setopt(c->easy, CURLOPT_URL, url);
  curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
  curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
  curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(c->easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
  if (ca)
    curl_easy_setopt(c->easy, CURLOPT_CAINFO, ca);
}

static void take_ended(void) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
    call *c;
    long status = 0;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
    curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    if (m->data.result != CURLE_OK || status != 200)
      die("a call failed");
    curl_multi_remove_handle(multi, c->easy);
    c->busy = 0;
  }
}

/* Continues the calls; waits at most `ms` for them or for Redis. */
static int turn(int ms) {
  struct curl_waitfd fd = {.fd = redis->fd, .events = CURL_WAIT_POLLIN};
  int running;
  curl_multi_poll(multi, &fd, ms > 0, ms, NULL);
  curl_multi_perform(multi, &running);
  take_ended();
  return fd.revents;
}

static call *idle_call(void) {
  for (;; turn(1000))
    for (call *c = calls; c < calls + CALLS; c++)
      if (!c->busy) {
        c->len = (size_t)sprintf(c->body, "{\"DeliveryStreamName\":\"bench\",\"Records\":[");
        c->records = 0;
        return c;
      }
}

static void set_headers(call *c) {
  unsigned char hash[32];
  char line[128] = "X-Amz-Content-Sha256: ";
  EVP_Digest(c->body, c->len, hash, NULL, EVP_sha256(), NULL);
  for (int i = 0; i < 32; i++)
    sprintf(line + 22 + 2 * i, "%02x", hash[i]);
  curl_slist_free_all(c->headers);
  c->headers = curl_slist_append(NULL, line);
  curl_slist_append(c->headers, "X-Amz-Target: Firehose_20150804.PutRecordBatch");
  curl_slist_append(c->headers, "Content-Type: application/x-amz-json-1.1");
  curl_slist_append(c->headers, "Expect:");
  curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

static void post(call *c) {
  c->len += (size_t)sprintf(c->body + c->len, "]}");
  set_headers(c);
  curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body);
  curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE, (long)c->len);
  curl_multi_add_handle(multi, c->easy);
  c->busy = 1;
  filling = NULL;
  turn(0);
}

static void end_record(void) {
  call *c = filling ? filling : (filling = idle_call());
  c->len += (size_t)sprintf(c->body + c->len, "%s{\"Data\":\"", c->records ? "," : "");
  c->len += (size_t)EVP_EncodeBlock(
    (unsigned char *)c->body + c->len, (unsigned char *)record, (int)record_len);
  c->len += (size_t)sprintf(c->body + c->len, "\"}");
  record_len = 0;
  if (++c->records == RECORDS)
    post(c);
}

static void pack(const redisReply *page) {
  for (size_t i = 0; i < page->elements; i++) {
    const redisReply *event = page->element[i];
    if (record_len + (size_t)event->len + 1 > RECORD)
      end_record();
    memcpy(record + record_len, event->str, (size_t)event->len);
    record_len += (size_t)event->len;
    record[record_len++] = '\n';
  }
  exported += page->elements;
}

static void ask(const char *cursor) {
  int done = 0;
  redisAppendCommand(redis, "SSCAN bench:claimed %s COUNT 5000", cursor);
  while (!done)
    if (redisBufferWrite(redis, &done) != REDIS_OK)
      die(redis->errstr);
}

/* Calls progress until Redis begins to answer; then the page is read at once. */
static redisReply *page(void) {
  redisReply *reply;
  while (!turn(1000))
    continue;
  if (redisGetReply(redis, (void **)&reply) != REDIS_OK || reply->type != REDIS_REPLY_ARRAY)
    die("no page");
  return reply;
}

static void scan(void) {
  char cursor[32] = "0";
  ask(cursor);
  do {
    redisReply *reply = page();
    snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
    if (strcmp(cursor, "0") != 0)
      ask(cursor);
    pack(reply->element[1]);
    freeReplyObject(reply);
  } while (strcmp(cursor, "0") != 0);
}

static void finish(void) {
  if (record_len > 0)
    end_record();
  if (filling)
    post(filling);
  for (call *c = calls; c < calls + CALLS; c++)
    while (c->busy)
      turn(1000);
}

int main(int argc, char **argv) {
  char line[16];
  if (argc < 4)
    die("usage: bare HOST PORT ENDPOINT_URL [CA_FILE]");
  curl_global_init(CURL_GLOBAL_ALL);
  multi = curl_multi_init();
  for (call *c = calls; c < calls + CALLS; c++)
    open_call(c, argv[3], argc > 4 ? argv[4] : NULL);
  puts("ready");
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin))
    return 1;
  redis = atoi(argv[2]) ? redisConnect(argv[1], atoi(argv[2])) : redisConnectUnix(argv[1]);
  if (!redis || redis->err)
    die("no Redis");
  freeReplyObject(redisCommand(redis, "RENAME send_to_kinesis:pending_events bench:claimed"));
  scan();
  finish();
  freeReplyObject(redisCommand(redis, "UNLINK bench:claimed"));
  printf("done %zu\n", exported);
  fflush(stdout);
  return fgets(line, sizeof line, stdin) ? 1 : 0;
}
