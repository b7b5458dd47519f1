/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Makes N counters and the buckets that say they changed, the same N every time:
 * 12 buckets of 10 seconds, and one key of five is in two neighbours.
 *
 *   fill_buckets N SOCKET
 *
 * stores them in the Redis at SOCKET. The last line, on standard error, is what
 * the endpoint must have counted when every counter was delivered, apart from
 * the events' `time_gen`. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "tally.h"

enum { BUCKETS = 12, INTERVAL = 10, TEXT = 256, BATCH = 100 };

typedef struct counter {
  char ids[64];  /* between service and period, as a key has them */
  char json[96]; /* the same as an event has them */
  const char *period;
  char time[16], timestamp[16];
  unsigned service;
  char value[16];
} counter;

static void set_ids(counter *c, uint32_t i, uint32_t unique) {
  const char *name = i % 4 == 2 ? "uinstance" : "cinstance";
  const char *last = i % 8 == 3 ? "response_code" : "metric";
  unsigned id = i % 8 == 3 ? 200 + i % 5 : 25500 + i % 57;
  sprintf(c->ids, "/%s:%08x/%s:%u", name, unique, last, id);
  sprintf(c->json, ",\"%s\":\"%08x\",\"%s\":\"%u\"", name, unique, last, id);
}

/* A compact time has lost the zeros at the end of its time of day. */
static void set_time(counter *c, uint32_t i) {
  static const char *const periods[] = {"minute", "hour", "day", "month", "year"};
  unsigned p = i % 5, at = i / 5, minute = p < 1 ? at % 60 : 0, hour = p < 2 ? at % 24 : 0;
  unsigned day = p < 3 ? 1 + at % 30 : 1, month = p < 4 ? 11 : 1;
  c->period = periods[p];
  size_t len = (size_t)sprintf(c->time, "2015%02u%02u%02u%02u00", month, day, hour, minute);
  while (len > 8 && c->time[len - 1] == '0')
    c->time[--len] = '\0';
  sprintf(c->timestamp, "2015%02u%02u %02u:%02u", month, day, hour, minute);
}

static counter make(uint32_t i) {
  counter c = {0};
  uint32_t unique = i * 2654435761u; /* odd, so no two are equal */
  c.service = 1006000 + i % 400;
  set_ids(&c, i, unique);
  set_time(&c, i);
  sprintf(c.value, "%u", 1 + unique % 99991);
  return c;
}

static size_t write_key(const counter *c, char *out) {
  return (size_t)sprintf(out, "stats/{service:%u}%s/%s:%s", c->service, c->ids, c->period, c->time);
}

/* As far as `time_gen`. */
static size_t write_event(const counter *c, char *out) {
  return (size_t)sprintf(
    out, "{\"service\":\"%u\"%s,\"value\":\"%s\",\"period\":\"%s\",\"timestamp\":\"%s\"",
    c->service, c->json, c->value, c->period, c->timestamp);
}

static void set_counters(feed *f, uint32_t first, uint32_t end, tally *t) {
  static char keys[BATCH][TEXT], values[BATCH][16];
  const char *argv[1 + 2 * BATCH] = {"MSET"};
  size_t lens[1 + 2 * BATCH] = {4};
  int argc = 1;
  for (uint32_t i = first; i < end; i++) {
    char event[TEXT], *key = keys[i - first], *value = values[i - first];
    counter c = make(i);
    tally_event(t, event, write_event(&c, event));
    argv[argc] = key;
    lens[argc++] = write_key(&c, key);
    argv[argc] = strcpy(value, c.value);
    lens[argc++] = strlen(value);
  }
  feed_send(f, argc, argv, lens);
}

static int changed(uint32_t i, uint32_t bucket) {
  uint32_t home = i % BUCKETS;
  return home == bucket || (i % 5 == 0 && (home ^ 1) == bucket);
}

static void announce(feed *f, uint32_t bucket, char *set) {
  char name[16];
  sprintf(name, "2015113010%02u%02u", bucket * INTERVAL / 60, bucket * INTERVAL % 60);
  sprintf(set, "{stats_bucket}:%s", name);
  feed_send(f, 4, (const char *[]){"ZADD", "keys_changed_set", name, name},
            (size_t[]){4, 16, 14, 14});
}

static void fill_bucket(feed *f, uint32_t bucket, uint32_t n) {
  static char set[TEXT], keys[BATCH][TEXT];
  announce(f, bucket, set);
  const char *argv[2 + BATCH] = {"SADD", set};
  size_t lens[2 + BATCH] = {4, strlen(set)};
  int members = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (!changed(i, bucket))
      continue;
    counter c = make(i);
    argv[2 + members] = keys[members];
    lens[2 + members] = write_key(&c, keys[members]);
    if (++members < BATCH)
      continue;
    feed_send(f, 2 + members, argv, lens);
    members = 0;
  }
  if (members > 0)
    feed_send(f, 2 + members, argv, lens);
}

int main(int argc, char **argv) {
  tally t = {0};
  feed f;
  if (argc != 3)
    feed_fail("usage: fill_buckets N SOCKET");
  uint32_t n = (uint32_t)strtoul(argv[1], NULL, 10);
  feed_open(&f, argv[2]);
  for (uint32_t i = 0; i < n; i += BATCH)
    set_counters(&f, i, n - i < BATCH ? n : i + BATCH, &t);
  for (uint32_t bucket = 0; bucket < BUCKETS; bucket++)
    fill_bucket(&f, bucket, n);
  feed_close(&f);
  fprintf(stderr, "{\"events\":%llu,\"checksum\":\"%016llx\"}\n", (unsigned long long)t.events,
          (unsigned long long)t.checksum);
  return 0;
}
