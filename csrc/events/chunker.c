/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "events/chunker.h"

#include "base/clock.h"
#include "base/json.h"
#include "events/chunk_list.h"
#include "events/rejected_events.h"

void kx_chunker_begin(kx_chunker *chunker) {
  kx_buf_clear(&chunker->chunk);
  chunker->in_chunk = chunker->added = chunker->rejected = chunker->given = 0;
}

kx_status kx_chunker_flush(kx_chunker *chunker, kx_redis *redis, kx_error *err) {
  kx_status status;
  if (!kx_buf_ok(&chunker->chunk))
    return kx_fail_memory(err);
  if (chunker->in_chunk == 0)
    return KX_OK;
  status =
    kx_chunk_list_append(&kx_inbox, redis, kx_buf_view(&chunker->chunk), chunker->in_chunk, err);
  if (status != KX_OK)
    return status;
  chunker->added += chunker->in_chunk;
  chunker->in_chunk = 0;
  kx_buf_clear(&chunker->chunk);
  return KX_OK;
}

static const char *objection(kx_slice event, size_t most) {
  const char *why = kx_json_check_object(event);
  if (why == NULL && event.len + 1 > most)
    why = KX_REJECTED_LARGE;
  return why;
}

static void gather(kx_chunker *chunker, kx_slice event) {
  size_t at = chunker->chunk.len;
  kx_buf_slice(&chunker->chunk, event);
  if (kx_buf_ok(&chunker->chunk)) {
    char *p = chunker->chunk.data + at, *end = p + event.len;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
      *p = ' ';
  }
  kx_buf_putc(&chunker->chunk, '\n');
  chunker->in_chunk++;
}

static kx_status reject(kx_chunker *chunker, kx_redis *redis, kx_slice event, const char *why,
                        kx_error *err) {
  kx_status status = kx_rejected_events_add(redis, event, why, kx_wall_us() / 1000000, err);
  if (status != KX_OK)
    return status;
  if (chunker->rejected < KX_OBJECTIONS)
    chunker->objections[chunker->rejected] = (kx_objection){chunker->given, why};
  chunker->rejected++;
  return KX_OK;
}

kx_status kx_chunker_add(kx_chunker *chunker, kx_redis *redis, kx_slice event, size_t most,
                         kx_error *err) {
  const char *why = objection(event, most);
  kx_status status = KX_OK;
  chunker->given++;
  if (why != NULL)
    return reject(chunker, redis, event, why, err);
  if (chunker->chunk.len + event.len + 1 > KX_CHUNK_BYTES)
    status = kx_chunker_flush(chunker, redis, err);
  if (status == KX_OK)
    gather(chunker, event);
  return status;
}

void kx_chunker_free(kx_chunker *chunker) {
  kx_buf_free(&chunker->chunk);
}
