/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The fields of a client, and its connection: bytes in, bytes out, and the end of it. Private to
 * this folder. */

#ifndef KX_REDIS_CONNECTION_H
#define KX_REDIS_CONNECTION_H

#include "redis/config.h"
#include "redis/page.h"
#include "redis/reply.h"
#include "redis/tls.h"
#include "redis/url.h"

#include <hiredis/hiredis.h>
#include <sys/types.h>

enum { KX_CONNECTION_QUEUE = 256, KX_CONNECTION_WHERE = 300 };

/* A command without an answer. */
struct kx_redis_waiting {
  kx_reply_fn fn; /* NULL, without `page` and `kept`: any reply will do, an error too */
  void *arg;
  kx_page *page;   /* the reply fills this page */
  kx_reply **kept; /* or the reply is stored here */
};

struct kx_redis {
  kx_redis_config config;
  kx_redis_url url;
  kx_redis_place at;     /* the present server, or the last one; without a host: a socket */
  kx_redis_place moved;  /* where a cluster node has redirected to; without a host: nowhere */
  size_t sentinel;       /* the sentinel that answered last */
  bool asking;           /* `at` is a sentinel */
  int limit_ms;          /* how long an answer may take at present */
  redisContext *context; /* NULL without a connection */
  kx_redis_tls *tls;     /* NULL where the connection is plain */
  pid_t pid;             /* the process that opened the connection */
  redisReplyObjectFunctions *trees;                   /* the reader's own functions */
  struct kx_redis_waiting queue[KX_CONNECTION_QUEUE]; /* a ring, in the order of sending */
  size_t head, owed;                                  /* its first entry, and how many it has */
  int64_t heard_ms;  /* when bytes last arrived, or the queue was last empty */
  int64_t opened;    /* how many connections there were */
  int64_t abandoned; /* how many of them were dropped while an answer was owed */
  char run_id[64];
};

/* Goes before every key. */
kx_slice kx_connection_prefix(const kx_redis *redis);

/* Writes "redis HOST:PORT" into `out`, for messages, and returns it. */
const char *kx_connection_where(const kx_redis *redis, char out[KX_CONNECTION_WHERE]);

/* Drops the connection and the functions that wait for replies. */
void kx_connection_drop(kx_redis *redis);

/* Drops the connection and reports `why`, or what hiredis reports. Never KX_OK. */
kx_status kx_connection_fail(kx_redis *redis, const char *why, kx_error *err);
kx_status kx_connection_fail_context(kx_redis *redis, kx_error *err);

/* Reads what has arrived, as recv with MSG_DONTWAIT does. With EPROTO `why` says more. */
ssize_t kx_connection_read(kx_redis *redis, char *to, size_t len, char why[KX_REDIS_TLS_WHY]);

/* Reports the errno of a failed read or write, and drops the connection. */
kx_status kx_connection_fail_errno(kx_redis *redis, const char *why, kx_error *err);

/* Writes all of `left`. */
kx_status kx_connection_write(kx_redis *redis, kx_slice left, kx_error *err);

#endif
