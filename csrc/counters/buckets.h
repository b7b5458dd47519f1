/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The buckets as producers and operators see them: a set of changed keys an
 * interval, and the switch that says whether there are to be any. Buckets live in
 * the analytics Redis (`data`), the switch in the main one. */

#ifndef KX_COUNTERS_BUCKETS_H
#define KX_COUNTERS_BUCKETS_H

#include "redis/redis.h"

/* Above so many, producers switch them off: nobody reads them. */
enum { KX_BUCKETS_MOST = 360 };

/* The switch, and whether the last one who switched off was the emergency. */
typedef struct kx_bucket_switch {
  bool on, emergency;
} kx_bucket_switch;

/* Writes the name of the bucket of that time: its interval's start, in UTC. */
void kx_buckets_name(int64_t seconds, int64_t interval_seconds, char out[16]);

/* How many there are. */
kx_status kx_buckets_size(kx_redis *data, int64_t *out, kx_error *err);

/* Queues the question; the answer is an integer. */
kx_status kx_buckets_ask_size(kx_redis *data, kx_redis_fn fn, void *arg, kx_error *err);

/* Their names, oldest first; the caller frees the reply. */
kx_status kx_buckets_list(kx_redis *data, kx_reply **out, kx_error *err);

/* Reads the switch. */
kx_status kx_buckets_state(kx_redis *main, kx_bucket_switch *out, kx_error *err);

/* Switches on; off as a person does, which ends an emergency too. */
kx_status kx_buckets_enable(kx_redis *main, kx_error *err);
kx_status kx_buckets_disable(kx_redis *main, kx_error *err);

/* Switches off in an emergency, if they are on; `*tripped` says whether. */
kx_status kx_buckets_trip(kx_redis *main, bool *tripped, kx_error *err);

/* Switches on again after an emergency; `*revived` is false when a person has
 * switched off since. */
kx_status kx_buckets_revive(kx_redis *main, bool *revived, kx_error *err);

/* How a script begins that puts keys into the bucket of this moment, which is made if need
 * be: with a Lua function that does so and returns the time, in seconds since the epoch.
 * Redis tells the time, so the name cannot be old by the time the keys are there.
 * `buckets` and `prefix` are KX_KEY_BUCKETS and KX_KEY_BUCKET as Redis knows them.
 *
 * Scripts cannot ask for a date. The days since 1970 become one as in "days from civil"
 * (Howard Hinnant), with years that begin in March. */
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

/* Deletes all buckets; `*out` is how many there were. */
kx_status kx_buckets_delete_all(kx_redis *data, int64_t *out, kx_error *err);

#endif
