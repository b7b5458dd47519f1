/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "report.h"

#include "bucket.h"
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

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

static bool is_exported(const kx_sum *counter) {
  return counter->tag != KX_PERIOD_WEEK && counter->tag != KX_PERIOD_ETERNITY;
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
  for (size_t i = 0; i < usage->sums.n && status == KX_OK; i++) {
    if (is_exported(&usage->sums.list[i]))
      keys[n++] = kx_sums_key(&usage->sums, &usage->sums.list[i]);
    if (n == KX_BUCKET_PUT || (n > 0 && i + 1 == usage->sums.n)) {
      status = put(parts, keys, n, err);
      n = 0;
    }
  }
  if (status == KX_OK)
    status = kx_redis_drain(parts->data, err);
  return status == KX_OK ? kx_redis_replicated(parts->data, err) : status;
}

static kx_status expire(kx_redis *main, kx_slice key, int ttl, kx_error *err) {
  char seconds[16];
  snprintf(seconds, sizeof seconds, "%d", ttl);
  const kx_slice argv[] = {kx_str("EXPIRE"), key, kx_str(seconds)};
  return kx_redis_send(main, 3, argv, done, NULL, err);
}

static kx_status increase(kx_redis *main, const kx_usage *usage, const kx_sum *counter,
                          kx_error *err) {
  char by[24];
  snprintf(by, sizeof by, "%lld", (long long)counter->n);
  const kx_slice key = kx_sums_key(&usage->sums, counter);
  const kx_slice argv[] = {kx_str("INCRBY"), key, kx_str(by)};
  kx_status status = make_room(main, err);
  kx_redis_cork(main);
  if (status == KX_OK)
    status = kx_redis_send(main, 3, argv, done, NULL, err);
  if (status == KX_OK && counter->tag == KX_PERIOD_MINUTE)
    status = expire(main, key, KX_MINUTE_TTL_SECONDS, err);
  return status;
}

static kx_status increase_all(kx_redis *main, const kx_usage *usage, kx_error *err) {
  kx_status status = KX_OK;
  for (size_t i = 0; i < usage->sums.n && status == KX_OK; i++)
    status = increase(main, usage, &usage->sums.list[i], err);
  return status;
}

static kx_status look_up(kx_redis *main, const kx_once *once, bool *written, kx_error *err) {
  const kx_slice watch[] = {kx_str("WATCH"), kx_str(once->marker)};
  const kx_slice get[] = {kx_str("GET"), kx_str(once->marker)};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(main, 2, watch, NULL, err);
  if (status == KX_OK)
    status = kx_redis_call(main, 2, get, &reply, err);
  if (status != KX_OK)
    return status;
  char number[24];
  kx_slice text = kx_reply_text(reply);
  snprintf(number, sizeof number, "%.*s", (int)text.len, text.data);
  *written = strtoll(number, NULL, 10) >= once->number;
  kx_reply_free(reply);
  return KX_OK;
}

static kx_status send_word(kx_redis *main, const char *word, kx_error *err) {
  const kx_slice argv[] = {kx_str(word)};
  return kx_redis_send(main, 1, argv, done, NULL, err);
}

static kx_status send_marker(kx_redis *main, const kx_once *once, kx_error *err) {
  char number[24], ttl[24];
  snprintf(number, sizeof number, "%lld", (long long)once->number);
  snprintf(ttl, sizeof ttl, "%d", KX_ONCE_TTL_SECONDS);
  const kx_slice argv[] = {
    kx_str("SET"), kx_str(once->marker), kx_str(number), kx_str("EX"), kx_str(ttl)};
  kx_status status = make_room(main, err);
  return status == KX_OK ? kx_redis_send(main, 5, argv, done, NULL, err) : status;
}

/* The answer to EXEC: nil when the marker has changed meanwhile, because an earlier
 * attempt at this write has come through, or because Redis has dropped it. A counter
 * that cannot be counted up (of another type, or at its end) is told; the others have
 * been. In both cases the next attempt finds out. */
static kx_status executed(const kx_reply *reply, kx_error *err) {
  if (kx_reply_is_nil(reply))
    return kx_fail(err, KX_REDIS, "two attempts to write the same reports met: try again");
  for (size_t i = 0; i < kx_reply_size(reply); i++) {
    const kx_reply *item = kx_reply_item(reply, i);
    kx_slice text = kx_reply_text(item);
    if (kx_reply_is_error(item))
      return kx_fail(err, KX_REDIS, "a counter was left out, redis answered \"%.*s\"",
                     (int)text.len, text.data);
  }
  return KX_OK;
}

static kx_status execute(kx_redis *main, kx_error *err) {
  const kx_slice argv[] = {kx_str("EXEC")};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(main, 1, argv, &reply, err);
  if (status == KX_OK)
    status = executed(reply, err);
  kx_reply_free(reply);
  return status;
}

/* What is there already is touched: see kx_redis_replicated. */
static kx_status leave(kx_redis *main, const kx_once *once, kx_error *err) {
  kx_status status = send_word(main, "UNWATCH", err);
  return status == KX_OK ? expire(main, kx_str(once->marker), KX_ONCE_TTL_SECONDS, err) : status;
}

/* The pipeline of increments in a transaction, with the marker: whoever comes second of
 * two attempts, on whichever connection, changes nothing. */
static kx_status increase_once(kx_redis *main, const kx_usage *usage, const kx_once *once,
                               kx_error *err) {
  bool written = false;
  kx_status status = look_up(main, once, &written, err);
  if (status == KX_OK && written)
    return leave(main, once, err);
  if (status == KX_OK)
    status = send_word(main, "MULTI", err);
  if (status == KX_OK)
    status = increase_all(main, usage, err);
  if (status == KX_OK)
    status = send_marker(main, once, err);
  return status == KX_OK ? execute(main, err) : status;
}

/* Answers that are still to come would be taken for those of the next report, and a
 * transaction that was begun would take in its commands. */
static void forget_answers(kx_redis *redis, kx_status status) {
  if (kx_redis_owed(redis) > 0 || status != KX_OK)
    kx_redis_reset(redis);
}

kx_status kx_report_write(const kx_report_parts *parts, const kx_usage *usage, const kx_once *once,
                          kx_turn *turn, kx_error *err) {
  bool on = false;
  kx_status status = look(parts, &on, turn, err);
  if (status == KX_OK && on)
    status = put_in_bucket(parts, usage, err);
  if (status == KX_OK)
    status = once ? increase_once(parts->main, usage, once, err)
                  : increase_all(parts->main, usage, err);
  if (status == KX_OK)
    status = kx_redis_drain(parts->main, err);
  if (status == KX_OK)
    status = kx_redis_replicated(parts->main, err);
  if (status == KX_OK)
    parts->stats->counters_written += (int64_t)usage->sums.n;
  forget_answers(parts->main, status);
  forget_answers(parts->data, status);
  return status;
}
