/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "round.h"

#include "claim.h"

#include <stdio.h>

/* SUNIONSTORE blocks Redis for about half a second a million keys. */
#define MOST_KEYS "500000"

/* KEYS: claim, stage, its count, union, buckets. */
#define DISCARD "redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4]) "

static const char begin[] = KX_FENCE DISCARD
  "local sizes, sum = {}, 0 "
  "for i = 5, #KEYS do"
  "  local size = redis.call('SCARD', KEYS[i])"
  "  if i > 5 and sum + size > " MOST_KEYS " then break end"
  "  sum = sum + size"
  "  sizes[#sizes + 1] = size "
  "end "
  "if #sizes > 1 then redis.call('SUNIONSTORE', KEYS[4], unpack(KEYS, 5, 4 + #sizes)) end "
  "return sizes";

static const char discard[] = KX_FENCE DISCARD "return 1";

static const char stage[] = KX_FENCE
  "redis.call('INCRBY', KEYS[3], ARGV[3]) "
  "return redis.call('RPUSH', KEYS[2], ARGV[2])";

/* KEYS: claim, stage, its count, union, outbox, its count, marker, sorted set,
 * buckets. ARGV: owner, chunks, events, then name and size of each bucket. */
static const char commit[] = KX_FENCE
  "for i = 9, #KEYS do"
  "  if redis.call('SCARD', KEYS[i]) ~= tonumber(ARGV[2 * i - 13]) then return 0 end "
  "end "
  "if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return 0 end "
  "if tonumber(redis.call('GET', KEYS[3]) or 0) ~= tonumber(ARGV[3]) then return 0 end "
  "if tonumber(ARGV[3]) > 0 then redis.call('INCRBY', KEYS[6], ARGV[3]) end "
  "if tonumber(ARGV[2]) > 0 and redis.call('EXISTS', KEYS[5]) == 0 then"
  "  redis.call('RENAME', KEYS[2], KEYS[5]) "
  "else"
  "  for _ = 1, ARGV[2] do redis.call('RPOPLPUSH', KEYS[2], KEYS[5]) end "
  "end "
  "redis.call('SET', KEYS[7], ARGV[#ARGV - 1]) "
  "for i = 4, #ARGV, 2 do redis.call('ZREM', KEYS[8], ARGV[i]) end "
  "redis.call('UNLINK', unpack(KEYS, 9)) "
  "redis.call('UNLINK', KEYS[3], KEYS[4]) "
  "return 1";

enum { BEGIN_KEYS = 4, COMMIT_KEYS = 8, COMMIT_ARGS = 3 };

typedef char bucket_key[sizeof KX_KEY_BUCKET + KX_BUCKET_NAME];

static void write_keys(bucket_key *keys, const char (*names)[KX_BUCKET_NAME + 1], size_t n,
                       kx_slice *argv) {
  for (size_t i = 0; i < n; i++) {
    snprintf(keys[i], sizeof keys[i], "%s%s", KX_KEY_BUCKET, names[i]);
    argv[i] = kx_str(keys[i]);
  }
}

static void take_sizes(kx_round *round, const kx_reply *reply) {
  round->n = kx_reply_size(reply);
  round->keys = 0;
  for (size_t i = 0; i < round->n; i++) {
    round->sizes[i] = kx_reply_integer(kx_reply_item(reply, i));
    round->keys += round->sizes[i];
  }
  if (round->n > 1)
    snprintf(round->key, sizeof round->key, "%s", KX_KEY_UNION);
  else
    snprintf(round->key, sizeof round->key, "%s%s", KX_KEY_BUCKET, round->names[0]);
}

kx_status kx_round_begin(kx_round *round, kx_redis *redis, const char *owner,
                         const char (*names)[KX_BUCKET_NAME + 1], size_t left, kx_error *err) {
  bucket_key keys[KX_DUE_MOST];
  char count[24];
  kx_reply *reply = NULL;
  snprintf(count, sizeof count, "%zu", BEGIN_KEYS + left);
  kx_slice argv[3 + BEGIN_KEYS + KX_DUE_MOST + 1] = {
    KX_LIT("EVAL"),       KX_LIT(begin),        kx_str(count),
    KX_LIT(KX_KEY_CLAIM), KX_LIT(KX_KEY_STAGE), KX_LIT(KX_KEY_STAGE_EVENTS),
    KX_LIT(KX_KEY_UNION),
  };
  write_keys(keys, names, left, argv + 3 + BEGIN_KEYS);
  argv[3 + BEGIN_KEYS + left] = kx_str(owner);
  round->names = names;
  kx_status status = kx_redis_call(redis, 3 + BEGIN_KEYS + left + 1, argv, &reply, err);
  if (status == KX_OK)
    status = kx_claim_check(kx_reply_integer(reply), err);
  if (status == KX_OK)
    take_sizes(round, reply);
  kx_reply_free(reply);
  return status;
}

kx_status kx_round_stage(kx_redis *redis, const char *owner, kx_slice chunk, int64_t n,
                         kx_redis_fn fn, void *arg, kx_error *err) {
  char events[24];
  snprintf(events, sizeof events, "%lld", (long long)n);
  const kx_slice argv[] = {
    KX_LIT("EVAL"),       KX_LIT(stage),
    KX_LIT("3"),          KX_LIT(KX_KEY_CLAIM),
    KX_LIT(KX_KEY_STAGE), KX_LIT(KX_KEY_STAGE_EVENTS),
    kx_str(owner),        chunk,
    kx_str(events)};
  return kx_redis_send(redis, sizeof argv / sizeof *argv, argv, fn, arg, err);
}

kx_status kx_round_commit(const kx_round *round, kx_redis *redis, const char *owner, int64_t chunks,
                          int64_t events, kx_commit *out, kx_error *err) {
  bucket_key keys[KX_DUE_MOST];
  char count[24], n_chunks[24], n_events[24], sizes[KX_DUE_MOST][24];
  int64_t answer = 0;
  snprintf(count, sizeof count, "%zu", COMMIT_KEYS + round->n);
  snprintf(n_chunks, sizeof n_chunks, "%lld", (long long)chunks);
  snprintf(n_events, sizeof n_events, "%lld", (long long)events);
  kx_slice argv[3 + COMMIT_KEYS + COMMIT_ARGS + 3 * KX_DUE_MOST] = {
    KX_LIT("EVAL"),
    KX_LIT(commit),
    kx_str(count),
    KX_LIT(KX_KEY_CLAIM),
    KX_LIT(KX_KEY_STAGE),
    KX_LIT(KX_KEY_STAGE_EVENTS),
    KX_LIT(KX_KEY_UNION),
    KX_LIT(KX_KEY_OUTBOX),
    KX_LIT(KX_KEY_OUTBOX_EVENTS),
    KX_LIT(KX_KEY_LATEST_BUCKET),
    KX_LIT(KX_KEY_BUCKETS),
  };
  kx_slice *at = argv + 3 + COMMIT_KEYS;
  write_keys(keys, round->names, round->n, at);
  at += round->n;
  *at++ = kx_str(owner);
  *at++ = kx_str(n_chunks);
  *at++ = kx_str(n_events);
  for (size_t i = 0; i < round->n; i++) {
    snprintf(sizes[i], sizeof sizes[i], "%lld", (long long)round->sizes[i]);
    *at++ = kx_str(round->names[i]);
    *at++ = kx_str(sizes[i]);
  }
  kx_status status = kx_claim_call(redis, (size_t)(at - argv), argv, &answer, err);
  *out = answer == 1 ? KX_COMMITTED : KX_CHANGED;
  return status;
}

kx_status kx_round_discard(kx_redis *redis, const char *owner, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EVAL"),       KX_LIT(discard),      KX_LIT("4"),
                           KX_LIT(KX_KEY_CLAIM), KX_LIT(KX_KEY_STAGE), KX_LIT(KX_KEY_STAGE_EVENTS),
                           KX_LIT(KX_KEY_UNION), kx_str(owner)};
  int64_t answer;
  return kx_claim_call(redis, sizeof argv / sizeof *argv, argv, &answer, err);
}
