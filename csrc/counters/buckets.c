/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/buckets.h"

#include "control/flag.h"
#include "redis/keys.h"

#include <stdio.h>
#include <time.h>

/* These scripts read a switch as kx_flag_is_on does. */
static const char trip[] =
  "local text = string.match(redis.call('GET', KEYS[1]) or '', '^%s*[+-]?%d+') "
  "if tonumber(text) ~= 1 then return 0 end "
  "redis.call('DEL', KEYS[1]) "
  "redis.call('SET', KEYS[2], '1') "
  "return 1";

static const char revive[] =
  "local text = string.match(redis.call('GET', KEYS[2]) or '', '^%s*[+-]?%d+') "
  "if tonumber(text) ~= 1 then return 0 end "
  "redis.call('SET', KEYS[1], '1') "
  "return 1";

static const char delete_some[] =
  "local names = redis.call('ZRANGE', KEYS[1], 0, 99) "
  "for _, name in ipairs(names) do redis.call('UNLINK', KEYS[2] .. name) end "
  "if #names > 0 then redis.call('ZREM', KEYS[1], unpack(names)) end "
  "return #names";

static const kx_slice size[] = {KX_LIT("ZCARD"), KX_LIT(KX_KEY_BUCKETS)};

#define SWITCH KX_LIT(KX_KEY_BUCKETS_ENABLED), KX_LIT(KX_KEY_BUCKETS_EMERGENCY)

void kx_buckets_name(int64_t seconds, int64_t interval_seconds, char out[16]) {
  struct tm utc;
  time_t start = (time_t)(seconds - seconds % interval_seconds);
  gmtime_r(&start, &utc);
  strftime(out, 16, "%Y%m%d%H%M%S", &utc);
}

kx_status kx_buckets_size(kx_redis *data, int64_t *out, kx_error *err) {
  return kx_redis_integer(data, 2, size, out, err);
}

kx_status kx_buckets_ask_size(kx_redis *data, kx_reply_fn fn, void *arg, kx_error *err) {
  return kx_pipeline_send(data, 2, size, fn, arg, err);
}

kx_status kx_buckets_list(kx_redis *data, kx_reply **out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("ZRANGE"), KX_LIT(KX_KEY_BUCKETS), KX_LIT("0"), KX_LIT("-1")};
  return kx_redis_call(data, 4, argv, out, err);
}

kx_status kx_buckets_state(kx_redis *main, kx_bucket_switch *out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("MGET"), SWITCH};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(main, 3, argv, &reply, err);
  out->on = kx_flag_is_on(kx_reply_item(reply, 0));
  out->emergency = kx_flag_is_on(kx_reply_item(reply, 1));
  kx_reply_free(reply);
  return status;
}

kx_status kx_buckets_enable(kx_redis *main, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("SET"), KX_LIT(KX_KEY_BUCKETS_ENABLED), KX_LIT("1")};
  kx_status status = kx_redis_call(main, 3, argv, NULL, err);
  return status == KX_OK ? kx_replicas_wait(main, err) : status;
}

kx_status kx_buckets_disable(kx_redis *main, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("DEL"), SWITCH};
  kx_status status = kx_redis_call(main, 3, argv, NULL, err);
  return status == KX_OK ? kx_replicas_wait(main, err) : status;
}

static kx_status turn(kx_redis *main, const char *script, bool *turned, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EVAL"), kx_str(script), KX_LIT("2"), SWITCH};
  int64_t answer = 0;
  kx_status status = kx_redis_integer(main, 5, argv, &answer, err);
  *turned = answer == 1;
  return status;
}

kx_status kx_buckets_trip(kx_redis *main, bool *tripped, kx_error *err) {
  return turn(main, trip, tripped, err);
}

kx_status kx_buckets_revive(kx_redis *main, bool *revived, kx_error *err) {
  return turn(main, revive, revived, err);
}

kx_status kx_buckets_delete_all(kx_redis *data, int64_t *out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(delete_some), KX_LIT("2"), KX_LIT(KX_KEY_BUCKETS),
                           KX_LIT(KX_KEY_BUCKET)};
  int64_t n = 1;
  kx_status status = KX_OK;
  for (*out = 0; status == KX_OK && n > 0; *out += n)
    status = kx_redis_integer(data, 5, argv, &n, err);
  return status;
}
