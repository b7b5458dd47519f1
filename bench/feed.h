/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A connection that fills Redis: commands go ahead of their replies, which only
 * have to be no errors. Whatever goes wrong ends the program. */

#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <stddef.h>

struct redisContext;

typedef struct feed {
  struct redisContext *redis;
  int open; /* commands without a reply */
} feed;

/* Says what went wrong, on standard error, and leaves. */
void feed_fail(const char *what);

/* Connects to the Redis at `socket`. */
void feed_open(feed *f, const char *socket);

/* Sends a command; waits when many are open. */
void feed_send(feed *f, int argc, const char **argv, const size_t *lens);

/* Waits for every reply and disconnects. */
void feed_close(feed *f);

#endif
