/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

/* The keys of some sets, united by Redis, as a stream: the reply of one SUNION is taken piece by
 * piece, and waits in Redis's output buffer meanwhile. So it needs a connection of its own.
 * Compared with a scan of a stored union, Redis neither stores nor scans, and returns the keys in
 * an order in which it finds their counters faster (that of its hash tables). */

#ifndef KX_COUNTERS_KEY_STREAM_H
#define KX_COUNTERS_KEY_STREAM_H

#include "redis/redis.h"

enum { KX_KEY_STREAM_BYTES = 256 * 1024 }; /* about what is read ahead */

/* An all-zero stream has ended. */
typedef struct kx_key_stream {
  kx_redis *redis;
  kx_page page;
  bool flowing; /* the reply is not complete */
} kx_key_stream;

/* Begins to read the union of `n` sets. */
kx_status kx_key_stream_begin(kx_key_stream *key_stream, kx_redis *redis, const kx_slice *sets,
                              size_t n, kx_error *err);

/* Moves the keys that have arrived to `keys`, each ended by a newline, and keeps the memory that
 * `keys` had. `keys` is empty when none have arrived. */
kx_status kx_key_stream_take(kx_key_stream *key_stream, kx_buf *keys, kx_error *err);

/* True when the caller has taken every key. */
bool kx_key_stream_done(const kx_key_stream *key_stream);

/* Releases the memory. */
void kx_key_stream_free(kx_key_stream *key_stream);

#endif
