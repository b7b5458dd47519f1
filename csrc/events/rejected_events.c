/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/rejected_events.h"

#include "base/json.h"
#include "base/time_text.h"
#include "redis/keys.h"

#include <stdio.h>
#include <time.h>

void kx_rejected_events_write(kx_buf *out, kx_slice event, const char *reason, int64_t seconds) {
  char when[KX_TIME_TEXT];
  kx_time_text_write(when, seconds);
  kx_buf_puts(out, "{\"reason\":");
  kx_json_quote(out, kx_str(reason));
  kx_buf_puts(out, ",\"time\":");
  kx_json_quote(out, kx_str(when));
  kx_buf_puts(out, "}\n");
  kx_buf_slice(out, event);
}

/* The text between `before` and the next quote. Our reasons and times hold no escapes. */
static kx_slice quoted(kx_slice line, const char *before) {
  const char *at = memmem(line.data, line.len, before, strlen(before));
  if (at == NULL)
    return kx_str("");
  at += strlen(before);
  const char *end = memchr(at, '"', (size_t)(line.data + line.len - at));
  return end != NULL ? (kx_slice){at, (size_t)(end - at)} : kx_str("");
}

void kx_rejected_events_read(kx_slice entry, kx_rejected_event *out) {
  const char *newline = entry.len ? memchr(entry.data, '\n', entry.len) : NULL;
  size_t head = newline != NULL ? (size_t)(newline - entry.data) : 0;
  kx_slice line = {entry.data, head};
  out->reason = quoted(line, "{\"reason\":\"");
  out->time = quoted(line, ",\"time\":\"");
  out->event = entry;
  if (out->time.len > 0)
    out->event = (kx_slice){newline + 1, entry.len - head - 1};
}

/* Runs a command whose last argument is the entry. */
static kx_status add(kx_redis *redis, size_t argc, kx_slice *argv, kx_slice event,
                     const char *reason, int64_t seconds, kx_error *err) {
  kx_buf entry = {0};
  kx_status status;
  kx_rejected_events_write(&entry, event, reason, seconds);
  argv[argc - 1] = kx_buf_view(&entry);
  status = kx_buf_ok(&entry) ? kx_redis_call(redis, argc, argv, NULL, err) : kx_fail_memory(err);
  kx_buf_free(&entry);
  return status;
}

kx_status kx_rejected_events_add(kx_redis *redis, kx_slice event, const char *reason,
                                 int64_t seconds, kx_error *err) {
  kx_slice argv[] = {KX_LIT("RPUSH"), KX_LIT(KX_KEY_REJECTED), KX_LIT("")};
  return add(redis, 3, argv, event, reason, seconds, err);
}

kx_status kx_rejected_events_move(kx_redis *redis, kx_slice event, const char *reason,
                                  int64_t seconds, kx_error *err) {
  static const char script[] =
    KX_WHEN_FULL("KEYS[1]") "return redis.call('RPUSH', KEYS[1], ARGV[1])";
  kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(script), KX_LIT("1"), KX_LIT(KX_KEY_REJECTED),
                     KX_LIT("")};
  return add(redis, 5, argv, event, reason, seconds, err);
}

kx_status kx_rejected_events_size(kx_redis *redis, int64_t *out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("LLEN"), KX_LIT(KX_KEY_REJECTED)};
  return kx_redis_integer(redis, 2, argv, out, err);
}

kx_status kx_rejected_events_list(kx_redis *redis, int64_t first, int64_t n, kx_reply **out,
                                  kx_error *err) {
  char from[24], to[24];
  snprintf(from, sizeof from, "%lld", (long long)first);
  snprintf(to, sizeof to, "%lld", (long long)(first + n - 1));
  const kx_slice argv[] = {KX_LIT("LRANGE"), KX_LIT(KX_KEY_REJECTED), kx_str(from), kx_str(to)};
  return kx_redis_call(redis, 4, argv, out, err);
}

kx_status kx_rejected_events_retry(kx_redis *redis, kx_slice entry, bool *moved, kx_error *err) {
  static const char script[] =
    "if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end "
    "redis.call('RPUSH', KEYS[2], ARGV[2] .. '\\n') "
    "redis.call('INCR', KEYS[3]) "
    "return 1";
  kx_rejected_event parts;
  int64_t answer = 0;
  kx_rejected_events_read(entry, &parts);
  const kx_slice argv[] = {
    KX_LIT("EVAL"),
    KX_LIT(script),
    KX_LIT("3"),
    KX_LIT(KX_KEY_REJECTED),
    KX_LIT(KX_KEY_INBOX),
    KX_LIT(KX_KEY_INBOX_EVENTS),
    entry,
    parts.event};
  kx_status status = kx_redis_integer(redis, 8, argv, &answer, err);
  *moved = answer == 1;
  return status;
}

kx_status kx_rejected_events_delete_all(kx_redis *redis, int64_t *out, kx_error *err) {
  static const char script[] =
    "local n = redis.call('LLEN', KEYS[1]) "
    "redis.call('UNLINK', KEYS[1]) "
    "return n";
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(script), KX_LIT("1"), KX_LIT(KX_KEY_REJECTED)};
  return kx_redis_integer(redis, 4, argv, out, err);
}
