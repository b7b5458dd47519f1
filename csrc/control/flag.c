/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "control/flag.h"

#include "redis/keys.h"

#include <stdlib.h>

static const kx_slice get[] = {KX_LIT("GET"), KX_LIT(KX_KEY_ENABLED)};

kx_status kx_flag_enable(kx_redis *redis, kx_error *err) {
  static const char script[] = KX_WHEN_FULL("KEYS[1]") "return redis.call('SET', KEYS[1], '1')";
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(script), KX_LIT("1"), KX_LIT(KX_KEY_ENABLED)};
  kx_status status = kx_redis_call(redis, 4, argv, NULL, err);
  return status == KX_OK ? kx_replicas_wait(redis, err) : status;
}

kx_status kx_flag_disable(kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("DEL"), KX_LIT(KX_KEY_ENABLED)};
  kx_status status = kx_redis_call(redis, 2, argv, NULL, err);
  return status == KX_OK ? kx_replicas_wait(redis, err) : status;
}

bool kx_flag_is_on(const kx_reply *reply) {
  char digits[32] = "";
  kx_slice text = kx_reply_text(reply);
  memcpy(digits, text.data, text.len < sizeof digits ? text.len : sizeof digits - 1);
  return strtol(digits, NULL, 10) == 1;
}

kx_status kx_flag_enabled(kx_redis *redis, bool *out, kx_error *err) {
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, 2, get, &reply, err);
  *out = status == KX_OK && kx_flag_is_on(reply);
  kx_reply_free(reply);
  return status;
}

kx_status kx_flag_ask(kx_redis *redis, kx_reply_fn fn, void *arg, kx_error *err) {
  return kx_pipeline_send(redis, 2, get, fn, arg, err);
}
