/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "control/failed_jobs.h"

#include "base/json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "redis/keys.h"

#include <stdio.h>

enum { ERROR_BYTES = 500 };

/* JSON has to be UTF-8, and an error may quote anything. */
static void quote_error(kx_buf *out, kx_slice error) {
  char text[ERROR_BYTES];
  size_t len = error.len < sizeof text ? error.len : sizeof text;
  if (len > 0)
    memcpy(text, error.data, len);
  if (!kx_utf8_valid((kx_slice){text, len}))
    for (size_t i = 0; i < len; i++)
      if ((unsigned char)text[i] >= 0x80)
        text[i] = '?';
  kx_json_quote(out, (kx_slice){text, len});
}

void kx_failed_jobs_write_head(kx_buf *out, kx_slice error, int64_t seconds) {
  char when[KX_TIME_TEXT];
  kx_time_text_write(when, seconds);
  kx_buf_puts(out, "{\"error\":");
  quote_error(out, error);
  kx_buf_puts(out, ",\"time\":");
  kx_json_quote(out, kx_str(when));
  kx_buf_puts(out, ",\"attempts\":");
}

/* Appends the string under the cursor if it is the member `name`. */
static bool take_text(kx_json *line, const char *name, kx_buf *texts, size_t *len) {
  kx_slice key;
  size_t before = texts->len;
  bool taken = kx_json_more(line, '}') && kx_json_key(line, &key) && kx_slice_is(key, name) &&
               kx_json_string(line, texts);
  *len = texts->len - before;
  return taken;
}

static bool take_head(kx_slice text, kx_buf *texts, kx_failed_job *out) {
  kx_json line;
  kx_slice key;
  kx_json_init(&line, text);
  return kx_json_open(&line, '{') && take_text(&line, "error", texts, &out->error) &&
         take_text(&line, "time", texts, &out->time) && kx_json_more(&line, '}') &&
         kx_json_key(&line, &key) && kx_slice_is(key, "attempts") &&
         kx_json_integer(&line, &out->attempts) && !kx_json_more(&line, '}') && kx_json_done(&line);
}

void kx_failed_jobs_read(kx_slice entry, kx_buf *texts, kx_failed_job *out) {
  const char *newline = entry.len ? memchr(entry.data, '\n', entry.len) : NULL;
  size_t head = newline != NULL ? (size_t)(newline - entry.data) : 0;
  size_t before = texts->len;
  *out = (kx_failed_job){0};
  if (newline != NULL && take_head((kx_slice){entry.data, head}, texts, out)) {
    entry = (kx_slice){newline + 1, entry.len - head - 1};
  } else {
    texts->len = before;
    *out = (kx_failed_job){0};
  }
  out->job = entry.len;
  kx_buf_slice(texts, entry);
}

/* Sends a command or script about the list: `argv[at]` becomes its key. */
static kx_status ask(kx_redis *redis, const char *queue, size_t argc, kx_slice *argv, size_t at,
                     kx_reply **out, kx_error *err) {
  kx_buf key = {0};
  kx_buf_printf(&key, "{resque:queue:%s}:failed", queue);
  argv[at] = kx_buf_view(&key);
  kx_status status =
    kx_buf_ok(&key) ? kx_redis_call(redis, argc, argv, out, err) : kx_fail_memory(err);
  kx_buf_free(&key);
  return status;
}

static kx_status ask_integer(kx_redis *redis, const char *queue, size_t argc, kx_slice *argv,
                             size_t at, int64_t *out, kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = ask(redis, queue, argc, argv, at, &reply, err);
  *out = kx_reply_integer(reply);
  kx_reply_free(reply);
  return status;
}

kx_status kx_failed_jobs_size(kx_redis *redis, const char *queue, int64_t *out, kx_error *err) {
  kx_slice argv[] = {KX_LIT("LLEN"), KX_LIT("")};
  return ask_integer(redis, queue, 2, argv, 1, out, err);
}

kx_status kx_failed_jobs_get(kx_redis *redis, const char *queue, int64_t i, kx_buf *texts,
                             kx_failed_job *out, bool *got, kx_error *err) {
  char index[24];
  kx_reply *reply = NULL;
  snprintf(index, sizeof index, "%lld", (long long)i);
  kx_slice argv[] = {KX_LIT("LINDEX"), KX_LIT(""), kx_str(index)};
  kx_status status = ask(redis, queue, 3, argv, 1, &reply, err);
  *got = status == KX_OK && !kx_reply_is_nil(reply);
  if (*got)
    kx_failed_jobs_read(kx_reply_text(reply), texts, out);
  kx_reply_free(reply);
  return status == KX_OK && !kx_buf_ok(texts) ? kx_fail_memory(err) : status;
}

kx_status kx_failed_jobs_retry(kx_redis *redis, const char *queue, int64_t *out, kx_error *err) {
  static const char script[] =
    "local prefix, name = KEYS[1]:match('^(.-){(resque:queue:.*)}:failed$') "
    "local queue = prefix .. name "
    "local entries = redis.call('LRANGE', KEYS[1], 0, -1) "
    "for _, entry in ipairs(entries) do"
    "  local job = entry:match('^{\"error\":[^\\n]*,\"attempts\":%d+}\\n(.*)$') or entry"
    "  redis.call('HDEL', prefix .. '{' .. name .. '}:attempts', job)"
    "  redis.call('RPUSH', queue, job) "
    "end "
    "redis.call('UNLINK', KEYS[1]) "
    "return #entries";
  const kx_slice announce[] = {KX_LIT("SADD"), KX_LIT("resque:queues"), kx_str(queue)};
  kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(script), KX_LIT("1"), KX_LIT("")};
  kx_status status = kx_redis_call(redis, 3, announce, NULL, err);
  *out = 0;
  return status == KX_OK ? ask_integer(redis, queue, 4, argv, 3, out, err) : status;
}

kx_status kx_failed_jobs_delete_all(kx_redis *redis, const char *queue, int64_t *out,
                                    kx_error *err) {
  static const char script[] =
    "local n = redis.call('LLEN', KEYS[1]) "
    "redis.call('UNLINK', KEYS[1]) "
    "return n";
  kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(script), KX_LIT("1"), KX_LIT("")};
  return ask_integer(redis, queue, 4, argv, 3, out, err);
}
