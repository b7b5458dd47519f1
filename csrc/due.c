/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "due.h"

#include "clock.h"
#include "keys.h"
#include "stats_key.h"

#include <stdio.h>

static kx_status read_marker(kx_redis *redis, char *out, kx_error *err) {
  const kx_slice argv[] = {KX_LIT("GET"), KX_LIT(KX_KEY_LATEST_BUCKET)};
  kx_reply *reply = NULL;
  kx_status status = kx_redis_call(redis, 2, argv, &reply, err);
  kx_slice name = kx_reply_text(reply);
  out[0] = '\0';
  if (status == KX_OK && kx_bucket_name_valid(name))
    snprintf(out, KX_BUCKET_NAME + 1, "%.*s", (int)name.len, name.data);
  else if (status == KX_OK && !kx_reply_is_nil(reply))
    status = kx_fail(err, KX_REDIS, "%s holds \"%.*s\", which is no bucket's name: set it right",
                     KX_KEY_LATEST_BUCKET, (int)(name.len < 40 ? name.len : 40), name.data);
  kx_reply_free(reply);
  return status;
}

kx_status kx_due_marker(kx_redis *main, kx_redis *data, char out[KX_BUCKET_NAME + 1],
                        kx_error *err) {
  char other[KX_BUCKET_NAME + 1];
  kx_status status = read_marker(data, out, err);
  if (status == KX_OK)
    status = read_marker(main, other, err);
  if (status == KX_OK && strcmp(other, out) > 0)
    memcpy(out, other, sizeof other);
  return status;
}

static void write_limit(const char *end, int64_t interval_seconds, char out[16]) {
  struct tm utc;
  time_t last = (time_t)(kx_wall_us() / 1000000 - interval_seconds - KX_DUE_MARGIN_SECONDS);
  gmtime_r(&last, &utc);
  strftime(out, 16, "%Y%m%d%H%M%S", &utc);
  if (end[0] != '\0' && strcmp(end, out) < 0)
    snprintf(out, 16, "%s", end);
}

static void take_names(const kx_reply *reply, size_t most, kx_due *out) {
  out->n = out->odd = 0;
  for (size_t i = 0; i < kx_reply_size(reply) && out->n < most; i++) {
    kx_slice name = kx_reply_text(kx_reply_item(reply, i));
    if (kx_bucket_name_valid(name))
      snprintf(out->names[out->n++], sizeof *out->names, "%.*s", (int)name.len, name.data);
    else
      out->odd++;
  }
}

kx_status kx_due_list(kx_redis *data, const char *marker, const char *end, int64_t interval_seconds,
                      size_t most, kx_due *out, kx_error *err) {
  char from[24], to[16];
  kx_reply *reply = NULL;
  snprintf(from, sizeof from, "%s%s", marker[0] ? "(" : "-inf", marker);
  write_limit(end, interval_seconds, to);
  const kx_slice argv[] = {
    KX_LIT("ZRANGEBYSCORE"),
    KX_LIT(KX_KEY_BUCKETS),
    kx_str(from),
    kx_str(to),
    KX_LIT("LIMIT"),
    KX_LIT("0"),
    KX_LIT("1000")};
  kx_status status = kx_redis_call(data, sizeof argv / sizeof *argv, argv, &reply, err);
  if (status == KX_OK)
    take_names(reply, most < KX_DUE_MOST ? most : KX_DUE_MOST, out);
  kx_reply_free(reply);
  return status;
}
