/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "exporter/history.h"

#include "redis/keys.h"

#include <stdio.h>

static const char add[] = KX_WHEN_FULL(
  "KEYS[1]") "local now, last = redis.call('TIME')[1], redis.call('LINDEX', KEYS[2], 0) "
             "for i = 4, #ARGV, 2 do "
             "  redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) "
             "  if ARGV[i] == 'events_accepted' and ARGV[i + 1] ~= '0' then "
             "    redis.call('HSET', KEYS[1], 'last_export_time', now) "
             "  end "
             "end "
             "if last and now - string.match(last, '^%d+') < tonumber(ARGV[1]) then return 0 end "
             "local of = redis.call('HMGET', KEYS[1], 'events_stored', 'events_accepted') "
             "redis.call('LPUSH', KEYS[2], table.concat({now, ARGV[3], of[1] or 0, of[2] or 0}, ' "
             "')) "
             "redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1) "
             "return 1";

enum { FIXED = 8 };

kx_status kx_history_add(kx_redis *data, const kx_delta *deltas, size_t n, int64_t pending,
                         kx_error *err) {
  kx_slice argv[FIXED + 2 * KX_DELTAS_MOST] = {
    KX_LIT("EVAL"), KX_LIT(add), KX_LIT("2"), KX_LIT(KX_KEY_TOTALS), KX_LIT(KX_KEY_HISTORY)};
  char numbers[3 + KX_DELTAS_MOST][24];
  const int64_t fixed[] = {KX_HISTORY_SECONDS, KX_HISTORY_SAMPLES, pending};
  size_t argc = FIXED - 3;
  for (size_t i = 0; i < 3 + n; i++) {
    snprintf(numbers[i], sizeof *numbers, "%lld", (long long)(i < 3 ? fixed[i] : deltas[i - 3].n));
    if (i >= 3)
      argv[argc++] = kx_str(deltas[i - 3].name);
    argv[argc++] = kx_str(numbers[i]);
  }
  return kx_redis_call(data, argc, argv, NULL, err);
}

static void put(kx_buf *out, const kx_reply *reply, size_t i, char end) {
  kx_buf_slice(out, kx_reply_text(kx_reply_item(reply, i)));
  kx_buf_putc(out, end);
}

kx_status kx_history_read(kx_redis *data, kx_buf *out, kx_error *err) {
  const kx_slice totals[] = {KX_LIT("HGETALL"), KX_LIT(KX_KEY_TOTALS)};
  const kx_slice samples[] = {KX_LIT("LRANGE"), KX_LIT(KX_KEY_HISTORY), KX_LIT("0"), KX_LIT("-1")};
  kx_reply *totals_reply = NULL, *samples_reply = NULL;
  kx_status status = kx_redis_call(data, 2, totals, &totals_reply, err);
  if (status == KX_OK)
    status = kx_redis_call(data, 4, samples, &samples_reply, err);
  for (size_t i = 0; i < kx_reply_size(totals_reply); i++)
    put(out, totals_reply, i, i % 2 == 0 ? ' ' : '\n');
  for (size_t i = 0; i < kx_reply_size(samples_reply); i++)
    put(out, samples_reply, i, '\n');
  kx_reply_free(totals_reply);
  kx_reply_free(samples_reply);
  return status == KX_OK && !kx_buf_ok(out) ? kx_fail_memory(err) : status;
}
