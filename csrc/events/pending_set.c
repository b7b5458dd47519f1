/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/pending_set.h"

#include <stdio.h>
#include <stdlib.h>

/* How the commands that run the scripts below begin. */
#define FENCED(script, keys) KX_LIT("EVAL"), kx_str(script), KX_LIT(keys), KX_LIT(KX_KEY_CLAIM)

static const char claim[] = KX_FENCE
  "if redis.call('EXISTS', KEYS[2]) == 0 then"
  "  if redis.call('SCARD', KEYS[3]) == 0 then return 0 end"
  "  redis.call('HDEL', KEYS[1], 'run_id', 'cursor', 'settled')"
  "  redis.call('RENAME', KEYS[3], KEYS[2]) "
  "end "
  "return redis.call('SCARD', KEYS[2])";

static const char claim_some[] = KX_FENCE
  "redis.call('HDEL', KEYS[1], 'run_id', 'cursor', 'settled') "
  "local limit, all = tonumber(ARGV[2]), redis.call('SCARD', KEYS[3]) "
  "if all == 0 then return 0 end "
  "if all <= limit and redis.call('EXISTS', KEYS[2]) == 0 then"
  "  redis.call('RENAME', KEYS[3], KEYS[2])"
  "  return all "
  "end "
  "local events = redis.call('SPOP', KEYS[3], math.min(limit, tonumber(ARGV[3]))) "
  "redis.call('SADD', KEYS[2], unpack(events)) "
  "return #events";

static const char settle[] = KX_FENCE
  "redis.call('HSET', KEYS[1], 'run_id', ARGV[2], 'cursor', ARGV[3], 'settled', ARGV[4]) "
  "return 1";

/* Applies a command to all events, a thousand at a time. */
#define EACH(command)                                                                \
  "for i = 2, #ARGV, 1000 do"                                                        \
  "  redis.call('" command "', KEYS[2], unpack(ARGV, i, math.min(i + 999, #ARGV))) " \
  "end "                                                                             \
  "return 1"

static const char put_back[] = KX_FENCE_UNLESS_FULL EACH("SADD");

static const char put_back_when_full[] = KX_FENCE EACH("SADD");

static const char let_go[] = KX_FENCE EACH("SREM");

static const char finish[] = KX_FENCE
  "redis.call('UNLINK', KEYS[2]) "
  "redis.call('HDEL', KEYS[1], 'run_id', 'cursor', 'settled') "
  "return 1";

static void start_over(kx_scan *place) {
  place->run_id[0] = '\0';
  snprintf(place->cursor, sizeof place->cursor, "0");
  place->settled = 0;
}

static void take_place(const kx_reply *kept, kx_scan *place) {
  kx_slice cursor = kx_reply_text(kx_reply_item(kept, 1));
  kx_slice settled = kx_reply_text(kx_reply_item(kept, 2));
  char digits[24];
  if (!kx_slice_is(kx_reply_text(kx_reply_item(kept, 0)), place->run_id) || cursor.len == 0)
    return;
  snprintf(place->cursor, sizeof place->cursor, "%.*s", (int)cursor.len, cursor.data);
  snprintf(digits, sizeof digits, "%.*s", (int)settled.len, settled.data);
  place->settled = strtoll(digits, NULL, 10);
}

/* Where an earlier export of this claim stopped. */
static kx_status kept_place(kx_redis *redis, kx_scan *place, kx_error *err) {
  const kx_slice argv[] = {
    KX_LIT("HMGET"), KX_LIT(KX_KEY_CLAIM), KX_LIT("run_id"), KX_LIT("cursor"), KX_LIT("settled")};
  kx_reply *kept = NULL;
  const char *run_id = "";
  kx_status status = kx_redis_run_id(redis, &run_id, err);
  snprintf(place->run_id, sizeof place->run_id, "%s", run_id);
  if (status == KX_OK)
    status = kx_redis_call(redis, 5, argv, &kept, err);
  if (status == KX_OK)
    take_place(kept, place);
  kx_reply_free(kept);
  return status;
}

kx_status kx_pending_set_claim(kx_redis *redis, const char *owner, int64_t *members, kx_scan *from,
                               kx_error *err) {
  const kx_slice argv[] = {
    FENCED(claim, "3"), KX_LIT(KX_KEY_CLAIMED), KX_LIT(KX_KEY_PENDING), kx_str(owner)};
  kx_status status = kx_claim_call(redis, 7, argv, members, err);
  start_over(from);
  return status == KX_OK && *members > 0 ? kept_place(redis, from, err) : status;
}

kx_status kx_pending_set_claim_some(kx_redis *redis, const char *owner, int64_t limit,
                                    int64_t *moved, kx_error *err) {
  char n[24], most[24];
  snprintf(n, sizeof n, "%lld", (long long)limit);
  snprintf(most, sizeof most, "%d", KX_PENDING_SET_MOVE);
  const kx_slice argv[] = {
    FENCED(claim_some, "3"),
    KX_LIT(KX_KEY_CLAIMED),
    KX_LIT(KX_KEY_PENDING),
    kx_str(owner),
    kx_str(n),
    kx_str(most)};
  return kx_claim_call(redis, 9, argv, moved, err);
}

kx_status kx_pending_set_settle(kx_redis *redis, const char *owner, const kx_scan *place,
                                kx_reply_fn fn, void *arg, kx_error *err) {
  char settled[24];
  snprintf(settled, sizeof settled, "%lld", (long long)place->settled);
  const kx_slice argv[] = {FENCED(settle, "1"), kx_str(owner), kx_str(place->run_id),
                           kx_str(place->cursor), kx_str(settled)};
  return kx_pipeline_send(redis, 8, argv, fn, arg, err);
}

/* Fills `argv` with the events of the text, or only counts them when it is NULL. The result is
 * their number. */
static size_t each_event(kx_slice events, kx_slice *argv) {
  size_t n = 0;
  const char *at = events.data, *end = events.data + events.len, *newline;
  while (at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
    if (argv != NULL)
      argv[n] = (kx_slice){at, (size_t)(newline - at)};
    n++;
    at = newline + 1;
  }
  return n;
}

static kx_status run_on(kx_redis *redis, const char *script, const char *set, const char *owner,
                        kx_slice events, kx_error *err) {
  const kx_slice head[] = {FENCED(script, "2"), kx_str(set), kx_str(owner)};
  size_t n_head = sizeof head / sizeof *head, n = each_event(events, NULL);
  kx_slice *argv = malloc((n_head + n) * sizeof *argv);
  int64_t answer;
  kx_status status;
  if (argv == NULL)
    return kx_fail_memory(err);
  memcpy(argv, head, sizeof head);
  each_event(events, argv + n_head);
  status = kx_claim_call(redis, n_head + n, argv, &answer, err);
  free(argv);
  return status;
}

kx_status kx_pending_set_put_back(kx_redis *redis, const char *owner, kx_slice events,
                                  bool when_full, kx_error *err) {
  const char *script = when_full ? put_back_when_full : put_back;
  return run_on(redis, script, KX_KEY_PENDING, owner, events, err);
}

kx_status kx_pending_set_let_go(kx_redis *redis, const char *owner, kx_slice events,
                                kx_error *err) {
  return run_on(redis, let_go, KX_KEY_CLAIMED, owner, events, err);
}

kx_status kx_pending_set_finish(kx_redis *redis, const char *owner, kx_error *err) {
  const kx_slice argv[] = {FENCED(finish, "2"), KX_LIT(KX_KEY_CLAIMED), kx_str(owner)};
  int64_t answer;
  return kx_claim_call(redis, 6, argv, &answer, err);
}
