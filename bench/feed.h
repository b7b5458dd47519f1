/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A connection that fills Redis: commands are sent before the replies to earlier
 * ones have come. A reply that is an error, and any other failure, ends the program. */

#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <stddef.h>

struct redisContext;

typedef struct feed {
  struct redisContext *redis;
  int open; /* commands without a reply */
} feed;

/* Prints what went wrong on standard error, and ends the program. */
void feed_fail(const char *what);

/* Connects to the Redis at `socket`. */
void feed_open(feed *f, const char *socket);

/* Sends a command; waits when many are open. */
void feed_send(feed *f, int argc, const char **argv, const size_t *lens);

/* Waits for every reply and disconnects. */
void feed_close(feed *f);

#endif
