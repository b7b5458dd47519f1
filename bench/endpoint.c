/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* A local Firehose to measure against: HTTP/1.1, kept-alive, one thread. It
 * accepts every PutRecordBatch, counts what the records hold and forgets them.
 * It does not check signatures: it must cost the same for every exporter, and as
 * little as possible, because it shares the machine with what is measured.
 *
 *   endpoint [--latency-ms N] [--distinct] [--cert FILE --key FILE]
 *
 * prints `listening PORT`, serves GET /stats (JSON) and POST /reset, and ends
 * when its standard input ends. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server.h"
#include "tally.h"

enum { MAX_RECORDS = 500 };

typedef unsigned long long number; /* what printf takes */

static double latency;
static tally_identities identities;
static int distinct;
static char *scratch;
static size_t scratch_size;

static struct {
  tally delivered;
  uint64_t calls, records, wire_bytes;
  double cpu_before;
} stats;

static double cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void answer_stats(conn *c) {
  char body[512];
  const tally *t = &stats.delivered;
  double cpu_seconds = cpu() - stats.cpu_before;
  tally once = tally_distinct(&identities);
  int len = snprintf(
    body, sizeof body,
    "{\"calls\":%llu,\"records\":%llu,\"events\":%llu,\"bytes\":%llu,"
    "\"wire_bytes\":%llu,\"malformed\":%llu,\"checksum\":\"%016llx\","
    "\"most_held\":%zu,\"cpu_seconds\":%.6f,\"distinct\":%llu,"
    "\"distinct_checksum\":\"%016llx\"}\n",
    (number)stats.calls, (number)stats.records, (number)t->events, (number)t->bytes,
    (number)stats.wire_bytes, (number)t->malformed, (number)t->checksum, server_most_held(),
    cpu_seconds, (number)once.events, (number)once.checksum);
  server_answer(c, "200 OK", body, (size_t)len, 0);
}

static void reset(conn *c) {
  memset(&stats, 0, sizeof stats);
  stats.delivered.identities = distinct ? &identities : NULL;
  identities.n = 0;
  server_most_held();
  server_answer(c, "200 OK", "{}", 2, 0);
  stats.cpu_before = cpu();
}

static void answer_put(conn *c, size_t records) {
  static char body[SERVER_ANSWER];
  int len = sprintf(body, "{\"FailedPutCount\":0,\"Encrypted\":false,\"RequestResponses\":[");
  for (size_t i = 0; i < records; i++)
    len += sprintf(body + len, "%s{\"RecordId\":\"%016llx%08zx\"}", i ? "," : "",
                   (number)stats.calls, i);
  len += sprintf(body + len, "]}");
  server_answer(c, "200 OK", body, (size_t)len, latency);
}

static void count(const tally_span *spans, size_t n, size_t wire) {
  stats.calls++;
  stats.records += n;
  stats.wire_bytes += wire;
  for (size_t i = 0; i < n; i++) {
    if (spans[i].len + 4 > scratch_size)
      scratch = need(realloc(scratch, scratch_size = spans[i].len + 4));
    tally_record(&stats.delivered, spans[i], scratch);
  }
}

/* The answer is sent before anything is counted, so that the client does not
 * wait for the counting. */
static void put(conn *c, const request *r) {
  tally_span spans[MAX_RECORDS];
  size_t n = tally_spans(r->body, r->body_len, spans, MAX_RECORDS);
  answer_put(c, n);
  count(spans, n, r->body_len);
}

static bool is(const request *r, const char *line) {
  return strncmp(r->head, line, strlen(line)) == 0;
}

static void serve(conn *c, const request *r) {
  if (is(r, "GET /stats "))
    answer_stats(c);
  else if (is(r, "POST /reset "))
    reset(c);
  else
    put(c, r);
}

static void read_options(int argc, char **argv, const char **cert, const char **key) {
  static const struct option known[] = {
    {"latency-ms", required_argument, NULL, 'l'},
    {"distinct", no_argument, &distinct, 1},
    {"cert", required_argument, NULL, 'c'},
    {"key", required_argument, NULL, 'k'},
    {NULL, 0, NULL, 0}};
  for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    if (o == '?')
      exit(2);
    latency = o == 'l' ? atof(optarg) / 1000 : latency;
    *cert = o == 'c' ? optarg : *cert;
    *key = o == 'k' ? optarg : *key;
  }
}

int main(int argc, char **argv) {
  const char *cert = NULL, *key = NULL;
  read_options(argc, argv, &cert, &key);
  if (cert && key && !server_use_tls(cert, key)) {
    fprintf(stderr, "endpoint: cannot use %s with %s\n", cert, key);
    return 1;
  }
  server_run(serve);
  return 0;
}
