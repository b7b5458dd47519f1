/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "control/lock.h"

#include "redis/keys.h"

#include <ctype.h>
#include <stdio.h>

static const char renew[] =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then"
  "  return redis.call('PEXPIRE', KEYS[1], ARGV[2]) "
  "end "
  "return 0";

/* True when ARGV[1] holds the lock, or an exporter that took it over under this token. */
#define HELD                                   \
  "local holder = redis.call('GET', KEYS[1]) " \
  "local held = holder and (holder == ARGV[1] or holder:sub(1, #ARGV[1] + 1) == ARGV[1] .. ':') "

/* Draws a number; KEYS[2] has the last one. If that key is lost, the clock of Redis is still larger
 * than the last number. */
#define DRAW                                                                    \
  "local function draw(floor) " KX_WHEN_FULL(                                   \
    "KEYS[2]") "  local last = tonumber(redis.call('GET', KEYS[2]) or 0) or 0 " \
               "  local now = redis.call('TIME') "                              \
               "  local n = math.max(last + 1, now[1] * 1e6 + now[2], floor) "  \
               "  redis.call('SET', KEYS[2], string.format('%.0f', n)) "        \
               "  return n "                                                    \
               "end "

static const char acquire[] = DRAW
  "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end "
  "local n = draw(0) "
  "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
  "return n";

static const char adopt[] = DRAW HELD
  "if holder and not held then return 0 end "
  "local n = draw(0) "
  "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) "
  "return n";

static const char draw_above[] = DRAW
  "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
  "return draw(ARGV[2] + 1)";

static const char release[] = HELD "return held and redis.call('DEL', KEYS[1]) or 0";

kx_status kx_lock_init(kx_lock *lock, const char *resource, int64_t ttl_ms, kx_error *err) {
  int n = snprintf(lock->key, sizeof lock->key, "%s:lock", resource);
  if (n < 0 || (size_t)n >= sizeof lock->key)
    return kx_fail(err, KX_CONFIG, "lock_resource is longer than %zu bytes",
                   sizeof lock->key - sizeof ":lock");
  for (char *p = lock->key; *p; p++)
    *p = (char)tolower((unsigned char)*p);
  snprintf(lock->fence_key, sizeof lock->fence_key, "%s:fence", lock->key);
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

/* The answer is missing, but Redis may have given us the lock. Nobody else knows its token. */
static void give_up(const kx_lock *lock, kx_redis *redis, const char *token) {
  bool released;
  (void)kx_lock_release(lock, redis, kx_str(token), &released, NULL);
}

/* Runs a script that draws a number if the lock is ours or becomes ours. */
static kx_status draw(kx_lock *lock, kx_redis *redis, const char *script, size_t n,
                      const kx_slice *arguments, bool *held, kx_error *err) {
  kx_slice argv[8] = {KX_LIT("EVAL"), kx_str(script), KX_LIT("2"), kx_str(lock->key),
                      kx_str(lock->fence_key)};
  int64_t number = 0;
  memcpy(argv + 5, arguments, n * sizeof *arguments);
  kx_status status = kx_redis_integer(redis, 5 + n, argv, &number, err);
  *held = number > 0;
  if (*held)
    lock->fence = number;
  return status;
}

kx_status kx_lock_acquire(kx_lock *lock, kx_redis *redis, bool *taken, kx_error *err) {
  char token[KX_TOKEN_HEX + 1], ttl[24];
  kx_status status = kx_random_token(token, err);
  *taken = false;
  if (status != KX_OK)
    return status;
  snprintf(ttl, sizeof ttl, "%lld", (long long)lock->ttl_ms);
  const kx_slice arguments[] = {kx_str(token), kx_str(ttl)};
  status = draw(lock, redis, acquire, 2, arguments, taken, err);
  if (status != KX_OK)
    give_up(lock, redis, token);
  else if (*taken)
    memcpy(lock->token, token, sizeof token);
  return status;
}

kx_status kx_lock_adopt(kx_lock *lock, kx_redis *redis, kx_slice token, bool *taken,
                        kx_error *err) {
  char own[sizeof lock->token], fresh[KX_TOKEN_HEX + 1], ttl[24];
  kx_status status = kx_random_token(fresh, err);
  *taken = false;
  if (status != KX_OK)
    return status;
  if (token.len == 0 || token.len > KX_LOCK_TOKEN)
    return kx_fail(err, KX_CONFIG, "a lock key has 1 to %d bytes", KX_LOCK_TOKEN);
  snprintf(own, sizeof own, "%.*s:%s", (int)token.len, token.data, fresh);
  snprintf(ttl, sizeof ttl, "%lld", (long long)lock->ttl_ms);
  const kx_slice arguments[] = {token, kx_str(own), kx_str(ttl)};
  status = draw(lock, redis, adopt, 3, arguments, taken, err);
  if (*taken)
    memcpy(lock->token, own, sizeof own);
  return status;
}

kx_status kx_lock_draw(kx_lock *lock, kx_redis *redis, int64_t floor, bool *held, kx_error *err) {
  char number[24];
  snprintf(number, sizeof number, "%lld", (long long)floor);
  const kx_slice arguments[] = {kx_str(lock->token), kx_str(number)};
  return draw(lock, redis, draw_above, 2, arguments, held, err);
}

kx_status kx_lock_renew(const kx_lock *lock, kx_redis *redis, kx_reply_fn fn, void *arg,
                        kx_error *err) {
  char ttl[24];
  snprintf(ttl, sizeof ttl, "%lld", (long long)lock->ttl_ms);
  const kx_slice argv[] = {KX_LIT("EVAL"),    kx_str(renew),       KX_LIT("1"),
                           kx_str(lock->key), kx_str(lock->token), kx_str(ttl)};
  return kx_pipeline_send(redis, 6, argv, fn, arg, err);
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
