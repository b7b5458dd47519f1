/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/stage.h"

#include "events/claim.h"

#include <stdio.h>

/* Keys of a stage at most, unless its first bucket has more. SUNION blocks Redis for about half a
 * second per million keys, and Redis holds its reply in memory. */
#define MOST_KEYS "500000"

/* The life of a stage that nobody discards, because its owner lost the lock, staged another chunk,
 * and was killed. */
#define STAGE_TTL_SECONDS "3600"

/* KEYS: the claim, the stage, its buckets. ARGV: the owner. */
static const char begin[] = KX_FENCE
  "local old = redis.call('HGET', KEYS[1], 'stage') "
  "if old then redis.call('UNLINK', old) end "
  "redis.call('HSET', KEYS[1], 'stage', KEYS[2]) "
  "local sizes, sum = {}, 0 "
  "for i = 3, #KEYS do"
  "  local size = redis.call('SCARD', KEYS[i])"
  "  if i > 3 and sum + size > " MOST_KEYS " then break end"
  "  sum = sum + size"
  "  sizes[#sizes + 1] = size "
  "end "
  "return sizes";

/* KEYS: the claim, the stage, the outbox, its number of events, the marker, the names of all
 * buckets, the buckets of the stage. ARGV: the owner, the numbers of chunks and events, the marker,
 * then the name and the size of each bucket. */
static const char commit[] = KX_FENCE
  "for i = 7, #KEYS do"
  "  if redis.call('SCARD', KEYS[i]) ~= tonumber(ARGV[2 * i - 8]) then return 0 end "
  "end "
  "local chunks = tonumber(ARGV[2]) "
  "if redis.call('LLEN', KEYS[2]) ~= chunks then return 0 end "
  "if chunks > 0 then"
  "  redis.call('INCRBY', KEYS[4], ARGV[3])"
  "  if redis.call('EXISTS', KEYS[3]) == 0 then"
  "    redis.call('RENAME', KEYS[2], KEYS[3])"
  "    redis.call('PERSIST', KEYS[3])"
  "  else"
  "    for _ = 1, chunks do redis.call('RPOPLPUSH', KEYS[2], KEYS[3]) end"
  "  end "
  "end "
  "redis.call('HDEL', KEYS[1], 'stage') "
  "redis.call('SET', KEYS[5], ARGV[4]) "
  "for i = 5, #ARGV, 2 do redis.call('ZREM', KEYS[6], ARGV[i]) end "
  "redis.call('UNLINK', unpack(KEYS, 7)) "
  "return 1";

enum { BEGIN_KEYS = 2, COMMIT_KEYS = 6, COMMIT_ARGS = 4 };

static void write_keys(kx_stage *stage, size_t n, kx_slice *argv) {
  for (size_t i = 0; i < n; i++) {
    snprintf(stage->keys[i], sizeof stage->keys[i], "%s%s", KX_KEY_BUCKET, stage->names[i]);
    argv[i] = kx_str(stage->keys[i]);
  }
}

static void take_sizes(kx_stage *stage, const kx_reply *reply) {
  stage->n = kx_reply_size(reply);
  for (size_t i = 0; i < stage->n; i++)
    stage->sizes[i] = kx_reply_integer(kx_reply_item(reply, i));
}

kx_status kx_stage_begin(kx_stage *stage, kx_redis *redis, const char *owner,
                         const kx_bucket_text *names, size_t left, kx_error *err) {
  char count[24];
  kx_reply *reply = NULL;
  stage->names = names;
  snprintf(stage->name, sizeof stage->name, "%s%s", KX_KEY_STAGE, owner);
  snprintf(count, sizeof count, "%zu", BEGIN_KEYS + left);
  kx_slice argv[3 + BEGIN_KEYS + KX_DUE_BUCKETS_MOST + 1] = {
    KX_LIT("EVAL"), KX_LIT(begin), kx_str(count), KX_LIT(KX_KEY_CLAIM), kx_str(stage->name)};
  write_keys(stage, left, argv + 3 + BEGIN_KEYS);
  argv[3 + BEGIN_KEYS + left] = kx_str(owner);
  kx_status status = kx_redis_call(redis, 3 + BEGIN_KEYS + left + 1, argv, &reply, err);
  if (status == KX_OK)
    status = kx_claim_check(kx_reply_integer(reply), err);
  if (status == KX_OK)
    take_sizes(stage, reply);
  kx_reply_free(reply);
  return status;
}

kx_status kx_stage_append(const kx_stage *stage, kx_redis *redis, kx_slice chunk, kx_reply_fn fn,
                          void *arg, kx_error *err) {
  const kx_slice push[] = {KX_LIT("RPUSH"), kx_str(stage->name), chunk};
  const kx_slice expire[] = {KX_LIT("EXPIRE"), kx_str(stage->name), KX_LIT(STAGE_TTL_SECONDS)};
  kx_status status = kx_pipeline_send(redis, 3, push, fn, arg, err);
  return status == KX_OK ? kx_pipeline_send(redis, 3, expire, fn, arg, err) : status;
}

kx_status kx_stage_commit(const kx_stage *stage, kx_redis *redis, const char *owner,
                          const char *marker, int64_t chunks, int64_t events, kx_commit *out,
                          kx_error *err) {
  char count[24], n_chunks[24], n_events[24], sizes[KX_DUE_BUCKETS_MOST][24];
  int64_t answer = 0;
  snprintf(count, sizeof count, "%zu", COMMIT_KEYS + stage->n);
  snprintf(n_chunks, sizeof n_chunks, "%lld", (long long)chunks);
  snprintf(n_events, sizeof n_events, "%lld", (long long)events);
  kx_slice argv[3 + COMMIT_KEYS + COMMIT_ARGS + 3 * KX_DUE_BUCKETS_MOST] = {
    KX_LIT("EVAL"),
    KX_LIT(commit),
    kx_str(count),
    KX_LIT(KX_KEY_CLAIM),
    kx_str(stage->name),
    KX_LIT(KX_KEY_OUTBOX),
    KX_LIT(KX_KEY_OUTBOX_EVENTS),
    KX_LIT(KX_KEY_LATEST_BUCKET),
    KX_LIT(KX_KEY_BUCKETS),
  };
  kx_slice *at = argv + 3 + COMMIT_KEYS;
  for (size_t i = 0; i < stage->n; i++)
    *at++ = kx_str(stage->keys[i]);
  *at++ = kx_str(owner);
  *at++ = kx_str(n_chunks);
  *at++ = kx_str(n_events);
  *at++ = kx_str(marker);
  for (size_t i = 0; i < stage->n; i++) {
    snprintf(sizes[i], sizeof sizes[i], "%lld", (long long)stage->sizes[i]);
    *at++ = kx_str(stage->names[i]);
    *at++ = kx_str(sizes[i]);
  }
  kx_status status = kx_claim_call(redis, (size_t)(at - argv), argv, &answer, err);
  *out = answer == 1 ? KX_COMMITTED : KX_CHANGED;
  return status;
}

kx_status kx_stage_discard(const kx_stage *stage, kx_redis *redis, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("UNLINK"), kx_str(stage->name)};
  return stage->name[0] ? kx_redis_call(redis, 2, argv, NULL, err) : KX_OK;
}
