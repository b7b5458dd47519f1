/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A small HTTP/1.1 server on 127.0.0.1: one thread, epoll, kept-alive
 * connections, with TLS when given a certificate. It does not know what
 * it serves. Any number of answers can be held back at once. It ends the process
 * when standard input ends. */

#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVER_ANSWER = 1 << 16 }; /* an answer's body is smaller than this */

typedef struct conn conn;

/* One request, whole. It stays readable until the handler returns. */
typedef struct request {
  const char *head; /* begins with the request line */
  const char *body;
  size_t body_len;
} request;

/* Called for every request; has to call server_answer once. */
typedef void server_handler(conn *c, const request *r);

/* Answers after `delay` seconds; without a delay the answer is on its way when
 * this returns. */
void server_answer(conn *c, const char *status, const char *body, size_t len, double delay);

/* The highest number of answers held at once since the last call. */
size_t server_most_held(void);

/* Serves with TLS from now on. False when the files cannot be used. */
bool server_use_tls(const char *cert, const char *key);

/* Prints `listening PORT` and serves. */
void server_run(server_handler *handler);

/* The memory; ends the process when there is none. */
void *need(void *memory);

#endif
