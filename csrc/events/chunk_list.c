/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/chunk_list.h"

#include <stdio.h>

const kx_chunk_list kx_inbox = {
  KX_KEY_INBOX, KX_KEY_INBOX_EVENTS, KX_KEY_INBOX_CLAIMED, KX_KEY_INBOX_CLAIMED_EVENTS};
const kx_chunk_list kx_outbox = {
  KX_KEY_OUTBOX, KX_KEY_OUTBOX_EVENTS, KX_KEY_OUTBOX_CLAIMED, KX_KEY_OUTBOX_CLAIMED_EVENTS};

#define ALL_KEYS                                                                   \
  KX_LIT("5"), KX_LIT(KX_KEY_CLAIM), kx_str(chunks->list), kx_str(chunks->events), \
    kx_str(chunks->claimed), kx_str(chunks->claimed_events)

/* LLEN first: it fails on a key of another type before anything is written. */
#define APPEND                                        \
  "redis.call('LLEN', KEYS[1]) "                      \
  "local n = redis.call('INCRBY', KEYS[2], ARGV[2]) " \
  "redis.call('RPUSH', KEYS[1], ARGV[1]) "

static const char append[] = APPEND "return n";

/* A repeated write touches the marker of the first one: see kx_replicas_wait. */
static const char append_once[] =
  "if tonumber(redis.call('GET', KEYS[3]) or 0) >= tonumber(ARGV[3]) then"
  "  redis.call('EXPIRE', KEYS[3], ARGV[4])"
  "  return 0 "
  "end " APPEND "redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[4]) "
  "return n";

/* When the claimed list has become empty, its counter may still be above 0: those events are in
 * chunks that an interrupted unclaim has moved back. When both lists are empty there is nothing to
 * count, so any rest is an error of an earlier writer. */
#define CLOSE_IF_EMPTY                                                                 \
  "if redis.call('EXISTS', KEYS[4]) == 0 then"                                         \
  "  local n = tonumber(redis.call('GET', KEYS[5]) or 0)"                              \
  "  redis.call('DEL', KEYS[5])"                                                       \
  "  if redis.call('EXISTS', KEYS[2]) == 0 then n = 0 redis.call('DEL', KEYS[3]) end " \
  "  if n ~= 0 then redis.call('INCRBY', KEYS[3], n) end "                             \
  "end "

static const char claim[] = KX_FENCE CLOSE_IF_EMPTY
  "if redis.call('EXISTS', KEYS[4]) == 0 then"
  "  if redis.call('LLEN', KEYS[2]) == 0 then return 0 end"
  "  redis.call('RENAME', KEYS[2], KEYS[4])"
  "  redis.call('SET', KEYS[5], redis.call('GET', KEYS[3]) or 0)"
  "  redis.call('DEL', KEYS[3]) "
  "end "
  "return redis.call('LLEN', KEYS[4])";

static const char claim_some[] = KX_FENCE
  "local left, moved = tonumber(ARGV[2]), 0 "
  "for _ = 1, 8 do"
  "  local chunk = left > 0 and redis.call('LPOP', KEYS[2])"
  "  if not chunk then break end"
  "  if chunk:sub(-1) ~= '\\n' then chunk = chunk .. '\\n' end"
  "  local _, n = string.gsub(chunk, '\\n', '\\n')"
  "  if n > left then"
  "    local at = 0"
  "    for _ = 1, left do at = string.find(chunk, '\\n', at + 1, true) end"
  "    redis.call('LPUSH', KEYS[2], string.sub(chunk, at + 1))"
  "    chunk, n = string.sub(chunk, 1, at), left"
  "  end"
  "  redis.call('RPUSH', KEYS[4], chunk)"
  "  left, moved = left - n, moved + n "
  "end "
  "if moved > 0 then"
  "  redis.call('INCRBY', KEYS[5], moved)"
  "  if redis.call('DECRBY', KEYS[3], moved) == 0 then redis.call('DEL', KEYS[3]) end "
  "end "
  "return moved";

static const char settle[] = KX_FENCE
  "redis.call('LTRIM', KEYS[4], ARGV[2], -1) "
  "redis.call('DECRBY', KEYS[5], ARGV[3]) " CLOSE_IF_EMPTY "return 1";

static const char unclaim[] = KX_FENCE
  "if redis.call('EXISTS', KEYS[2]) == 0 and redis.call('EXISTS', KEYS[4]) == 1 then"
  "  redis.call('RENAME', KEYS[4], KEYS[2]) "
  "else"
  "  for _ = 1, 64 do"
  "    if not redis.call('RPOPLPUSH', KEYS[4], KEYS[2]) then break end"
  "  end "
  "end " CLOSE_IF_EMPTY "return redis.call('EXISTS', KEYS[4])";

kx_status kx_chunk_list_append(const kx_chunk_list *chunks, kx_redis *redis, kx_slice chunk,
                               int64_t n, kx_error *err) {
  char events[24];
  snprintf(events, sizeof events, "%lld", (long long)n);
  const kx_slice argv[] = {
    KX_LIT("EVAL"),         KX_LIT(append), KX_LIT("2"),   kx_str(chunks->list),
    kx_str(chunks->events), chunk,          kx_str(events)};
  return kx_redis_call(redis, 7, argv, NULL, err);
}

kx_status kx_chunk_list_append_once(const kx_chunk_list *chunks, kx_redis *redis, kx_slice chunk,
                                    int64_t n, const kx_write_id *id, kx_error *err) {
  char events[24], number[24], ttl[24];
  snprintf(events, sizeof events, "%lld", (long long)n);
  snprintf(number, sizeof number, "%lld", (long long)id->number);
  snprintf(ttl, sizeof ttl, "%d", KX_WRITE_ID_TTL_SECONDS);
  const kx_slice argv[] = {
    KX_LIT("EVAL"),         KX_LIT(append_once), KX_LIT("3"), kx_str(chunks->list),
    kx_str(chunks->events), kx_str(id->marker),  chunk,       kx_str(events),
    kx_str(number),         kx_str(ttl)};
  kx_status status = kx_redis_call(redis, 10, argv, NULL, err);
  return status == KX_OK ? kx_replicas_wait(redis, err) : status;
}

kx_status kx_chunk_list_claim(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                              int64_t *length, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(claim), ALL_KEYS, kx_str(owner)};
  return kx_claim_call(redis, 9, argv, length, err);
}

kx_status kx_chunk_list_claim_some(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                                   int64_t limit, int64_t *moved, kx_error *err) {
  char n[24];
  snprintf(n, sizeof n, "%lld", (long long)limit);
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(claim_some), ALL_KEYS, kx_str(owner), kx_str(n)};
  return kx_claim_call(redis, 10, argv, moved, err);
}

kx_status kx_chunk_list_read(const kx_chunk_list *chunks, kx_redis *redis, int64_t first, int64_t n,
                             kx_page *page, kx_reply_fn fn, void *arg, kx_error *err) {
  char from[24], to[24];
  snprintf(from, sizeof from, "%lld", (long long)first);
  snprintf(to, sizeof to, "%lld", (long long)(first + n - 1));
  const kx_slice argv[] = {KX_LIT("LRANGE"), kx_str(chunks->claimed), kx_str(from), kx_str(to)};
  return kx_pipeline_send_page(redis, 4, argv, page, fn, arg, err);
}

kx_status kx_chunk_list_settle(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                               int64_t settled, int64_t events, kx_reply_fn fn, void *arg,
                               kx_error *err) {
  char k[24], n[24];
  snprintf(k, sizeof k, "%lld", (long long)settled);
  snprintf(n, sizeof n, "%lld", (long long)events);
  const kx_slice argv[] = {
    KX_LIT("EVAL"), KX_LIT(settle), ALL_KEYS, kx_str(owner), kx_str(k), kx_str(n)};
  return kx_pipeline_send(redis, 11, argv, fn, arg, err);
}

kx_status kx_chunk_list_unclaim(const kx_chunk_list *chunks, kx_redis *redis, const char *owner,
                                bool *done, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("EVAL"), KX_LIT(unclaim), ALL_KEYS, kx_str(owner)};
  int64_t more = 0;
  kx_status status = kx_claim_call(redis, 9, argv, &more, err);
  *done = more == 0;
  return status;
}
