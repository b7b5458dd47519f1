/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "counters/key_stream.h"

#include "counters/due_buckets.h"
#include "redis/keys.h"

static kx_status ended(void *arg, const kx_reply *reply, kx_error *err) {
  kx_key_stream *key_stream = arg;
  (void)reply;
  (void)err;
  key_stream->flowing = false;
  return KX_OK;
}

kx_status kx_key_stream_begin(kx_key_stream *key_stream, kx_redis *redis, const kx_slice *sets,
                              size_t n, kx_error *err) {
  kx_slice argv[1 + KX_DUE_BUCKETS_MOST] = {KX_LIT("SUNION")};
  kx_keep_alive_refresh(redis);
  kx_status status = kx_redis_connect(redis, err);
  memcpy(argv + 1, sets, n * sizeof *sets);
  key_stream->redis = redis;
  key_stream->flowing = true;
  key_stream->page.kind = KX_PAGE_STREAM;
  key_stream->page.most = KX_KEY_STREAM_BYTES;
  if (status == KX_OK)
    status = kx_pipeline_send_page(redis, 1 + n, argv, &key_stream->page, ended, key_stream, err);
  return status;
}

kx_status kx_key_stream_take(kx_key_stream *key_stream, kx_buf *keys, kx_error *err) {
  kx_buf arrived = key_stream->page.events;
  if (!kx_buf_ok(&arrived))
    return kx_fail_memory(err);
  kx_buf_clear(keys);
  key_stream->page.events = *keys;
  *keys = arrived;
  return KX_OK;
}

bool kx_key_stream_done(const kx_key_stream *key_stream) {
  return !key_stream->flowing && key_stream->page.events.len == 0;
}

void kx_key_stream_free(kx_key_stream *key_stream) {
  kx_buf_free(&key_stream->page.events);
}
