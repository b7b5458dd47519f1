/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buckets, as producers and operators see them. A bucket is the set of the keys that changed in
 * one interval. The switch says whether producers write buckets. Buckets are in the analytics
 * Redis (`data`), the switch is in the main one. */

#ifndef KX_COUNTERS_BUCKETS_H
#define KX_COUNTERS_BUCKETS_H

#include "redis/redis.h"

/* Above this number of buckets nobody reads them: producers switch buckets off. */
enum { KX_BUCKETS_MOST = 360 };

/* The switch. `emergency`: too many pending events or buckets have switched it off. */
typedef struct kx_bucket_switch {
  bool on, emergency;
} kx_bucket_switch;

/* Writes the name of the bucket of a time: the start of its interval, in UTC. */
void kx_buckets_name(int64_t seconds, int64_t interval_seconds, char out[16]);

/* Counts the buckets. */
kx_status kx_buckets_size(kx_redis *data, int64_t *out, kx_error *err);

/* Queues the same; the reply is an integer. */
kx_status kx_buckets_ask_size(kx_redis *data, kx_reply_fn fn, void *arg, kx_error *err);

/* Reads the names of the buckets, oldest first. The caller frees the reply. */
kx_status kx_buckets_list(kx_redis *data, kx_reply **out, kx_error *err);

/* Reads the switch. */
kx_status kx_buckets_state(kx_redis *main, kx_bucket_switch *out, kx_error *err);

/* Switches buckets on or off on behalf of a person. Switching off also ends an emergency. */
kx_status kx_buckets_enable(kx_redis *main, kx_error *err);
kx_status kx_buckets_disable(kx_redis *main, kx_error *err);

/* Switches buckets off in an emergency. `*tripped` is false when they were off. */
kx_status kx_buckets_trip(kx_redis *main, bool *tripped, kx_error *err);

/* Switches buckets on again after an emergency. `*revived` is false when a person has switched
 * them off since. */
kx_status kx_buckets_revive(kx_redis *main, bool *revived, kx_error *err);

/* A Lua function with which a script begins that puts keys into the present bucket. The function
 * makes the bucket if necessary, and returns the time in seconds since the epoch. The time is that
 * of Redis, so the bucket cannot be an old one by the time the keys are in it. `buckets` and
 * `prefix` are KX_KEY_BUCKETS and KX_KEY_BUCKET as Redis knows them.
 *
 * Scripts in Redis cannot ask for a date. The function computes it from the days since 1970, as
 * "civil from days" does (Howard Hinnant), with years that begin in March. */
#define KX_BUCKET_PUT                                                                         \
  "local function put(buckets, prefix, interval, keys)"                                       \
  "  local now, floor = tonumber(redis.call('TIME')[1]), math.floor"                          \
  "  local start = now - now % interval"                                                      \
  "  local days, rest = floor(start / 86400) + 719468, start % 86400"                         \
  "  local era = floor(days / 146097)"                                                        \
  "  local day = days - era * 146097"                                                         \
  "  local year = floor((day - floor(day / 1460) + floor(day / 36524) - floor(day / 146096))" \
  "    / 365)"                                                                                \
  "  day = day - 365 * year - floor(year / 4) + floor(year / 100)"                            \
  "  local month = floor((5 * day + 2) / 153)"                                                \
  "  day = day - floor((153 * month + 2) / 5) + 1"                                            \
  "  month = month < 10 and month + 3 or month - 9"                                           \
  "  year = year + era * 400 + (month < 3 and 1 or 0)"                                        \
  "  local name = string.format('%04d%02d%02d%02d%02d%02d', year, month, day,"                \
  "    floor(rest / 3600), floor(rest / 60) % 60, rest % 60)"                                 \
  "  redis.call('ZADD', buckets, name, name)"                                                 \
  "  redis.call('SADD', prefix .. name, unpack(keys))"                                        \
  "  return now "                                                                             \
  "end "

/* Deletes all buckets. `*out` is their number. */
kx_status kx_buckets_delete_all(kx_redis *data, int64_t *out, kx_error *err);

#endif
