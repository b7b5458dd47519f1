/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/report.h"

#include "counters/buckets.h"
#include "counters/due_buckets.h"
#include "redis/keys.h"

#include <stdio.h>

enum { OWED_MOST = 192 };

/* Puts keys into the present bucket. KEYS: the buckets, the prefix of a bucket. ARGV: the interval,
 * keys. */
static const char put[] = KX_BUCKET_PUT
  "return put(KEYS[1], KEYS[2], tonumber(ARGV[1]), {unpack(ARGV, 2)})";

/* Increases counters, and puts them into the present bucket in the same step, so that a job never
 * finds one without the other. KEYS: the switch, the buckets, the prefix of a bucket, the marker of
 * the write id, counters: first those that are not exported, last those of minutes. ARGV: the
 * interval (0: no bucket), the number of the write id (0: none), its TTL, the TTL of minutes; the
 * increment of each counter; how many counters are not exported, and how many are of minutes.
 *
 * The bucket comes first: if that fails, nothing has changed. The same is true when Redis forbids
 * an increment. A counter that Redis cannot increase is left out. Returns whether the switch is on,
 * how many counters were left out, the first of them, and why. */
static const char write[] = KX_BUCKET_PUT
  "local on = tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^%s*[+-]?%d+')) == 1 "
  "local answer, number = {on and 1 or 0, 0}, tonumber(ARGV[2]) "
  "if number > 0 and tonumber(redis.call('GET', KEYS[4]) or 0) >= number then"
  "  redis.call('EXPIRE', KEYS[4], ARGV[3])"
  "  return answer "
  "end "
  "local names, n, from = KEYS, #KEYS, #KEYS[2] - #'" KX_KEY_BUCKETS "' + 1 "
  "local first = 5 + ARGV[n + 1] "
  "if on and ARGV[1] ~= '0' and first <= n then"
  "  local keys, sub = {}, string.sub"
  "  for i = first, n do keys[i - first + 1] = from > 1 and sub(names[i], from) or names[i] end"
  "  put(names[2], names[3], tonumber(ARGV[1]), keys) "
  "end "
  "local call, by = redis.pcall, ARGV "
  "for i = 5, n do"
  "  local done = call('INCRBY', names[i], by[i])"
  "  if type(done) == 'table' then"
  "    if not string.find(done.err, 'WRONGTYPE') and not string.find(done.err, 'integer')"
  "      and not string.find(done.err, 'overflow') then return done end"
  "    answer[2] = answer[2] + 1"
  "    answer[3], answer[4] = answer[3] or names[i], answer[4] or done.err"
  "  end "
  "end "
  "for i = n - by[n + 2] + 1, n do redis.call('EXPIRE', names[i], by[4]) end "
  "if number > 0 then redis.call('SET', KEYS[4], ARGV[2], 'EX', ARGV[3]) end "
  "return answer";

/* What the scripts have returned. */
struct outcome {
  bool on;       /* the switch */
  int64_t since; /* when the first keys were put into a bucket, by the clock of its Redis; or 0 */
  kx_report_result *result;
};

/* When there are too many buckets nobody reads them, and they would fill the memory. */
static kx_status trip(const kx_report_parts *parts, kx_turn *turn, kx_error *err) {
  bool tripped = false;
  kx_status status = kx_buckets_trip(parts->main, &tripped, err);
  parts->stats->emergencies += tripped;
  *turn = tripped ? KX_TURN_OFF : KX_TURN_NONE;
  return status;
}

static kx_status revive(const kx_report_parts *parts, bool *on, kx_turn *turn, kx_error *err) {
  kx_status status = kx_buckets_revive(parts->main, on, err);
  *turn = *on ? KX_TURN_ON : KX_TURN_NONE;
  return status;
}

static kx_status count_buckets(void *arg, const kx_reply *reply, kx_error *err) {
  (void)err;
  *(int64_t *)arg = kx_reply_integer(reply);
  return KX_OK;
}

/* Asks for the number of buckets, so that the reply comes at the same time as that about the
 * switch. Does not make a connection for it: while buckets are off, their Redis may be away. */
static bool ask_ahead(kx_redis *data, int64_t *buckets) {
  return kx_pipeline_fd(data) >= 0 && kx_redis_connect(data, NULL) == KX_OK &&
         kx_buckets_ask_size(data, count_buckets, buckets, NULL) == KX_OK;
}

static kx_status look(const kx_report_parts *parts, bool *on, kx_turn *turn, kx_error *err) {
  kx_bucket_switch found = {0};
  int64_t buckets = 0;
  bool asked = ask_ahead(parts->data, &buckets);
  kx_status status = kx_buckets_state(parts->main, &found, err);
  *on = found.on;
  *turn = KX_TURN_NONE;
  if (status != KX_OK || (!found.on && !found.emergency)) {
    (void)kx_pipeline_drain(parts->data, NULL);
    return status;
  }
  status = asked ? kx_pipeline_drain(parts->data, err)
                 : kx_buckets_size(parts->data, &buckets, err);
  if (status != KX_OK)
    return status;
  if (!found.on)
    return buckets == 0 ? revive(parts, on, turn, err) : KX_OK;
  *on = buckets <= KX_BUCKETS_MOST;
  return *on ? KX_OK : trip(parts, turn, err);
}

/* Kinds of counters, in the order in which the script wants them. */
enum kind { INTERNAL, EXPORTED, EXPIRING, KINDS };

static enum kind kind_of(const kx_count *counter) {
  switch (counter->tag) {
    case KX_PERIOD_WEEK:
    case KX_PERIOD_ETERNITY: return INTERNAL;
    case KX_PERIOD_MINUTE: return EXPIRING;
    default: return EXPORTED;
  }
}

/* Waits for the replies when a connection owes too many of them. */
static kx_status make_room(kx_redis *redis, kx_error *err) {
  return kx_pipeline_owed(redis) > OWED_MOST ? kx_pipeline_drain(redis, err) : KX_OK;
}

static kx_status drain(kx_redis *redis, kx_error *err) {
  kx_status status = kx_pipeline_drain(redis, err);
  return status == KX_OK ? kx_replicas_wait(redis, err) : status;
}

static kx_status was_put(void *arg, const kx_reply *reply, kx_error *err) {
  struct outcome *out = arg;
  (void)err;
  if (out->since == 0)
    out->since = kx_reply_integer(reply);
  return KX_OK;
}

static kx_status put_keys(const kx_report_parts *parts, const kx_slice *keys, size_t n,
                          struct outcome *out, kx_error *err) {
  char interval[24];
  snprintf(interval, sizeof interval, "%lld", (long long)parts->interval_seconds);
  kx_slice argv[6 + KX_REPORT_STEP] = {
    KX_LIT("EVAL"),         KX_LIT(put),           KX_LIT("2"),
    KX_LIT(KX_KEY_BUCKETS), KX_LIT(KX_KEY_BUCKET), kx_str(interval)};
  memcpy(argv + 6, keys, n * sizeof *keys);
  kx_status status = make_room(parts->data, err);
  return status == KX_OK ? kx_pipeline_send(parts->data, 6 + n, argv, was_put, out, err) : status;
}

/* Puts all keys into the present bucket, in another step than their counters. */
static kx_status put_all(const kx_report_parts *parts, const kx_increments *increments,
                         struct outcome *out, kx_error *err) {
  kx_slice keys[KX_REPORT_STEP];
  size_t n = 0;
  kx_status status = kx_redis_connect(parts->data, err);
  for (size_t i = 0; i < increments->counts.n && status == KX_OK; i++) {
    if (kind_of(kx_count_map_at(&increments->counts, i)) != INTERNAL)
      keys[n++] = kx_count_map_key(kx_count_map_at(&increments->counts, i));
    if (n == KX_REPORT_STEP || (n > 0 && i + 1 == increments->counts.n)) {
      status = put_keys(parts, keys, n, out, err);
      n = 0;
    }
  }
  return status == KX_OK ? drain(parts->data, err) : status;
}

static kx_status was_written(void *arg, const kx_reply *reply, kx_error *err) {
  struct outcome *out = arg;
  int64_t left_out = kx_reply_integer(kx_reply_item(reply, 1));
  kx_slice key = kx_reply_text(kx_reply_item(reply, 2));
  kx_slice why = kx_reply_text(kx_reply_item(reply, 3));
  (void)err;
  out->on |= kx_reply_integer(kx_reply_item(reply, 0)) == 1;
  if (left_out > 0 && out->result->left_out == 0)
    snprintf(out->result->first, sizeof out->result->first, "%.*s: redis answered \"%.*s\"",
             (int)(key.len < 384 ? key.len : 384), key.data, (int)(why.len < 100 ? why.len : 100),
             why.data);
  out->result->left_out += left_out;
  return KX_OK;
}

/* The command that runs the script for one step, and the numbers in it. */
struct step {
  kx_slice argv[3 + 4 + KX_REPORT_STEP + 4 + KX_REPORT_STEP + 2];
  char count[24], interval[24], number[24], ttl[24], minute_ttl[24], by[KX_REPORT_STEP][24];
  char kinds[KINDS][24]; /* the number of counters of each kind */
};

static void write_numbers(struct step *step, int64_t interval, int64_t number, size_t n) {
  snprintf(step->count, sizeof step->count, "%zu", 4 + n);
  snprintf(step->interval, sizeof step->interval, "%lld", (long long)interval);
  snprintf(step->number, sizeof step->number, "%lld", (long long)number);
  snprintf(step->ttl, sizeof step->ttl, "%d", KX_WRITE_ID_TTL_SECONDS);
  snprintf(step->minute_ttl, sizeof step->minute_ttl, "%d", KX_MINUTE_TTL_SECONDS);
}

static size_t write_kind(struct step *step, const kx_increments *increments, size_t first, size_t n,
                         enum kind kind, size_t at) {
  kx_slice *keys = step->argv + 7, *bys = keys + n + 4;
  for (size_t i = first; i < first + n; i++) {
    const kx_count *counter = kx_count_map_at(&increments->counts, i);
    if (kind_of(counter) != kind)
      continue;
    snprintf(step->by[at], sizeof *step->by, "%lld", (long long)counter->n);
    keys[at] = kx_count_map_key(counter);
    bys[at] = kx_str(step->by[at]);
    at++;
  }
  return at;
}

static void write_counters(struct step *step, const kx_increments *increments, size_t first,
                           size_t n) {
  size_t at = 0;
  for (int kind = 0; kind < KINDS; kind++) {
    size_t end = write_kind(step, increments, first, n, (enum kind)kind, at);
    snprintf(step->kinds[kind], sizeof *step->kinds, "%zu", end - at);
    at = end;
  }
}

static kx_status send_step(kx_redis *main, struct step *step, const char *marker, size_t n,
                           struct outcome *out, kx_error *err) {
  const kx_slice before[] = {KX_LIT("EVAL"),         KX_LIT(write),
                             kx_str(step->count),    KX_LIT(KX_KEY_BUCKETS_ENABLED),
                             KX_LIT(KX_KEY_BUCKETS), KX_LIT(KX_KEY_BUCKET),
                             kx_str(marker)};
  const kx_slice between[] = {
    kx_str(step->interval), kx_str(step->number), kx_str(step->ttl), kx_str(step->minute_ttl)};
  memcpy(step->argv, before, sizeof before);
  const kx_slice after[] = {kx_str(step->kinds[INTERNAL]), kx_str(step->kinds[EXPIRING])};
  memcpy(step->argv + 7 + n, between, sizeof between);
  memcpy(step->argv + 11 + 2 * n, after, sizeof after);
  kx_status status = make_room(main, err);
  return status == KX_OK ? kx_pipeline_send(main, 13 + 2 * n, step->argv, was_written, out, err)
                         : status;
}

/* Writes all counters, in steps, each of them with the next number. With an `interval` of 0 nothing
 * goes into buckets. */
static kx_status write_all(const kx_report_parts *parts, const kx_increments *increments,
                           int64_t interval, const kx_write_id *id, struct outcome *out,
                           kx_error *err) {
  struct step step;
  int64_t number = id ? id->number : 0;
  kx_status status = kx_redis_connect(parts->main, err);
  for (size_t i = 0; i < increments->counts.n && status == KX_OK; i += KX_REPORT_STEP) {
    size_t left = increments->counts.n - i, n = left < KX_REPORT_STEP ? left : KX_REPORT_STEP;
    write_numbers(&step, interval, number, n);
    write_counters(&step, increments, i, n);
    status = send_step(parts->main, &step, id ? id->marker : KX_KEY_BUCKETS_ENABLED, n, out, err);
    number += id != NULL;
  }
  return status == KX_OK ? drain(parts->main, err) : status;
}

/* Sets `*late` to true when a job may have read the bucket before the counters had changed. */
static kx_status was_late(const kx_report_parts *parts, const struct outcome *out, bool *late,
                          kx_error *err) {
  int64_t now = 0;
  kx_status status = KX_OK;
  *late = out->since == 0;
  if (!*late)
    status = kx_redis_time(parts->data, &now, err);
  now /= 1000000;
  if (status == KX_OK && !*late)
    *late = now < out->since || now - out->since >= KX_DUE_BUCKETS_MARGIN_SECONDS;
  return status;
}

/* When buckets are in another Redis than counters, no step can write both. The bucket comes first,
 * because a key there whose counter has not changed is harmless. Then come the counters. If that
 * took longer than a bucket stays open, a job may have read the bucket: then the keys are put into
 * the present bucket as well. */
static kx_status write_apart(const kx_report_parts *parts, const kx_increments *increments, bool on,
                             const kx_write_id *id, struct outcome *out, kx_error *err) {
  bool late = false;
  kx_status status = on ? put_all(parts, increments, out, err) : KX_OK;
  if (status == KX_OK)
    status = write_all(parts, increments, 0, id, out, err);
  if (status == KX_OK && out->on)
    status = was_late(parts, out, &late, err);
  return status == KX_OK && late ? put_all(parts, increments, out, err) : status;
}

size_t kx_report_steps(const kx_increments *increments) {
  return (increments->counts.n + KX_REPORT_STEP - 1) / KX_REPORT_STEP;
}

/* The next report would take late replies for its own. */
static void forget_answers(kx_redis *redis, kx_status status) {
  if (kx_pipeline_owed(redis) > 0 || status != KX_OK)
    kx_redis_reset(redis);
}

kx_status kx_report_write(const kx_report_parts *parts, const kx_increments *increments,
                          const kx_write_id *id, kx_report_result *result, kx_error *err) {
  struct outcome out = {.result = result};
  bool on = false;
  *result = (kx_report_result){0};
  kx_status status = look(parts, &on, &result->turn, err);
  if (status == KX_OK)
    status = kx_redis_is_same(parts->main, parts->data)
               ? write_all(parts, increments, parts->interval_seconds, id, &out, err)
               : write_apart(parts, increments, on, id, &out, err);
  parts->stats->counters_left_out += result->left_out;
  if (status == KX_OK)
    parts->stats->counters_written += (int64_t)increments->counts.n - result->left_out;
  forget_answers(parts->main, status);
  forget_answers(parts->data, status);
  return status;
}
