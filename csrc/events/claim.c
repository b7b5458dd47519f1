/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/claim.h"

#include <stdio.h>

static const char own[] =
  "local fence = tonumber(redis.call('HGET', KEYS[1], 'fence') or 0) or 0 "
  "if fence > tonumber(ARGV[2]) then return fence end " KX_WHEN_FULL(
    "KEYS[1]") "redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', ARGV[2]) "
               "return 0";

kx_status kx_claim_own(kx_redis *redis, const char *owner, int64_t fence, int64_t *larger,
                       kx_error *err) {
  char number[24];
  snprintf(number, sizeof number, "%lld", (long long)fence);
  const kx_slice argv[] = {
    KX_LIT("EVAL"), KX_LIT(own), KX_LIT("1"), KX_LIT(KX_KEY_CLAIM), kx_str(owner), kx_str(number)};
  return kx_redis_integer(redis, 6, argv, larger, err);
}

kx_status kx_claim_lost(kx_error *err) {
  return kx_fail(err, KX_LOST,
                 "another exporter has taken over the pending events: "
                 "it continues where this one stopped");
}

kx_status kx_claim_check(int64_t answer, kx_error *err) {
  return answer >= 0 ? KX_OK : kx_claim_lost(err);
}

kx_status kx_claim_call(kx_redis *redis, size_t argc, const kx_slice *argv, int64_t *out,
                        kx_error *err) {
  kx_status status = kx_redis_integer(redis, argc, argv, out, err);
  return status == KX_OK ? kx_claim_check(*out, err) : status;
}

kx_status kx_claim_exists(kx_redis *redis, const char *key, bool *out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EXISTS"), kx_str(key)};
  int64_t n = 0;
  kx_status status = kx_redis_integer(redis, 2, argv, &n, err);
  *out = n == 1;
  return status;
}

kx_status kx_claim_count(kx_redis *redis, int64_t *out, kx_error *err) {
  static const char script[] =
    "local claimed = redis.call('SCARD', KEYS[2])"
    "  - (tonumber(redis.call('HGET', KEYS[3], 'settled') or 0)) "
    "local n = redis.call('SCARD', KEYS[1]) + math.max(claimed, 0) "
    "for i = 4, #KEYS do n = n + math.max(tonumber(redis.call('GET', KEYS[i]) or 0), 0) end "
    "return n";
  const kx_slice argv[] = {
    KX_LIT("EVAL"),
    KX_LIT(script),
    KX_LIT("7"),
    KX_LIT(KX_KEY_PENDING),
    KX_LIT(KX_KEY_CLAIMED),
    KX_LIT(KX_KEY_CLAIM),
    KX_LIT(KX_KEY_INBOX_EVENTS),
    KX_LIT(KX_KEY_INBOX_CLAIMED_EVENTS),
    KX_LIT(KX_KEY_OUTBOX_EVENTS),
    KX_LIT(KX_KEY_OUTBOX_CLAIMED_EVENTS)};
  return kx_redis_integer(redis, sizeof argv / sizeof *argv, argv, out, err);
}
