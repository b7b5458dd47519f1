/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "feed.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

enum { AHEAD = 50 };

void feed_fail(const char *what) {
  fprintf(stderr, "fill: %s\n", what);
  exit(1);
}

void feed_open(feed *f, const char *socket) {
  *f = (feed){redisConnectUnix(socket), 0};
  if (!f->redis || f->redis->err)
    feed_fail(f->redis ? f->redis->errstr : "out of memory");
}

static void take_reply(feed *f) {
  redisReply *reply = NULL;
  if (redisGetReply(f->redis, (void **)&reply) != REDIS_OK)
    feed_fail(f->redis->errstr);
  if (reply->type == REDIS_REPLY_ERROR)
    feed_fail(reply->str);
  freeReplyObject(reply);
}

static void take_replies(feed *f) {
  for (; f->open > 0; f->open--)
    take_reply(f);
}

void feed_send(feed *f, int argc, const char **argv, const size_t *lens) {
  redisAppendCommandArgv(f->redis, argc, argv, lens);
  if (++f->open == AHEAD)
    take_replies(f);
}

void feed_close(feed *f) {
  take_replies(f);
  redisFree(f->redis);
}
