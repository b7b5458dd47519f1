/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "report.h"

#include "bucket.h"
#include "clock.h"

#include <stdio.h>

enum { OWED_MOST = 192 };

static kx_status done(void *arg, const kx_reply *reply, kx_error *err) {
  (void)arg;
  (void)reply;
  (void)err;
  return KX_OK;
}

/* Too many buckets mean that nobody reads them: they would fill the memory. */
static kx_status trip(const kx_report_parts *parts, kx_turn *turn, kx_error *err) {
  bool tripped = false;
  kx_status status = kx_bucket_trip(parts->main, &tripped, err);
  parts->stats->emergencies += tripped;
  *turn = tripped ? KX_TURN_OFF : KX_TURN_NONE;
  return status;
}

static kx_status revive(const kx_report_parts *parts, bool *on, kx_turn *turn, kx_error *err) {
  kx_status status = kx_bucket_revive(parts->main, on, err);
  *turn = *on ? KX_TURN_ON : KX_TURN_NONE;
  return status;
}

static kx_status count_buckets(void *arg, const kx_reply *reply, kx_error *err) {
  (void)err;
  *(int64_t *)arg = kx_reply_integer(reply);
  return KX_OK;
}

/* Asks how many buckets there are, for the answer to be on its way together with
 * the switch's. Not where a connection would have to be made for it: while buckets
 * are off, their Redis may be away. */
static bool ask_ahead(kx_redis *data, int64_t *buckets) {
  return kx_redis_fd(data) >= 0 && kx_redis_connect(data, NULL) == KX_OK &&
         kx_bucket_ask_size(data, count_buckets, buckets, NULL) == KX_OK;
}

static kx_status look(const kx_report_parts *parts, bool *on, kx_turn *turn, kx_error *err) {
  kx_bucket_switch found = {0};
  int64_t buckets = 0;
  bool asked = ask_ahead(parts->data, &buckets);
  kx_status status = kx_bucket_state(parts->main, &found, err);
  *on = found.on;
  *turn = KX_TURN_NONE;
  if (status != KX_OK || (!found.on && !found.emergency)) {
    (void)kx_redis_drain(parts->data, NULL);
    return status;
  }
  status = asked ? kx_redis_drain(parts->data, err) : kx_bucket_size(parts->data, &buckets, err);
  if (status != KX_OK)
    return status;
  if (!found.on)
    return buckets == 0 ? revive(parts, on, turn, err) : KX_OK;
  *on = buckets <= KX_BUCKETS_MOST;
  return *on ? KX_OK : trip(parts, turn, err);
}

static bool is_exported(const kx_increment *increment) {
  return increment->period != KX_PERIOD_WEEK && increment->period != KX_PERIOD_ETERNITY;
}

/* A connection owes so many answers at most. */
static kx_status make_room(kx_redis *redis, kx_error *err) {
  return kx_redis_owed(redis) > OWED_MOST ? kx_redis_drain(redis, err) : KX_OK;
}

/* The name is taken anew each time: what is put into a bucket must be there before
 * a job may read it, however long the other keys took. */
static kx_status put(const kx_report_parts *parts, const kx_slice *keys, size_t n, kx_error *err) {
  char name[16];
  kx_status status = make_room(parts->data, err);
  kx_bucket_name(kx_wall_us() / 1000000, parts->interval_seconds, name);
  return status == KX_OK ? kx_bucket_put(parts->data, name, keys, n, done, NULL, err) : status;
}

static kx_status put_in_bucket(const kx_report_parts *parts, const kx_usage *usage, kx_error *err) {
  kx_slice keys[KX_BUCKET_PUT];
  size_t n = 0;
  kx_status status = kx_redis_connect(parts->data, err);
  for (size_t i = 0; i < usage->n && status == KX_OK; i++) {
    if (is_exported(&usage->list[i]))
      keys[n++] = kx_usage_key(usage, &usage->list[i]);
    if (n == KX_BUCKET_PUT || (n > 0 && i + 1 == usage->n)) {
      status = put(parts, keys, n, err);
      n = 0;
    }
  }
  return status == KX_OK ? kx_redis_drain(parts->data, err) : status;
}

static kx_status expire(kx_redis *main, kx_slice key, kx_error *err) {
  char seconds[16];
  snprintf(seconds, sizeof seconds, "%d", KX_MINUTE_TTL_SECONDS);
  const kx_slice argv[] = {kx_str("EXPIRE"), key, kx_str(seconds)};
  return kx_redis_send(main, 3, argv, done, NULL, err);
}

static kx_status increase(kx_redis *main, const kx_usage *usage, const kx_increment *increment,
                          kx_error *err) {
  char by[24];
  snprintf(by, sizeof by, "%lld", (long long)increment->by);
  const kx_slice key = kx_usage_key(usage, increment);
  const kx_slice argv[] = {kx_str("INCRBY"), key, kx_str(by)};
  kx_status status = make_room(main, err);
  kx_redis_cork(main);
  if (status == KX_OK)
    status = kx_redis_send(main, 3, argv, done, NULL, err);
  if (status == KX_OK && increment->period == KX_PERIOD_MINUTE)
    status = expire(main, key, err);
  return status;
}

/* Answers that are still to come would be taken for those of the next report. */
static void forget_answers(kx_redis *redis) {
  if (kx_redis_owed(redis) > 0)
    kx_redis_reset(redis);
}

kx_status kx_report_write(const kx_report_parts *parts, const kx_usage *usage, kx_turn *turn,
                          kx_error *err) {
  bool on = false;
  kx_status status = look(parts, &on, turn, err);
  if (status == KX_OK && on)
    status = put_in_bucket(parts, usage, err);
  for (size_t i = 0; i < usage->n && status == KX_OK; i++)
    status = increase(parts->main, usage, &usage->list[i], err);
  if (status == KX_OK)
    status = kx_redis_drain(parts->main, err);
  if (status == KX_OK)
    parts->stats->counters_written += (int64_t)usage->n;
  forget_answers(parts->main);
  forget_answers(parts->data);
  return status;
}
