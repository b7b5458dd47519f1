/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/due_buckets.h"

#include "counters/buckets.h"
#include "counters/stats_key.h"
#include "redis/keys.h"

#include <stdio.h>
#include <time.h>

static kx_status read_marker(kx_redis *redis, char *out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("GET"), KX_LIT(KX_KEY_LATEST_BUCKET)};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, 2, argv, &reply, err);
  kx_slice name = kx_reply_text(reply);
  out[0] = '\0';
  if (status == KX_OK && kx_bucket_name_valid(name))
    snprintf(out, sizeof(kx_bucket_text), "%.*s", (int)name.len, name.data);
  else if (status == KX_OK && !kx_reply_is_nil(reply))
    status = kx_fail(err, KX_REDIS,
                     "%s holds \"%.*s\", which is not a bucket name: correct or delete it",
                     KX_KEY_LATEST_BUCKET, (int)(name.len < 40 ? name.len : 40), name.data);
  kx_reply_free(reply);
  return status;
}

kx_status kx_due_buckets_marker(kx_redis *main, kx_redis *data, kx_bucket_text out, kx_error *err) {
  kx_bucket_text other;
  kx_status status = read_marker(data, out, err);
  if (status == KX_OK)
    status = read_marker(main, other, err);
  if (status == KX_OK && strcmp(other, out) > 0)
    memcpy(out, other, sizeof other);
  return status;
}

static void write_name(time_t seconds, char out[16]) {
  struct tm utc;
  gmtime_r(&seconds, &utc);
  strftime(out, 16, "%Y%m%d%H%M%S", &utc);
}

static time_t name_time(const char *name) {
  struct tm utc = {0};
  (void)strptime(name, "%Y%m%d%H%M%S", &utc);
  return timegm(&utc);
}

static void take_names(const kx_reply *reply, size_t most, kx_due_buckets_names *out) {
  for (size_t i = 0; i < kx_reply_size(reply) && out->n < most; i++) {
    kx_slice name = kx_reply_text(kx_reply_item(reply, i));
    if (kx_bucket_name_valid(name))
      snprintf(out->list[out->n++], sizeof *out->list, "%.*s", (int)name.len, name.data);
  }
}

/* Asks for more names than it takes: some members may not be buckets. */
static kx_status list(kx_redis *data, const char *from, const char *to, size_t most,
                      kx_due_buckets_names *out, kx_error *err) {
  const kx_slice argv[] = {
    KX_LIT("ZRANGEBYSCORE"),
    KX_LIT(KX_KEY_BUCKETS),
    kx_str(from),
    kx_str(to),
    KX_LIT("LIMIT"),
    KX_LIT("0"),
    KX_LIT("1000")};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(data, sizeof argv / sizeof *argv, argv, &reply, err);
  if (status == KX_OK)
    take_names(reply, most, out);
  kx_reply_free(reply);
  return status;
}

static const char *earlier(const char *one, const char *other) {
  return strcmp(one, other) < 0 ? one : other;
}

static kx_status list_late(kx_redis *data, const char *last, size_t most, kx_due_buckets *out,
                           kx_error *err) {
  if (out->marker[0] == '\0')
    return KX_OK;
  return list(data, "-inf", earlier(out->marker, last), most, &out->late, err);
}

static kx_status list_regular(kx_redis *data, const char *last, kx_due_buckets *out,
                              kx_error *err) {
  char from[24];
  snprintf(from, sizeof from, "%s%s", out->marker[0] ? "(" : "-inf", out->marker);
  return list(data, from, last, KX_DUE_BUCKETS_MOST, &out->regular, err);
}

/* A regular bucket is always among them, because only regular ones move the marker on. */
static void share(kx_due_buckets *due, size_t most) {
  size_t late = due->regular.n > 0 && most > 1 ? most - 1 : most;
  if (due->late.n > late)
    due->late.n = late;
  size_t left = most > due->late.n ? most - due->late.n : 1;
  if (due->regular.n > left)
    due->regular.n = left;
}

/* When regular buckets are left to another job, the marker must not pass them: a Ruby exporter
 * would delete them unread. */
static void name_late_ones(kx_due_buckets *due, const char *last, int64_t interval, bool more) {
  char name[16] = "";
  if (due->beyond)
    write_name(name_time(due->marker) + (time_t)interval, name);
  else if (!more)
    kx_buckets_name(name_time(last), interval, name);
  if (kx_bucket_name_valid(kx_str(name)) && strcmp(name, due->marker) > 0)
    memcpy(due->alone, name, sizeof due->alone);
}

static void look_ahead(kx_due_buckets *due, const char *closed, int64_t now) {
  int64_t ahead = due->marker[0] ? (int64_t)name_time(due->marker) - now : 0;
  due->beyond = strcmp(due->marker, closed) > 0;
  due->ahead_seconds = ahead > 0 ? ahead : 0;
}

kx_status kx_due_buckets_find(kx_redis *main, kx_redis *data, const char *end,
                              int64_t interval_seconds, size_t most, kx_due_buckets *out,
                              kx_error *err) {
  char closed[16];
  int64_t now = 0;
  *out = (kx_due_buckets){0};
  most = most < KX_DUE_BUCKETS_MOST ? most : KX_DUE_BUCKETS_MOST;
  kx_status status = kx_due_buckets_marker(main, data, out->marker, err);
  if (status == KX_OK)
    status = kx_redis_time(data, &now, err);
  if (status != KX_OK)
    return status;
  now /= 1000000;
  write_name((time_t)(now - interval_seconds - KX_DUE_BUCKETS_MARGIN_SECONDS), closed);
  const char *last = end[0] != '\0' ? earlier(end, closed) : closed;
  look_ahead(out, closed, now);
  status = list_late(data, last, most, out, err);
  if (status == KX_OK)
    status = list_regular(data, last, out, err);
  size_t regular = out->regular.n;
  share(out, most);
  name_late_ones(out, last, interval_seconds, regular > out->regular.n);
  return status;
}

static size_t left(const kx_due_buckets_names *names) {
  return names->n - names->next;
}

static size_t copy(const kx_due_buckets_names *names, size_t from, size_t to, kx_bucket_text *out) {
  for (size_t i = from; i < to; i++)
    memcpy(out++, names->list[i], sizeof *out);
  return to - from;
}

size_t kx_due_buckets_order(const kx_due_buckets *due, kx_bucket_text out[KX_DUE_BUCKETS_MOST]) {
  const kx_due_buckets_names *regular = &due->regular, *late = &due->late;
  size_t first = left(regular) > 0 ? 1 : 0, n;
  if (first == 0 && due->alone[0] == '\0')
    return 0;
  n = copy(regular, regular->next, regular->next + first, out);
  n += copy(late, late->next, late->n, out + n);
  return n + copy(regular, regular->next + first, regular->n, out + n);
}

size_t kx_due_buckets_late(const kx_due_buckets *due, size_t n) {
  size_t most = left(&due->regular) > 0 ? n - 1 : n;
  return most < left(&due->late) ? most : left(&due->late);
}

const char *kx_due_buckets_name(const kx_due_buckets *due, size_t n) {
  size_t regular = n - kx_due_buckets_late(due, n);
  return regular > 0 ? due->regular.list[due->regular.next + regular - 1] : due->alone;
}

/* Each name is used once. Buckets that are still late then wait for another job. */
void kx_due_buckets_read(kx_due_buckets *due, size_t n) {
  size_t late = kx_due_buckets_late(due, n);
  memcpy(due->marker, kx_due_buckets_name(due, n), sizeof due->marker);
  due->late.next += late;
  due->regular.next += n - late;
  if (strcmp(due->alone, due->marker) <= 0)
    due->alone[0] = '\0';
}
