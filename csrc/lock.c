/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "lock.h"

#include "keys.h"

#include <ctype.h>
#include <stdio.h>

static const char renew[] =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then"
  "  return redis.call('PEXPIRE', KEYS[1], ARGV[2]) "
  "end "
  "return 0";

/* True when ARGV[1] holds the lock, be it as somebody who adopted it. */
#define HELD                                   \
  "local holder = redis.call('GET', KEYS[1]) " \
  "local held = holder and (holder == ARGV[1] or holder:sub(1, #ARGV[1] + 1) == ARGV[1] .. ':') "

static const char adopt[] = HELD
  "if holder and not held then return 0 end "
  "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) "
  "return 1";

static const char release[] = HELD "return held and redis.call('DEL', KEYS[1]) or 0";

kx_status kx_lock_init(kx_lock *lock, const char *resource, int64_t ttl_ms, kx_error *err) {
  int n = snprintf(lock->key, sizeof lock->key, "%s:lock", resource);
  if (n < 0 || (size_t)n >= sizeof lock->key)
    return kx_fail(err, KX_CONFIG, "lock_resource is longer than %zu bytes",
                   sizeof lock->key - sizeof ":lock");
  for (char *p = lock->key; *p; p++)
    *p = (char)tolower((unsigned char)*p);
  lock->ttl_ms = ttl_ms;
  lock->token[0] = '\0';
  return KX_OK;
}

kx_status kx_lock_release(const kx_lock *lock, kx_redis *redis, kx_slice token, bool *released,
                          kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EVAL"), kx_str(release), KX_LIT("1"), kx_str(lock->key), token};
  int64_t n = 0;
  kx_status status = kx_redis_integer(redis, 5, argv, &n, err);
  *released = n == 1;
  return status;
}

/* The answer is missing, not necessarily the lock: nobody else knows the token. */
static void give_up(const kx_lock *lock, kx_redis *redis, const char *token) {
  bool released;
  (void)kx_lock_release(lock, redis, kx_str(token), &released, NULL);
}

kx_status kx_lock_acquire(kx_lock *lock, kx_redis *redis, bool *taken, kx_error *err) {
  char token[KX_TOKEN_HEX + 1], ttl[24];
  kx_reply *reply = NULL;
  kx_status status = kx_random_token(token, err);
  *taken = false;
  if (status != KX_OK)
    return status;
  snprintf(ttl, sizeof ttl, "%lld", (long long)lock->ttl_ms);
  const kx_slice argv[] = {
    KX_LIT("SET"), kx_str(lock->key), kx_str(token), KX_LIT("NX"), KX_LIT("PX"), kx_str(ttl)};
  status = kx_redis_call(redis, 6, argv, &reply, err);
  if (status != KX_OK)
    give_up(lock, redis, token);
  else if (!kx_reply_is_nil(reply)) {
    memcpy(lock->token, token, sizeof token);
    *taken = true;
  }
  kx_reply_free(reply);
  return status;
}

kx_status kx_lock_adopt(kx_lock *lock, kx_redis *redis, kx_slice token, bool *taken,
                        kx_error *err) {
  char own[sizeof lock->token], fresh[KX_TOKEN_HEX + 1], ttl[24];
  int64_t answer = 0;
  kx_status status = kx_random_token(fresh, err);
  *taken = false;
  if (status != KX_OK)
    return status;
  if (token.len == 0 || token.len > KX_LOCK_TOKEN)
    return kx_fail(err, KX_CONFIG, "a lock key has from 1 to %d bytes", KX_LOCK_TOKEN);
  snprintf(own, sizeof own, "%.*s:%s", (int)token.len, token.data, fresh);
  snprintf(ttl, sizeof ttl, "%lld", (long long)lock->ttl_ms);
  const kx_slice argv[] = {
    KX_LIT("EVAL"), kx_str(adopt), KX_LIT("1"), kx_str(lock->key), token, kx_str(own), kx_str(ttl)};
  status = kx_redis_integer(redis, 7, argv, &answer, err);
  if (answer != 1)
    return status;
  memcpy(lock->token, own, sizeof own);
  *taken = true;
  return status;
}

kx_status kx_lock_renew(const kx_lock *lock, kx_redis *redis, kx_redis_fn fn, void *arg,
                        kx_error *err) {
  char ttl[24];
  snprintf(ttl, sizeof ttl, "%lld", (long long)lock->ttl_ms);
  const kx_slice argv[] = {KX_LIT("EVAL"),    kx_str(renew),       KX_LIT("1"),
                           kx_str(lock->key), kx_str(lock->token), kx_str(ttl)};
  return kx_redis_send(redis, 6, argv, fn, arg, err);
}

kx_status kx_lock_holder(const kx_lock *lock, kx_redis *redis, char *out, size_t size,
                         int64_t *ttl_ms, kx_error *err) {
  const kx_slice get[] = {KX_LIT("GET"), kx_str(lock->key)};
  const kx_slice pttl[] = {KX_LIT("PTTL"), kx_str(lock->key)};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, 2, get, &reply, err);
  kx_slice text = kx_reply_text(reply);
  snprintf(out, size, "%.*s", (int)text.len, text.data);
  kx_reply_free(reply);
  *ttl_ms = 0;
  return status == KX_OK ? kx_redis_integer(redis, 2, pttl, ttl_ms, err) : status;
}
