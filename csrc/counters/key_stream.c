/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/key_stream.h"

#include "counters/due_buckets.h"
#include "redis/keys.h"

static kx_status ended(void *arg, const kx_reply *reply, kx_error *err) {
  kx_feed *feed = arg;
  (void)reply;
  (void)err;
  feed->flowing = false;
  return KX_OK;
}

kx_status kx_feed_begin(kx_feed *feed, kx_redis *redis, const kx_slice *sets, size_t n,
                        kx_error *err) {
  kx_slice argv[1 + KX_DUE_MOST] = {KX_LIT("SUNION")};
  kx_redis_refresh(redis);
  kx_status status = kx_redis_connect(redis, err);
  memcpy(argv + 1, sets, n * sizeof *sets);
  feed->redis = redis;
  feed->flowing = true;
  feed->page.kind = KX_PAGE_STREAM;
  feed->page.most = KX_FEED_BYTES;
  if (status == KX_OK)
    status = kx_redis_send_page(redis, 1 + n, argv, &feed->page, ended, feed, err);
  return status;
}

kx_status kx_feed_take(kx_feed *feed, kx_buf *keys, kx_error *err) {
  kx_buf arrived = feed->page.events;
  if (!kx_buf_ok(&arrived))
    return kx_fail_memory(err);
  kx_buf_clear(keys);
  feed->page.events = *keys;
  *keys = arrived;
  return KX_OK;
}

bool kx_feed_done(const kx_feed *feed) {
  return !feed->flowing && feed->page.events.len == 0;
}

void kx_feed_free(kx_feed *feed) {
  kx_buf_free(&feed->page.events);
}
