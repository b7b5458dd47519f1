/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The inside of a client, for the files that make it up: redis/redis.c sends commands and reads
 * replies, redis/connect.c gets it connected, redis/replicas.c waits for replicas.
 * Private to them. */

#ifndef KX_REDIS_CONNECTION_H
#define KX_REDIS_CONNECTION_H

#include "redis/redis.h"
#include "redis/tls.h"
#include "redis/url.h"

#include <hiredis/hiredis.h>
#include <sys/types.h>

enum { KX_REDIS_QUEUE = 256, KX_REDIS_WHERE = 300 };

/* A command whose reply is awaited. */
struct kx_redis_waiting {
  kx_redis_fn fn; /* NULL, without `page` and `kept`: any reply will do, an error too */
  void *arg;
  kx_page *page;   /* decode the reply into this */
  kx_reply **kept; /* or hand the reply over as it is */
};

struct kx_redis {
  kx_redis_config config;
  kx_redis_url url;
  kx_redis_place at;    /* the server it is connected to, or was last; no host: a socket */
  kx_redis_place moved; /* where a node of a cluster has sent it; no host: nowhere */
  size_t sentinel;      /* the one that has answered last */
  bool asking;          /* `at` is a sentinel */
  int limit_ms;         /* for an answer, at present */
  redisContext *context;
  kx_redis_tls *tls;                             /* NULL where the connection is plain */
  kx_buf out;                                    /* commands that are not sent yet */
  pid_t pid;                                     /* who opened the connection */
  redisReplyObjectFunctions *trees;              /* the reader's own functions */
  struct kx_redis_waiting queue[KX_REDIS_QUEUE]; /* a ring, in the order of sending */
  size_t head, owed;
  bool corked;
  int64_t heard_ms; /* when bytes last arrived, or the queue last was empty */
  char run_id[64];
};

/* What is put before keys. */
kx_slice kx_redis_prefix(const kx_redis *redis);

/* Writes "redis HOST:PORT" into `out`, for messages, and returns it. */
const char *kx_redis_where(const kx_redis *redis, char out[KX_REDIS_WHERE]);

/* Sends a command on the connection that there is and waits for its reply, as
 * kx_redis_call does. */
kx_status kx_redis_exchange(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                            kx_error *err);

/* Drops the connection and says why, or what hiredis says. Never KX_OK. */
kx_status kx_redis_broken(kx_redis *redis, const char *why, kx_error *err);
kx_status kx_redis_broken_context(kx_redis *redis, kx_error *err);

/* Keeps the address in an error that begins with MOVED, to be followed. */
void kx_redis_note_moved(kx_redis *redis, const char *text);

#endif
