/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* Makes N distinct events of about 140 bytes, the same N every time.
 *
 *   fill N                  prints them, one a line
 *   fill N SOCKET KEY       adds them to the set KEY of the Redis at SOCKET
 *
 * The last line, on standard error, is what the endpoint must have counted
 * when every event was delivered once. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "tally.h"

enum { EVENT_BYTES = 256, MEMBERS = 100 };

static size_t make_event(uint32_t i, char *out) {
  static const char *const periods[] = {"minute", "hour", "day", "month"};
  uint32_t unique = i * 2654435761u; /* odd, so no two are equal */
  return (size_t)snprintf(
    out, EVENT_BYTES,
    "{\"service\":\"%u\",\"cinstance\":\"%08x\",\"metric\":\"%u\","
    "\"value\":\"%u\",\"period\":\"%s\",\"timestamp\":\"201511%02u %02u:00\","
    "\"time_gen\":\"20151130 10:05:20\"}",
    1000 + i % 400, unique, 200 + i % 57, 1 + unique % 997, periods[i % 4], 1 + i % 30,
    i / 30 % 24);
}

/* One SADD of the events from `first` up to, not including, `end`. */
static void add(feed *f, const char *key, uint32_t first, uint32_t end, tally *t) {
  static char events[MEMBERS][EVENT_BYTES];
  const char *argv[2 + MEMBERS] = {"SADD", key};
  size_t lens[2 + MEMBERS] = {4, strlen(key)};
  for (uint32_t i = 0; i < end - first; i++) {
    argv[2 + i] = events[i];
    lens[2 + i] = make_event(first + i, events[i]);
    tally_event(t, events[i], lens[2 + i]);
  }
  feed_send(f, (int)(2 + end - first), argv, lens);
}

static void store(const char *socket, const char *key, uint32_t n, tally *t) {
  feed f;
  feed_open(&f, socket);
  for (uint32_t i = 0; i < n; i += MEMBERS)
    add(&f, key, i, n - i < MEMBERS ? n : i + MEMBERS, t);
  feed_close(&f);
}

static void print(uint32_t n, tally *t) {
  char event[EVENT_BYTES];
  for (uint32_t i = 0; i < n; i++) {
    size_t len = make_event(i, event);
    tally_event(t, event, len);
    event[len] = '\n';
    fwrite(event, 1, len + 1, stdout);
  }
}

int main(int argc, char **argv) {
  tally t = {0};
  if (argc != 2 && argc != 4)
    feed_fail("usage: fill N [SOCKET KEY]");
  uint32_t n = (uint32_t)strtoul(argv[1], NULL, 10);
  if (argc == 2)
    print(n, &t);
  else
    store(argv[2], argv[3], n, &t);
  fprintf(stderr, "{\"events\":%llu,\"bytes\":%llu,\"checksum\":\"%016llx\"}\n",
          (unsigned long long)t.events, (unsigned long long)t.bytes,
          (unsigned long long)t.checksum);
  return 0;
}
