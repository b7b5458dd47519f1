/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys of some sets, united by Redis, as a stream: one SUNION, whose reply is
 * taken piece by piece. It stays in Redis's output buffer meanwhile, on a connection
 * of its own. Beside a scan of a stored union this spares Redis the storing and the
 * scanning, and yields the keys in an order in which Redis finds their counters
 * faster (that of its hash tables). */

#ifndef KX_COUNTERS_KEY_STREAM_H
#define KX_COUNTERS_KEY_STREAM_H

#include "redis/redis.h"

enum { KX_KEY_STREAM_BYTES = 256 * 1024 }; /* read ahead of whoever takes them, about */

/* All-zero is one that has ended. */
typedef struct kx_key_stream {
  kx_redis *redis;
  kx_page page;
  bool flowing; /* the reply is not complete */
} kx_key_stream;

/* Begins to read the union of `n` sets. */
kx_status kx_key_stream_begin(kx_key_stream *key_stream, kx_redis *redis, const kx_slice *sets,
                              size_t n, kx_error *err);

/* Exchanges the keys that have arrived, each ended by a newline, for the memory of
 * `keys`, which is empty when there are none. */
kx_status kx_key_stream_take(kx_key_stream *key_stream, kx_buf *keys, kx_error *err);

/* True when every key has been taken. */
bool kx_key_stream_done(const kx_key_stream *key_stream);

/* Releases the memory. */
void kx_key_stream_free(kx_key_stream *key_stream);

#endif
