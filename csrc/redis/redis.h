/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* One connection to one Redis. Its files alone see hiredis.
 *
 * Commands are pipelined: kx_redis_send queues one with a callback for its
 * reply, kx_redis_call sends one and waits for it (serving the callbacks of the
 * earlier ones on the way). Large replies full of events are not built as
 * trees: kx_redis_send_page decodes them straight into a page.
 *
 * The connection is made at first use, and again after it broke: a break fails
 * the command at hand and drops every queued callback. A connection opened by a
 * parent process is dropped, not used, after a fork. Error replies become
 * KX_REDIS with what to do about them; those of a server that is a replica, or a
 * cluster's wrong node, break the connection. */

#ifndef KX_REDIS_REDIS_H
#define KX_REDIS_REDIS_H

#include "base/buf.h"
#include "base/error.h"

struct redisReply;

typedef struct kx_redis kx_redis;
typedef struct redisReply kx_reply;

/* Called with a reply that belongs to the connection (NULL for a page). What it
 * returns other than KX_OK ends the kx_redis_progress or kx_redis_call that
 * called it. */
typedef kx_status (*kx_redis_fn)(void *arg, const kx_reply *reply, kx_error *err);

/* How a reply becomes a page. */
typedef enum kx_page_kind {
  KX_PAGE_CHUNKS, /* LRANGE: values one after the other; a missing newline is added to each */
  KX_PAGE_SCAN,   /* SSCAN: members, each ended by a newline, and a cursor */
  KX_PAGE_STREAM  /* SUNION: members likewise; taken while the reply is on its way */
} kx_page_kind;

/* Events or keys as they came out of Redis, each ended by a newline. */
typedef struct kx_page {
  kx_page_kind kind;
  kx_buf events;
  size_t items;    /* set members, or list values, in `events` */
  size_t empty;    /* empty set members, which are no events and are left out */
  size_t most;     /* stream: no more is read while `events` is as long as this */
  char cursor[24]; /* scan: where the next page begins; "0" after the last, "?" before it came */
  kx_error error;  /* the reply was an error */
} kx_page;

/* Where a Redis is and how to get there. Strings may be NULL, but for the URL, and
 * outlive the client. Of rediss: URLs only, files in PEM: the authorities to believe
 * instead of the system's, and the certificate and key that a server may ask for. */
typedef struct kx_redis_config {
  const char *url; /* see redis/url.h; copied */
  int timeout_ms;  /* to connect, a search for the master included, and for each answer */
  const char *ca_file, *cert_file, *key_file;
  const char *sentinel_user, *sentinel_password; /* for sentinels that ask */
  const char *key_prefix; /* goes before every key; with a hash tag, a cluster is followed */
  int min_replicas, min_replicas_ms; /* see kx_redis_replicated */
} kx_redis_config;

/* How a script begins its writing that must run when Redis is full, too: by a write that
 * takes no memory, as `key` has no TTL to lose. Redis then lets all others pass, so as not
 * to stop a script in the middle (its documentation, "Execution under low memory conditions"). */
#define KX_WHEN_FULL(key) "redis.call('PERSIST', " key ") "

/* Makes a client; nothing is connected. */
kx_status kx_redis_open(kx_redis **out, const kx_redis_config *config, kx_error *err);

/* Connects if there is no connection. */
kx_status kx_redis_connect(kx_redis *redis, kx_error *err);

/* Drops the connection if the server has closed it meanwhile, so that the next
 * use connects anew: for the beginning of an operation, never in the middle. */
void kx_redis_refresh(kx_redis *redis);

/* For a connection that is in use and may be silent for long, since servers (`timeout` in
 * redis.conf), proxies and NAT drop those: serves the answers that have arrived, and where
 * none is owed then, connects anew if the connection was closed meanwhile (`*anew`), or
 * asks the server for a sign of life when it has been silent for a second, without waiting
 * for it. So a connection that is lost between two commands costs nothing; one that is
 * lost while an answer is owed is broken. A new connection may lead to another server. */
kx_status kx_redis_stay(kx_redis *redis, bool *anew, kx_error *err);

/* The server's run id (40 digits): scan cursors mean nothing to another
 * process. Valid until the connection breaks. */
kx_status kx_redis_run_id(kx_redis *redis, const char **out, kx_error *err);

/* Sends a command and waits for its reply, which the caller frees with
 * kx_reply_free. `out` may be NULL. */
kx_status kx_redis_call(kx_redis *redis, size_t argc, const kx_slice *argv, kx_reply **out,
                        kx_error *err);

/* The same for a command that answers with an integer. */
kx_status kx_redis_integer(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                           kx_error *err);

/* The server's time, in microseconds since the epoch: all who share a Redis share its
 * clock. */
kx_status kx_redis_time(kx_redis *redis, int64_t *out, kx_error *err);

/* True when both clients were told the same server and database. */
bool kx_redis_is_same(const kx_redis *one, const kx_redis *other);

/* Waits, at most `min_replicas_ms`, until `min_replicas` replicas have what this
 * connection has written, so that it outlives the server. With fewer, KX_REDIS: it is
 * written, and may be written again. That has to write something, as the connection may
 * be a new one, and this is about what it has written itself. */
kx_status kx_redis_replicated(kx_redis *redis, kx_error *err);

/* Queues a command. `fn` gets the reply; an error reply fails whoever reads it
 * instead. Fails when there is no connection. */
kx_status kx_redis_send(kx_redis *redis, size_t argc, const kx_slice *argv, kx_redis_fn fn,
                        void *arg, kx_error *err);

/* From now on queued commands may be held back, to go out together: until the next
 * kx_redis_progress, kx_redis_drain or kx_redis_call. */
void kx_redis_cork(kx_redis *redis);

/* Queues a command whose reply is decoded into `page`, of which kind (and most) are
 * set and the rest is emptied first; `fn` is called when it is complete. `page` must
 * outlive the reply. */
kx_status kx_redis_send_page(kx_redis *redis, size_t argc, const kx_slice *argv, kx_page *page,
                             kx_redis_fn fn, void *arg, kx_error *err);

/* Reads what has arrived, without waiting, and calls the callbacks of complete
 * replies. Fails when an answer is overdue by the client's timeout. */
kx_status kx_redis_progress(kx_redis *redis, kx_error *err);

/* Waits, at most `ms` milliseconds, until one of two connections that owe an
 * answer can be read, and reads what has arrived on both. */
kx_status kx_redis_progress_both(kx_redis *one, kx_redis *other, int ms, kx_error *err);

/* Waits until every queued command has been answered. */
kx_status kx_redis_drain(kx_redis *redis, kx_error *err);

/* Number of queued commands without an answer. */
size_t kx_redis_owed(const kx_redis *redis);

/* The socket, to wait for readability; -1 when not connected. */
int kx_redis_fd(const kx_redis *redis);

/* Drops the connection and the queued callbacks; the next use connects anew. */
void kx_redis_reset(kx_redis *redis);

/* Releases everything. NULL is allowed. */
void kx_redis_close(kx_redis *redis);

/* What a reply says: 0 or "" when it is of another type. */
int64_t kx_reply_integer(const kx_reply *reply);
kx_slice kx_reply_text(const kx_reply *reply);
bool kx_reply_is_nil(const kx_reply *reply);
bool kx_reply_is_error(const kx_reply *reply);
bool kx_reply_is_integer(const kx_reply *reply);
bool kx_reply_is_array(const kx_reply *reply);
size_t kx_reply_size(const kx_reply *reply);
const kx_reply *kx_reply_item(const kx_reply *reply, size_t i);
void kx_reply_free(kx_reply *reply);

/* "hiredis/0.14.1". */
const char *kx_redis_version(void);

#endif
